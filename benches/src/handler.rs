use std::{
    convert::Infallible,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use http::{Request, Response};

/// A function that turns a request into a response.
pub trait Handler {
    /// Returns the response to the request.
    fn handle(request: Request<Body>) -> Response<Body>;
}

/// A future that holds the request, and makes the response when it is polled.
///
/// Corresponds to an `async fn` without `await`, but has a name that a service can use.
#[derive(Debug)]
pub struct HandlerFuture<H> {
    request: Option<Request<Body>>,
    handler: PhantomData<fn() -> H>,
}

impl<H> HandlerFuture<H> {
    pub(crate) fn new(request: Request<Body>) -> Self {
        Self { request: Some(request), handler: PhantomData }
    }
}

impl<H: Handler> Future for HandlerFuture<H> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.request.take().map_or(Poll::Pending, |request| Poll::Ready(Ok(H::handle(request))))
    }
}
