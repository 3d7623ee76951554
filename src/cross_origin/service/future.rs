use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use pin_project_lite::pin_project;

use super::stack::StackFuture;
use crate::{jsonp::JsonpBody, push::SseBody};

/// The body of a response: the service's, or what [`JsonpBody`] and [`SseBody`] make of it.
pub type CrossOriginBody<B> = JsonpBody<SseBody<SseBody<B>>>;

pin_project! {
    /// The response of a [`CrossOriginService`](super::CrossOriginService).
    #[derive(Debug)]
    pub struct CrossOriginFuture<F> {
        #[pin]
        future: StackFuture<F>,
    }
}

impl<F> CrossOriginFuture<F> {
    pub(super) fn new(future: StackFuture<F>) -> Self {
        Self { future }
    }
}

impl<F, B, E> Future for CrossOriginFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<CrossOriginBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx)
    }
}
