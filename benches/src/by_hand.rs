use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::body::Body;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, ORIGIN, VARY,
    },
};
use tower::Service;

use crate::{
    Bare,
    contender::ALLOWED,
    handler::{Handler, HandlerFuture},
};

/// The bare service with a handler that sets the headers of the policy.
///
/// The handler knows its only allowed origin, so all values are constants. Its preflight responses always
/// list all allowed methods and headers. This is allowed, since the browser compares them with the request.
#[derive(Clone, Copy, Debug)]
pub struct ByHand;

impl Service<Request<Body>> for ByHand {
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

impl Handler for ByHand {
    #[inline]
    fn handle(request: Request<Body>) -> Response<Body> {
        let origin = request.headers().get(ORIGIN);
        let is_allowed = origin.is_some_and(|origin| origin == ALLOWED);
        let is_preflight = origin.is_some()
            && *request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if is_preflight { preflight(is_allowed) } else { actual(request, is_allowed) }
    }
}

fn actual(request: Request<Body>, is_allowed: bool) -> Response<Body> {
    let mut response = Bare::handle(request);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if is_allowed {
        share(headers);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag"));
    }
    response
}

fn preflight(is_allowed: bool) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        if is_allowed { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN };
    let headers = response.headers_mut();
    headers.insert(
        VARY,
        HeaderValue::from_static(
            "origin, access-control-request-method, access-control-request-headers",
        ),
    );
    if is_allowed {
        share(headers);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("PUT,DELETE"));
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("content-type,authorization"),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    } else {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn share(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(ALLOWED));
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}
