use std::{
    convert::Infallible,
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::body::Body;
use http::{Request, Response};
use tower::Service;

/// Sends one request, and returns the response.
///
/// Calls `poll_ready`, and polls the future once. Nothing waits here, so no executor is counted. The
/// service drops the request.
///
/// # Panics
///
/// If the service is not ready, or if the future is pending after the first poll.
#[inline]
pub fn call<S, B>(service: &mut S, request: Request<Body>) -> Response<B>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready(), "the service must be ready");
    let future = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.poll(&mut context) else {
        panic!("the future must be ready at the first poll");
    };
    response
}

/// Sends one request to a clone of the service, and drops the clone.
///
/// axum's `Router` does the same.
#[inline]
pub fn call_clone<S, B>(service: &S, request: Request<Body>) -> Response<B>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
{
    call(&mut service.clone(), request)
}
