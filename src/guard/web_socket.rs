use http::{
    HeaderName, HeaderValue, Method,
    header::{ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};

use super::{
    check::{Check, Verdict},
    exemptions::TrustedOrigins,
    rejection::Rejection,
};
#[cfg(feature = "cors")]
use crate::cors::CorsPolicy;
use crate::{
    RequestHead,
    origin::OriginSet,
    request::{fields, same_origin::is_same_origin},
};

/// Lets pages of the service's own origin open WebSockets, and those that are named.
///
/// CORS does not: a browser opens a WebSocket to any server, with the user's cookies, and asks nobody
/// (RFC 6455, section 10.2). What is no handshake passes.
///
/// | handshake | verdict |
/// |---|---|
/// | of a page of the service's own origin | passes |
/// | of an origin that is [trusted](Self::trust_origins) | passes |
/// | without `Origin`, as of a program that is no browser | passes, unless [`require_origin`](Self::require_origin) |
/// | of another origin, `null`, malformed, with several `Origin` | refused |
///
/// Own is the page of which the browser says `Sec-Fetch-Site: same-origin`; where it does not say, the
/// one whose host and port are those that the request was sent to, or, behind a proxy that changes them,
/// one of [`service_origins`](Self::service_origins). `Forwarded` and its like never count.
///
/// A handshake is, over HTTP/1.1, whatever names `websocket` in `Upgrade`, or has `Sec-WebSocket-Key` or
/// `Sec-WebSocket-Version`, with any method; over HTTP/2 and HTTP/3 a `CONNECT` with the latter, which
/// every handshake has (RFC 8441, section 5.1). That is more than servers take.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, Rejection, Verdict, WebSocket}};
///
/// let check = WebSocket::new();
/// let handshake = |origin| {
///     let request = Request::get("/chat").header("host", "app.example").header("upgrade", "websocket");
///     let request = request.header("origin", origin).body(()).unwrap();
///     check.check(&RequestHead::from(&request))
/// };
/// assert_eq!(handshake("https://app.example"), Verdict::Allow);
/// assert_eq!(handshake("https://evil.example"), Verdict::Deny(Rejection::WebSocketOrigin));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a check does nothing before a layer asks it"]
pub struct WebSocket {
    trusted: TrustedOrigins,
    service_origins: OriginSet,
    requires_origin: bool,
    allows_null: bool,
}

impl WebSocket {
    /// For pages of the service's own origin alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pages of these origins may, too. `https://*.example.com` are its subdomains, and not itself.
    pub fn trust_origins(mut self, origins: &OriginSet) -> Self {
        self.trusted.add(origins);
        self
    }

    /// Pages may, to which this policy allows credentials.
    #[cfg(feature = "cors")]
    pub fn trust_policy(mut self, policy: CorsPolicy) -> Self {
        self.trusted.set_policy(policy);
        self
    }

    /// The service's own origins, where a proxy in front of it changes the host.
    pub fn service_origins(mut self, origins: OriginSet) -> Self {
        self.service_origins = origins;
        self
    }

    /// Refuses handshakes without `Origin`. Browsers always send it, so that this keeps out other programs,
    /// as far as they do not write one.
    pub fn require_origin(mut self) -> Self {
        self.requires_origin = true;
        self
    }

    /// Lets `Origin: null` pass: sandboxed frames, and so **every page of the web**, which can make one.
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.allows_null = allow;
        self
    }
}

impl Check for WebSocket {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        if is_handshake(head) { self.check_handshake(head) } else { Verdict::Allow }
    }
}

impl WebSocket {
    fn check_handshake(&self, head: &RequestHead<'_>) -> Verdict {
        let passes = match fields::single_value(head.headers(), ORIGIN) {
            Some(origin) => {
                is_same_origin(head, origin.as_bytes(), &self.service_origins)
                    || self.trusted.contains(head, origin)
                    || (self.allows_null && origin == "null")
            }
            None if head.headers().contains_key(ORIGIN) => false,
            None if self.requires_origin => {
                return Verdict::Deny(Rejection::WebSocketWithoutOrigin);
            }
            None => true,
        };
        if passes { Verdict::Allow } else { Verdict::Deny(Rejection::WebSocketOrigin) }
    }
}

/// More than a server takes for one, so that none is missed.
fn is_handshake(head: &RequestHead<'_>) -> bool {
    let headers = head.headers();
    if *head.method() == Method::CONNECT {
        return headers.contains_key(SEC_WEBSOCKET_VERSION)
            || headers.get_all(UPGRADE).iter().any(names_web_socket);
    }
    // One pass over the names costs less than looking for each of three that are rarely there; and their
    // lengths tell most others apart.
    headers.keys().map(HeaderName::as_str).any(|name| match name.len() {
        7 => name == UPGRADE.as_str() && headers.get_all(UPGRADE).iter().any(names_web_socket),
        17 => name == SEC_WEBSOCKET_KEY.as_str(),
        21 => name == SEC_WEBSOCKET_VERSION.as_str(),
        _ => false,
    })
}

/// Anywhere in the value: some servers look no closer.
fn names_web_socket(upgrade: &HeaderValue) -> bool {
    // Mostly it is nothing else.
    upgrade == "websocket"
        || upgrade.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"websocket"))
}
