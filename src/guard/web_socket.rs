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

/// Allows WebSocket handshakes of the service's own pages, and of trusted origins.
///
/// CORS does not protect WebSockets: a browser opens one to any server, with the user's cookies and without
/// a preflight (RFC 6455, section 10.2). Requests that are not handshakes are allowed.
///
/// | handshake | verdict |
/// |---|---|
/// | of a page of the service's own origin | allow |
/// | of an origin that is [trusted](Self::trust_origins) | allow |
/// | without `Origin`, as programs other than browsers send it | allow, unless [`require_origin`](Self::require_origin) is set |
/// | of another origin, `null`, malformed, or with several `Origin` | deny |
///
/// A page is the service's own if its browser sends `Sec-Fetch-Site: same-origin`. If the browser does not
/// send that header, the page's host and port must be those of the request, or its origin one of the
/// [service origins](Self::service_origins), behind a proxy that changes the host. `Forwarded` and similar
/// headers never count.
///
/// Over HTTP/1.1 a handshake is every request with `websocket` in `Upgrade`, with `Sec-WebSocket-Key` or with
/// `Sec-WebSocket-Version`, whatever the method. Over HTTP/2 and HTTP/3 it is a `CONNECT` with
/// `Sec-WebSocket-Version`, which every handshake has (RFC 8441, section 5.1). That is deliberately broader
/// than what servers accept.
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
#[must_use = "a check does nothing before a layer uses it"]
pub struct WebSocket {
    trusted: TrustedOrigins,
    service_origins: OriginSet,
    requires_origin: bool,
    allows_null: bool,
}

impl WebSocket {
    /// Creates a check that allows only pages of the service's own origin.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins whose pages may open WebSockets. `https://*.example.com` matches subdomains, and not
    /// `https://example.com`.
    pub fn trust_origins(mut self, origins: &OriginSet) -> Self {
        self.trusted.add(origins);
        self
    }

    /// Allows pages of the origins to which this policy allows credentials; replaces the policy of an
    /// earlier call.
    #[cfg(feature = "cors")]
    pub fn trust_policy(mut self, policy: CorsPolicy) -> Self {
        self.trusted.set_policy(policy);
        self
    }

    /// Sets the origins under which browsers reach the service, for a proxy that changes the host; replaces
    /// those of an earlier call.
    pub fn service_origins(mut self, origins: OriginSet) -> Self {
        self.service_origins = origins;
        self
    }

    /// With `true`, denies handshakes without `Origin`. Browsers always send it, so that this denies other
    /// programs, unless they send one too.
    pub fn require_origin(mut self, require: bool) -> Self {
        self.requires_origin = require;
        self
    }

    /// With `true`, allows `Origin: null`: sandboxed frames, and so **every page of the web**, which can
    /// create one.
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
        let is_allowed = match fields::single_value(head.headers(), ORIGIN) {
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
        if is_allowed { Verdict::Allow } else { Verdict::Deny(Rejection::WebSocketOrigin) }
    }
}

/// Whether some server may treat the request as a handshake.
fn is_handshake(head: &RequestHead<'_>) -> bool {
    let headers = head.headers();
    if *head.method() == Method::CONNECT {
        return headers.contains_key(SEC_WEBSOCKET_VERSION)
            || headers.get_all(UPGRADE).iter().any(contains_web_socket);
    }
    // One pass over the names costs less than three lookups of names that are rarely present, and the
    // lengths rule out most other names.
    headers.keys().map(HeaderName::as_str).any(|name| match name.len() {
        7 => name == UPGRADE.as_str() && headers.get_all(UPGRADE).iter().any(contains_web_socket),
        17 => name == SEC_WEBSOCKET_KEY.as_str(),
        21 => name == SEC_WEBSOCKET_VERSION.as_str(),
        _ => false,
    })
}

/// Whether the value contains `websocket` anywhere, which is enough for some servers.
fn contains_web_socket(upgrade: &HeaderValue) -> bool {
    // The usual value.
    upgrade == "websocket"
        || upgrade.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"websocket"))
}
