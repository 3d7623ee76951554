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

/// The kinds of requests in the tables. The last four are larger than any browser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A request without `Origin`.
    NoOrigin,
    /// A request of an origin that the policy does not allow.
    Rejected,
    /// A request of an allowed origin.
    Allowed,
    /// A preflight of an allowed origin, for `PUT` with `content-type`.
    AllowedPreflight,
    /// The same preflight of an origin that the policy does not allow.
    RejectedPreflight,
    /// A preflight with this number of allowed names in one field line.
    Names(usize),
    /// A preflight with one `Access-Control-Request-Headers` field line of this many bytes.
    RequestHeadersBytes(usize),
    /// A preflight with this many `Access-Control-Request-Headers` field lines.
    RequestHeadersLines(usize),
    /// An actual request with an `Origin` of this many bytes.
    OriginBytes(usize),
}

impl RequestKind {
    /// All kinds that are measured, in the order of the tables.
    pub const ALL: [Self; 13] = [
        Self::NoOrigin,
        Self::Rejected,
        Self::Allowed,
        Self::AllowedPreflight,
        Self::RejectedPreflight,
        Self::Names(256),
        Self::Names(512),
        Self::RequestHeadersBytes(64 * 1024),
        Self::RequestHeadersBytes(128 * 1024),
        Self::RequestHeadersLines(1024),
        Self::RequestHeadersLines(2048),
        Self::OriginBytes(64 * 1024),
        Self::OriginBytes(128 * 1024),
    ];

    /// Returns whether the policy rejects this preflight.
    pub fn is_rejected_preflight(self) -> bool {
        match self {
            Self::NoOrigin
            | Self::Rejected
            | Self::Allowed
            | Self::AllowedPreflight
            | Self::OriginBytes(_) => false,
            Self::Names(count) => count > 256,
            Self::RejectedPreflight
            | Self::RequestHeadersBytes(_)
            | Self::RequestHeadersLines(_) => true,
        }
    }

    /// Returns the request.
    pub fn request(self) -> Request<Body> {
        match self {
            Self::NoOrigin => actual(None),
            Self::Rejected => actual(Some(ELSEWHERE)),
            Self::Allowed => actual(Some(ALLOWED)),
            Self::AllowedPreflight => preflight(ALLOWED, &[NAME]),
            Self::RejectedPreflight => preflight(ELSEWHERE, &[NAME]),
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

/// Creates a request as a server holds it.
///
/// Each value is a part of the buffer with the head, so that cloning a value only counts a reference.
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
        request.headers_mut().append(name, value.expect("the value consists of visible ASCII"));
    }
    request
}

const ELSEWHERE: &str = "https://evil.example.net";

const NAME: &str = "content-type";
