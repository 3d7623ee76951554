//! Test cases of the Web Platform Tests as data, and a server that follows their scripts.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program includes this module and uses some of its items"
)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header::CONTENT_LENGTH,
};
use http_body::{Body, Frame};
use serde_json::Value;
use tower::Service;
use url::Url;

pub fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/wpt/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

/// One address of a redirect chain, with its responses.
#[derive(Clone, Debug, Default)]
pub struct Hop {
    pub origin: String,
    pub preflight: Option<ScriptedResponse>,
    pub actual: Option<ScriptedResponse>,
}

#[derive(Clone, Debug)]
pub struct ScriptedResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub has_endless_body: bool,
}

/// A server that responds hop by hop, and records unexpected requests.
#[derive(Debug, Default)]
pub struct Server {
    pub hops: Vec<Hop>,
    pub served: usize,
    pub faults: Vec<String>,
}

pub const BODY: &str = "body";

impl Server {
    pub fn new(hops: Vec<Hop>) -> Self {
        Self { hops, ..Self::default() }
    }

    /// Returns the address of a hop; each hop has a different address.
    pub fn url(&self, hop: usize) -> String {
        // A preflight response that is a redirect has no next hop.
        let origin = &self.hops.get(hop).or(self.hops.last()).unwrap().origin;
        format!("{origin}/hop{hop}")
    }

    fn respond(&mut self, request: &Request<Vec<u8>>) -> Option<(ScriptedResponse, HeaderMap)> {
        let is_preflight = request.headers().contains_key("access-control-request-method");
        let hop = self.hops.get(self.served).cloned();
        let Some(hop) = hop else {
            self.faults.push(format!("unexpected request after the last hop: {request:?}"));
            return None;
        };
        let host = request.headers()["host"].to_str().unwrap();
        let expected = Url::parse(&hop.origin).unwrap();
        let expected = expected[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        if host != expected {
            self.faults.push(format!("the request was sent to {host}, expected {expected}"));
        }
        let response = if is_preflight { hop.preflight } else { hop.actual };
        let Some(response) = response else {
            self.faults.push(format!("unexpected request at hop {}: {request:?}", self.served));
            return None;
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &response.headers {
            let value = if name.eq_ignore_ascii_case("location") {
                self.location_url(value)
            } else {
                value.clone()
            };
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(&latin1(&value)).unwrap());
        }
        // Servers usually send the length of the body.
        if !headers.contains_key(CONTENT_LENGTH) && !matches!(response.status, 204 | 304) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(BODY.len()));
        }
        self.served += usize::from(!is_preflight);
        Some((response, headers))
    }

    /// Replaces placeholders such as `<second hop>` by the address of the next hop.
    fn location_url(&self, location: &str) -> String {
        if location.starts_with('<') { self.url(self.served + 1) } else { location.to_owned() }
    }
}

impl Service<Request<Vec<u8>>> for Server {
    type Response = Response<ScriptedBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        let mut response = Response::new(ScriptedBody::Complete(Some(BODY)));
        if let Some((scripted, headers)) = self.respond(&request) {
            *response.status_mut() = StatusCode::from_u16(scripted.status).unwrap();
            *response.headers_mut() = headers;
            if scripted.has_endless_body {
                *response.body_mut() = ScriptedBody::Endless;
            }
        } else {
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
        }
        ready(Ok(response))
    }
}

#[derive(Debug)]
pub enum ScriptedBody {
    Complete(Option<&'static str>),
    /// A body that returns an error if it is read.
    Endless,
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        Poll::Ready(match &mut *self {
            Self::Complete(text) => text.take().map(|text| Ok(Frame::data(Bytes::from(text)))),
            Self::Endless => Some(Err("a body that never ends was read".to_owned())),
        })
    }
}

/// Converts each character to one byte.
pub fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
}

pub fn pairs(value: &Value) -> Vec<(String, String)> {
    let pairs = value.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

/// Returns a service that sends the responses of `respond`.
pub fn service<F>(
    mut respond: F,
) -> impl Service<
    Request<Vec<u8>>,
    Response = Response<String>,
    Error = Infallible,
    Future = Ready<Result<Response<String>, Infallible>>,
>
where
    F: FnMut(&Request<Vec<u8>>) -> Response<String>,
{
    tower::service_fn(move |request| ready(Ok(respond(&request))))
}

pub fn response(status: u16, headers: &[(&str, &str)]) -> Response<String> {
    let mut response = Response::new(BODY.to_owned());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    response
}

pub fn is_preflight(request: &Request<Vec<u8>>) -> bool {
    request.headers().contains_key("access-control-request-method")
}
