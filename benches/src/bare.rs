use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::body::Body;
use http::{HeaderValue, Request, Response};
use tower::Service;

use crate::handler::{Handler, HandlerFuture};

/// The service inside the layers: responds to every request with 200 and two headers.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

impl Service<Request<Body>> for Bare {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = HandlerFuture<Self>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        HandlerFuture::new(request)
    }
}

impl Handler for Bare {
    #[inline]
    fn handle(request: Request<Body>) -> Response<Body> {
        drop(request);
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("cache-control", HeaderValue::from_static("no-store"));
        response
    }
}
