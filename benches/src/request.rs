use axum::body::Body;
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, Uri,
    header::{
        ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN,
        USER_AGENT,
    },
};

use crate::contender::ALLOWED;

/// The requests of the tables. The last four are larger than any browser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Not a page of another origin.
    NoOrigin,
    /// A page that may not read the response.
    Refused,
    /// A page that may.
    Allowed,
    /// A browser asks for that page whether it may `PUT` with a `content-type`.
    AllowedPreflight,
    /// The same for the page that may not.
    RefusedPreflight,
    /// A preflight for so many names on one line, each of which the policy allows.
    Names(usize),
    /// A preflight with one line of so many bytes of `Access-Control-Request-Headers`.
    RequestHeadersBytes(usize),
    /// A preflight with so many lines of `Access-Control-Request-Headers`.
    RequestHeadersLines(usize),
    /// An actual request with an `Origin` of so many bytes.
    OriginBytes(usize),
}

impl Asked {
    /// Every request that is measured, in the order of the tables.
    pub const ALL: [Self; 13] = [
        Self::NoOrigin,
        Self::Refused,
        Self::Allowed,
        Self::AllowedPreflight,
        Self::RefusedPreflight,
        Self::Names(256),
        Self::Names(512),
        Self::RequestHeadersBytes(64 * 1024),
        Self::RequestHeadersBytes(128 * 1024),
        Self::RequestHeadersLines(1024),
        Self::RequestHeadersLines(2048),
        Self::OriginBytes(64 * 1024),
        Self::OriginBytes(128 * 1024),
    ];

    /// The request.
    pub fn request(self) -> Request<Body> {
        match self {
            Self::NoOrigin => actual(None),
            Self::Refused => actual(Some(ELSEWHERE)),
            Self::Allowed => actual(Some(ALLOWED)),
            Self::AllowedPreflight => preflight(ALLOWED, &[NAME]),
            Self::RefusedPreflight => preflight(ELSEWHERE, &[NAME]),
            Self::Names(count) => preflight(ALLOWED, &[&[NAME].repeat(count).join(",")]),
            Self::RequestHeadersBytes(bytes) => {
                let mut line = format!("{NAME},").repeat(bytes / NAME.len());
                line.truncate(bytes);
                preflight(ALLOWED, &[&line])
            }
            Self::RequestHeadersLines(count) => preflight(ALLOWED, &[NAME].repeat(count)),
            Self::OriginBytes(bytes) => actual(Some(&format!("https://{}", "a".repeat(bytes - 8)))),
        }
    }
}

fn preflight(origin: &str, request_headers: &[&str]) -> Request<Body> {
    let mut lines = vec![(ORIGIN, origin), (ACCESS_CONTROL_REQUEST_METHOD, "PUT")];
    lines.extend(request_headers.iter().map(|line| (ACCESS_CONTROL_REQUEST_HEADERS, *line)));
    request(Method::OPTIONS, &lines)
}

pub(crate) fn actual(origin: Option<&str>) -> Request<Body> {
    let lines: Vec<_> = origin.map(|origin| (ORIGIN, origin)).into_iter().collect();
    request(Method::GET, &lines)
}

/// As a server holds it: each value is a part of the buffer that the head was read into, so that a
/// clone of one counts a reference.
pub(crate) fn request(method: Method, lines: &[(HeaderName, &str)]) -> Request<Body> {
    let always = [(HOST, "api.example.com"), (USER_AGENT, "Mozilla/5.0"), (ACCEPT, "*/*")];
    let lines = || always.iter().chain(lines);
    let read = Bytes::from(lines().map(|(_, value)| *value).collect::<String>());
    let mut rest = read.clone();
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_static("/items");
    for (name, value) in lines() {
        let value = HeaderValue::from_maybe_shared(rest.split_to(value.len()));
        request.headers_mut().append(name, value.expect("the value is of visible ASCII"));
    }
    request
}

const ELSEWHERE: &str = "https://evil.example.net";

const NAME: &str = "content-type";
