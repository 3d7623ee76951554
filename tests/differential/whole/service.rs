//! The service of all configurations, as a function, and as a `tower::Service`.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::{Ready, ready},
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::Service;
use tower_cross_origin::{
    cross_origin::{CrossOriginBody, CrossOriginDecision},
    guard::{Rejection, ReportedRejection},
};

use crate::{
    reference_model::whole::http::{Request, Response},
    support::block_on,
};

/// Returns the response of the service.
pub(super) fn serve(request: &Request) -> Response {
    if request.method == "CONNECT" {
        return Response::new(200).with("x-own", "1");
    }
    let (status, media_type, body) = match request.path.as_str() {
        "/socket" => (101, "text/plain", ""),
        "/missing" => (404, "application/json", r#"{"error":"missing"}"#),
        "/empty" => (204, "application/json", ""),
        "/latin1" => (200, "application/json; charset=latin1", "[1]"),
        "/problem" => (500, "application/problem+json", "{}"),
        "/text" | "/hooks/payment" => (200, "text/plain", "a text"),
        "/page" | "/items" => (200, "text/html", "<!DOCTYPE html>"),
        "/image" | "/ping" | "/ping/1" => (200, "image/gif", "GIF89a"),
        "/script" => (200, "text/javascript", "run()"),
        "/style" => (200, "text/css", "p {}"),
        _ => (200, "application/json", "[\"a\u{2028}b\"]"),
    };
    let response = Response::new(status).with("content-type", media_type);
    let mut response = match request.path.as_str() {
        "/feed" => response
            .with("etag", "\"1\"")
            .with("set-cookie", "new=1")
            .with("cache-control", "public, max-age=60"),
        "/public/a" => response.with("vary", "Accept-Encoding").with("vary", "Origin"),
        "/missing" => response.with("access-control-allow-origin", "*").with("x-own", "1"),
        "/page" => response
            .with("cross-origin-resource-policy", "cross-origin")
            .with("cross-origin-embedder-policy", "require-corp")
            .with("content-security-policy", "default-src 'self'")
            .with("x-frame-options", "SameOrigin"),
        "/script" => response
            .with("cross-origin-resource-policy", "cross-origin")
            .with("cross-origin-embedder-policy", "require-corp"),
        "/style" => response
            .with("cross-origin-resource-policy", "any")
            .with("x-frame-options", "DENY")
            .with("activate-storage-access", "load")
            .with("timing-allow-origin", "https://partner.example"),
        "/image" => response
            .with("x-frame-options", "sameorigin, other")
            .with("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT"),
        "/items" if request.has("cookie") => {
            response.with("x-own", "member").with("vary", "cookie")
        }
        "/items" => response.with("vary", "cookie"),
        "/text" => response.with("vary", "*").with("access-control-allow-credentials", "true"),
        _ => response,
    };
    if request.method != "HEAD" {
        response.body = body.as_bytes().to_vec();
    }
    response
}

/// The service inside the layer, which records the requests that reach it.
#[derive(Clone, Debug, Default)]
pub(super) struct Inner {
    received: Rc<RefCell<Vec<Request>>>,
}

impl Service<http::Request<Vec<u8>>> for Inner {
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Vec<u8>>) -> Self::Future {
        let request = plain_request(&request);
        let response = serve(&request);
        self.received.borrow_mut().push(request);
        let mut converted = http::Response::new(Full::from(response.body));
        *converted.status_mut() = StatusCode::from_u16(response.status).expect("a status");
        for (name, value) in response.headers {
            let name: HeaderName = name.parse().expect("a header name");
            let value: HeaderValue = value.parse().expect("a header value");
            converted.headers_mut().append(name, value);
        }
        ready(Ok(converted))
    }
}

/// An exchange with the layer, as a client sees it.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) request: Request,
    pub(super) response: Response,
    /// The key of the section that rejects the request.
    pub(super) rejected_by: Option<&'static str>,
    pub(super) rejection: Option<Rejection>,
    pub(super) reported: Option<Rejection>,
    /// The requests that the service received.
    pub(super) received: Vec<Request>,
}

/// Records all exchanges with the layer.
pub(super) struct Recorder<S> {
    layer: S,
    inner: Inner,
    /// Whether the browser sends `Sec-Fetch-*`.
    has_metadata: bool,
    pub(super) exchanges: Vec<Exchange>,
}

impl<S> Recorder<S> {
    pub(super) fn new(layer: S, inner: Inner, has_metadata: bool) -> Self {
        Self { layer, inner, has_metadata, exchanges: Vec::new() }
    }
}

impl<S> Service<http::Request<Vec<u8>>> for Recorder<S>
where
    S: Service<
            http::Request<Vec<u8>>,
            Response = http::Response<CrossOriginBody<Full<Bytes>>>,
            Error = Infallible,
        >,
{
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.layer.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Vec<u8>>) -> Self::Future {
        if !self.has_metadata {
            for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user"] {
                request.headers_mut().remove(name);
            }
        }
        let sent = plain_request(&request);
        let response = block_on(self.layer.call(request)).unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let body = block_on(body.collect()).expect("the body is complete").to_bytes();
        let decision: &CrossOriginDecision = parts.extensions.get().expect("a decision");
        let reported = parts.extensions.get::<ReportedRejection>();
        self.exchanges.push(Exchange {
            request: sent,
            response: Response {
                status: parts.status.as_u16(),
                headers: plain_headers(&parts.headers),
                body: body.to_vec(),
                ..Response::default()
            },
            rejected_by: decision
                .rejected_by()
                .map(tower_cross_origin::cross_origin::Section::as_str),
            rejection: parts.extensions.get().copied(),
            reported: reported.map(|reported| reported.reason()),
            received: std::mem::take(&mut *self.inner.received.borrow_mut()),
        });
        ready(Ok(http::Response::from_parts(parts, Full::from(body))))
    }
}

/// Converts a request of the model.
pub(super) fn http_request(request: &Request) -> http::Request<Vec<u8>> {
    let Request { method, authority, path, query, headers } = request;
    let authority = authority.iter().map(|authority| format!("https://{authority}"));
    let query = query.iter().map(|query| format!("?{query}"));
    let uri: String = authority.chain([path.clone()]).chain(query).collect();
    let mut builder = http::Request::builder().method(&**method).uri(uri);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.body(Vec::new()).expect("the request is valid")
}

fn plain_request(request: &http::Request<Vec<u8>>) -> Request {
    let uri = request.uri();
    Request {
        method: request.method().to_string(),
        authority: uri.authority().map(ToString::to_string),
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        headers: plain_headers(request.headers()),
    }
}

fn plain_headers(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}
