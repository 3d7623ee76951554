use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tower_service::Service;

/// A service with a layer around it, or without.
#[derive(Clone, Debug)]
pub(super) enum Optional<A, B> {
    With(A),
    Without(B),
}

impl<A, B, R> Service<R> for Optional<A, B>
where
    A: Service<R>,
    B: Service<R, Response = A::Response, Error = A::Error>,
{
    type Response = A::Response;
    type Error = A::Error;
    type Future = OptionalFuture<A::Future, B::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::With(service) => service.poll_ready(cx),
            Self::Without(service) => service.poll_ready(cx),
        }
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self {
            Self::With(service) => OptionalFuture::With { future: service.call(request) },
            Self::Without(service) => OptionalFuture::Without { future: service.call(request) },
        }
    }
}

pin_project! {
    #[project = OptionalProjection]
    #[derive(Debug)]
    pub enum OptionalFuture<A, B> {
        With {
            #[pin]
            future: A,
        },
        Without {
            #[pin]
            future: B,
        },
    }
}

impl<A, B> Future for OptionalFuture<A, B>
where
    A: Future,
    B: Future<Output = A::Output>,
{
    type Output = A::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            OptionalProjection::With { future } => future.poll(cx),
            OptionalProjection::Without { future } => future.poll(cx),
        }
    }
}
