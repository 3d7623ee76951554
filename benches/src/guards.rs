//! What a guard adds to a request that it lets pass.

use axum::body::Body;
use http::{
    Method, Request,
    header::{CONNECTION, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use tower_cross_origin::{
    fetch::Destination,
    guard::{Csrf, FetchMetadata, HostCheck, WebSocket},
    origin::OriginSet,
};

use crate::request::request;

/// Requests that all guards let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// What no browser sent.
    Plain,
    /// A page of the service's own origin reads.
    Get,
    /// It writes.
    Post,
    /// It writes, in a browser that sends no `Sec-Fetch-Site`.
    OldPost,
    /// A page of another site embeds an image.
    Image,
    /// A page of the service's own origin opens a WebSocket.
    WebSocket,
    /// One of a trusted origin does.
    TrustedWebSocket,
}

impl Passed {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::Get,
        Self::Post,
        Self::OldPost,
        Self::Image,
        Self::WebSocket,
        Self::TrustedWebSocket,
    ];

    /// The request.
    pub fn request(self) -> Request<Body> {
        let site = |site| ("sec-fetch-site", site);
        let mode = |mode| ("sec-fetch-mode", mode);
        let destination = |destination| ("sec-fetch-dest", destination);
        let (own, origin) = ("https://api.example.com", ORIGIN.as_str());
        match self {
            Self::Plain => of(Method::GET, &[]),
            Self::Get => {
                of(Method::GET, &[site("same-origin"), mode("cors"), destination("empty")])
            }
            Self::Post => {
                let said = [site("same-origin"), mode("cors"), destination("empty"), (origin, own)];
                of(Method::POST, &said)
            }
            Self::OldPost => of(Method::POST, &[(origin, own)]),
            Self::Image => {
                of(Method::GET, &[site("cross-site"), mode("no-cors"), destination("image")])
            }
            Self::WebSocket => handshake(own, "same-origin"),
            Self::TrustedWebSocket => handshake("https://app.example.com", "same-site"),
        }
    }
}

/// Pages of these origins are trusted.
///
/// # Panics
///
/// Never: they are origins.
pub fn trusted() -> OriginSet {
    OriginSet::parse(["https://app.example.com", "https://*.example.org"]).expect("origins")
}

/// For two names.
pub fn host() -> HostCheck {
    HostCheck::new(["localhost", "api.example.com"])
}

/// With trusted origins.
pub fn web_socket() -> WebSocket {
    WebSocket::new().trust_origins(&trusted())
}

/// With trusted origins.
pub fn csrf() -> Csrf {
    Csrf::new().trust_origins(&trusted())
}

/// For images of everybody.
pub fn fetch_metadata() -> FetchMetadata {
    FetchMetadata::new().allow_destinations([Destination::Image]).allow_web_sockets(true)
}

fn handshake(origin: &'static str, site: &'static str) -> Request<Body> {
    let said = [
        (CONNECTION.as_str(), "Upgrade"),
        (UPGRADE.as_str(), "websocket"),
        (SEC_WEBSOCKET_VERSION.as_str(), "13"),
        (SEC_WEBSOCKET_KEY.as_str(), "dGhlIHNhbXBsZSBub25jZQ=="),
        (ORIGIN.as_str(), origin),
        ("sec-fetch-site", site),
        ("sec-fetch-mode", "websocket"),
        ("sec-fetch-dest", "empty"),
    ];
    of(Method::GET, &said)
}

fn of(method: Method, lines: &[(&'static str, &str)]) -> Request<Body> {
    let lines: Vec<_> =
        lines.iter().map(|(name, value)| (http::HeaderName::from_static(name), *value)).collect();
    request(method, &lines)
}
