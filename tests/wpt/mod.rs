//! Cases as data, and the server that they script.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program includes it and uses a part of it"
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

/// One address of a chain of redirects: what it answers.
#[derive(Clone, Debug, Default)]
pub struct Hop {
    pub origin: String,
    pub preflight: Option<Answer>,
    pub actual: Option<Answer>,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub has_endless_body: bool,
}

/// A server that answers hop by hop, and remembers what it should not have been asked.
#[derive(Debug, Default)]
pub struct Server {
    pub hops: Vec<Hop>,
    pub served: usize,
    pub faults: Vec<String>,
}

pub const BODY: &str = "body";

impl Server {
    pub fn of(hops: Vec<Hop>) -> Self {
        Self { hops, ..Self::default() }
    }

    /// Each hop has an address of its own.
    pub fn url(&self, hop: usize) -> String {
        // A preflight that is answered by a redirect leads to a hop that is none.
        let origin = &self.hops.get(hop).or(self.hops.last()).unwrap().origin;
        format!("{origin}/hop{hop}")
    }

    fn answer(&mut self, request: &Request<Vec<u8>>) -> Option<(Answer, HeaderMap)> {
        let is_preflight = request.headers().contains_key("access-control-request-method");
        let hop = self.hops.get(self.served).cloned();
        let Some(hop) = hop else {
            self.faults.push(format!("nothing is left to answer {request:?}"));
            return None;
        };
        let host = request.headers()["host"].to_str().unwrap();
        let expected = Url::parse(&hop.origin).unwrap();
        let expected = expected[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        if host != expected {
            self.faults.push(format!("{host} was asked in the place of {expected}"));
        }
        let answer = if is_preflight { hop.preflight } else { hop.actual };
        let Some(answer) = answer else {
            self.faults.push(format!("hop {} was not to be asked so: {request:?}", self.served));
            return None;
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &answer.headers {
            let value = if name.eq_ignore_ascii_case("location") {
                self.placed(value)
            } else {
                value.clone()
            };
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(&latin1(&value)).unwrap());
        }
        // Servers say how long a body is.
        if !headers.contains_key(CONTENT_LENGTH) && !matches!(answer.status, 204 | 304) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(BODY.len()));
        }
        self.served += usize::from(!is_preflight);
        Some((answer, headers))
    }

    /// `<second hop>` and its like are the next hop's address.
    fn placed(&self, location: &str) -> String {
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
        let mut response = Response::new(ScriptedBody::Whole(Some(BODY)));
        if let Some((answer, headers)) = self.answer(&request) {
            *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
            *response.headers_mut() = headers;
            if answer.has_endless_body {
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
    Whole(Option<&'static str>),
    /// Whoever reads it fails.
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
            Self::Whole(text) => text.take().map(|text| Ok(Frame::data(Bytes::from(text)))),
            Self::Endless => Some(Err("somebody reads a body that never ends".to_owned())),
        })
    }
}

/// A character is one byte.
pub fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
}

pub fn pairs(value: &Value) -> Vec<(String, String)> {
    let pairs = value.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

/// A service that answers what `of` says.
pub fn service<F>(
    mut of: F,
) -> impl Service<
    Request<Vec<u8>>,
    Response = Response<String>,
    Error = Infallible,
    Future = Ready<Result<Response<String>, Infallible>>,
>
where
    F: FnMut(&Request<Vec<u8>>) -> Response<String>,
{
    tower::service_fn(move |request| ready(Ok(of(&request))))
}

pub fn answer(status: u16, headers: &[(&str, &str)]) -> Response<String> {
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
