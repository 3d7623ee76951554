use std::{
    convert::Infallible,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use http::{Request, Response};

/// What answers a request of its own accord.
pub trait Handler {
    /// The response.
    fn handle(request: Request<Body>) -> Response<Body>;
}

/// What an `async fn` that awaits nothing becomes, by a name that a service can have for its future: it
/// holds the request, and makes the response when it is polled.
#[derive(Debug)]
pub struct Handling<H> {
    request: Option<Request<Body>>,
    handler: PhantomData<fn() -> H>,
}

impl<H> Handling<H> {
    pub(crate) fn new(request: Request<Body>) -> Self {
        Self { request: Some(request), handler: PhantomData }
    }
}

impl<H: Handler> Future for Handling<H> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.request.take().map_or(Poll::Pending, |request| Poll::Ready(Ok(H::handle(request))))
    }
}
