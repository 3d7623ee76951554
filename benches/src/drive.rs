use std::{
    convert::Infallible,
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::body::Body;
use http::{Request, Response};
use tower::Service;

/// One request, from `poll_ready` until the response is there; the request is dropped on the way.
///
/// Nothing here waits, so that one poll is all there is, and no executor is counted.
///
/// # Panics
///
/// If the service is not ready, or its future not at the first poll.
#[inline]
pub fn answer<S, B>(service: &mut S, request: Request<Body>) -> Response<B>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready(), "the service is ready");
    let future = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.poll(&mut context) else {
        panic!("the future is ready at its first poll");
    };
    response
}

/// The same by a clone of the service, made and dropped for each request, as axum's `Router` does.
#[inline]
pub fn answer_by_clone<S, B>(service: &S, request: Request<Body>) -> Response<B>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
{
    answer(&mut service.clone(), request)
}
