//! Requests and checks for measuring the instructions that guards add.

use axum::body::Body;
use http::{
    Method, Request,
    header::{CONNECTION, CONTENT_TYPE, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use tower_cross_origin::{
    cors::{CorsPolicy, Rule},
    fetch::Destination,
    guard::{Csrf, FetchMetadata, HostCheck, RequirePreflight, WebSocket},
    origin::OriginSet,
};

use crate::request::request;

/// Requests that all guards allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedRequest {
    /// A program sends a `GET` request.
    Plain,
    /// A same-origin page sends a `GET` request.
    Get,
    /// A same-origin page sends a `POST` request.
    Post,
    /// The same in a browser that does not send `Sec-Fetch-Site`.
    OldPost,
    /// A page of an allowed origin sends JSON.
    Json,
    /// A cross-site page embeds an image.
    Image,
    /// A same-origin page opens a WebSocket.
    WebSocket,
    /// A page of a trusted origin opens a WebSocket.
    TrustedWebSocket,
}

impl AllowedRequest {
    /// All variants, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Plain,
        Self::Get,
        Self::Post,
        Self::OldPost,
        Self::Json,
        Self::Image,
        Self::WebSocket,
        Self::TrustedWebSocket,
    ];

    /// Returns the title of its row.
    pub fn title(self) -> &'static str {
        match self {
            Self::Plain => "GET by a program",
            Self::Get => "GET by a same-origin page",
            Self::Post => "POST by a same-origin page",
            Self::OldPost => "the same without Sec-Fetch-Site",
            Self::Json => "JSON by a trusted page",
            Self::Image => "image in a cross-site page",
            Self::WebSocket => "WebSocket by a same-origin page",
            Self::TrustedWebSocket => "WebSocket by a trusted page",
        }
    }

    /// Returns the request.
    pub fn request(self) -> Request<Body> {
        let site = |site| ("sec-fetch-site", site);
        let mode = |mode| ("sec-fetch-mode", mode);
        let destination = |destination| ("sec-fetch-dest", destination);
        let (own, origin) = ("https://api.example.com", ORIGIN.as_str());
        match self {
            Self::Plain => build_request(Method::GET, &[]),
            Self::Get => build_request(
                Method::GET,
                &[site("same-origin"), mode("cors"), destination("empty")],
            ),
            Self::Post => {
                let headers =
                    [site("same-origin"), mode("cors"), destination("empty"), (origin, own)];
                build_request(Method::POST, &headers)
            }
            Self::OldPost => build_request(Method::POST, &[(origin, own)]),
            Self::Json => build_request(
                Method::POST,
                &[
                    site("same-site"),
                    mode("cors"),
                    destination("empty"),
                    (origin, "https://app.example.com"),
                    (CONTENT_TYPE.as_str(), "application/json"),
                ],
            ),
            Self::Image => build_request(
                Method::GET,
                &[site("cross-site"), mode("no-cors"), destination("image")],
            ),
            Self::WebSocket => handshake(own, "same-origin"),
            Self::TrustedWebSocket => handshake("https://app.example.com", "same-site"),
        }
    }
}

/// Returns the trusted origins.
///
/// # Panics
///
/// Never: the origins are valid.
pub fn trusted() -> OriginSet {
    OriginSet::parse(["https://app.example.com", "https://*.example.org"])
        .expect("the origins are valid")
}

/// Returns a check for two host names.
pub fn host() -> HostCheck {
    HostCheck::new(HOSTS)
}

/// Returns a check with trusted origins.
pub fn web_socket() -> WebSocket {
    WebSocket::new().trust_origins(trusted())
}

/// Returns a check with trusted origins.
pub fn csrf() -> Csrf {
    Csrf::new().trust_origins(trusted())
}

/// Returns a check that allows cross-site images and WebSockets.
pub fn fetch_metadata() -> FetchMetadata {
    FetchMetadata::new().allow_destinations([Destination::Image]).allow_web_sockets(true)
}

/// Returns a check by a policy that allows JSON of the trusted origins.
///
/// # Panics
///
/// Never: the policy is valid.
pub fn require_preflight() -> RequirePreflight {
    let rule = Rule::for_origins(trusted()).allow_headers([CONTENT_TYPE]);
    RequirePreflight::new(CorsPolicy::new(rule).expect("the policy is valid"))
}

/// The names of the service.
pub(crate) const HOSTS: [&str; 2] = ["localhost", "api.example.com"];

fn handshake(origin: &'static str, site: &'static str) -> Request<Body> {
    let headers = [
        (CONNECTION.as_str(), "Upgrade"),
        (UPGRADE.as_str(), "websocket"),
        (SEC_WEBSOCKET_VERSION.as_str(), "13"),
        (SEC_WEBSOCKET_KEY.as_str(), "dGhlIHNhbXBsZSBub25jZQ=="),
        (ORIGIN.as_str(), origin),
        ("sec-fetch-site", site),
        ("sec-fetch-mode", "websocket"),
        ("sec-fetch-dest", "empty"),
    ];
    build_request(Method::GET, &headers)
}

fn build_request(method: Method, fields: &[(&'static str, &str)]) -> Request<Body> {
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (http::HeaderName::from_static(name), *value)).collect();
    request(method, &fields)
}
