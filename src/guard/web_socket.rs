use super::{
    check::{Check, Evaluate, Evaluation, Verdict},
    error::Fault,
    exemptions::{CheckedOrigins, TrustedOrigins},
    rejection::Rejection,
};
#[cfg(feature = "cors")]
use crate::cors::CorsPolicy;
#[cfg(all(feature = "cross-origin", feature = "difference"))]
use crate::origin::OriginSet;
use crate::{
    RequestHead,
    origin::IntoOrigins,
    request::{
        RequestFacts,
        fetch_metadata::FetchSite,
        fields::FieldValue,
        handshake::is_handshake,
        same_origin::{as_browser_writes, is_same_origin, matches_request_target},
    },
};

/// Denies WebSocket handshakes of pages of untrusted origins.
///
/// CORS does not protect WebSockets: a browser opens a WebSocket to any server, with the user's cookies and
/// without a preflight (RFC 6455, section 10.2). Requests that are not handshakes are allowed.
///
/// | handshake | verdict |
/// |---|---|
/// | from a page of the service itself | allow |
/// | from a page of a [trusted origin](Self::trust_origins) | allow |
/// | without `Origin`: the client is not a browser | allow, unless [`require_origin`](Self::require_origin) is set |
/// | with another origin, `null`, a malformed `Origin`, or several `Origin` field lines | deny |
///
/// A page belongs to the service if its browser sends `Sec-Fetch-Site: same-origin`. If the browser does not
/// send this header, the host and port of the page must equal the host and port of the request. Behind a
/// proxy that changes the host, set the [service origins](Self::service_origins): the origin of the page must
/// then be one of them. The check never reads `Forwarded` and similar headers.
///
/// Native clients write the origin with a default port or with a slash at the end. Before each comparison, the
/// check removes one slash and then the default port of `https` or `http`, and nothing else.
///
/// Over HTTP/1.1, a request of any method is a handshake if `Upgrade` contains `websocket`, or if it has
/// `Sec-WebSocket-Key` or `Sec-WebSocket-Version`. Over HTTP/2 and HTTP/3, a handshake is an extended `CONNECT` of any
/// protocol, which also opens WebTransport (RFC 8441, section 4). This detection is deliberately broader than the
/// rules of most servers.
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
    service_origins: CheckedOrigins,
    requires_origin: bool,
}

impl WebSocket {
    /// Creates a check that allows only pages of the service itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds trusted origins, whose pages may open WebSockets.
    ///
    /// `https://*.example.com` matches subdomains, but not `https://example.com`. An origin is a fault if it would
    /// be a fault in a CORS rule with credentials, unless one of the `dangerously_allow` settings allows it.
    pub fn trust_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.trusted.add("web_socket", origins);
        self
    }

    /// Replaces the CORS policy whose credentialed origins are trusted.
    ///
    /// Pages of the origins to which the policy allows credentials may open WebSockets.
    #[cfg(feature = "cors")]
    pub fn trust_policy(mut self, policy: CorsPolicy) -> Self {
        self.trusted.set_policy(policy);
        self
    }

    /// Adds origins under which browsers reach the service, for a proxy that changes the host.
    ///
    /// Service origins replace the comparison with `Host`. Otherwise an `http:` page of the same host, or a page
    /// whose own name resolves to this service, would pass. List all addresses of the service.
    pub fn service_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.service_origins.add("web_socket.service_origins", origins);
        self
    }

    /// Sets whether handshakes without `Origin` are denied. The default is `false`.
    ///
    /// Browsers always send `Origin`. This setting therefore affects only other programs.
    pub fn require_origin(mut self, require: bool) -> Self {
        self.requires_origin = require;
        self
    }

    /// Sets whether handshakes with `Origin: null` are allowed. The default is `false`.
    ///
    /// Sandboxed frames send this origin. **Every page of the web** can create such a frame.
    ///
    /// The [trusted origins](Self::trust_origins) can list `file://`, the origin of every local file, only with
    /// this setting.
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.trusted.allow_null_origin(allow);
        self
    }

    /// Sets whether trusted origins may use `http:`. The default is `false`.
    ///
    /// A network attacker can insert a script into such a page. The setting is not needed for loopback hosts.
    pub fn dangerously_allow_insecure_origins(mut self, allow: bool) -> Self {
        self.trusted.allow_insecure_origins(allow);
        self
    }

    /// Sets whether subdomains of a public suffix may be trusted. The default is `false`.
    ///
    /// Anyone can register a name below a public suffix, such as `github.io`.
    pub fn dangerously_allow_public_suffixes(mut self, allow: bool) -> Self {
        self.trusted.allow_public_suffixes(allow);
        self
    }

    /// Sets whether `*`, and patterns and expressions that match many domains, may be trusted.
    ///
    /// The default is `false`. Any website can then act as the logged-in user. `*` matches neither `null` nor
    /// `file://`, and plain HTTP origins only with
    /// [`dangerously_allow_insecure_origins`](Self::dangerously_allow_insecure_origins).
    pub fn dangerously_allow_credentials_for_any_origin(mut self, allow: bool) -> Self {
        self.trusted.allow_any_origin(allow);
        self
    }
}

impl Check for WebSocket {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.evaluate(&RequestFacts::new(head)).verdict
    }

    fn faults(&self) -> Vec<Fault> {
        [self.trusted.faults(), self.service_origins.faults(false)].concat()
    }
}

#[cfg(all(feature = "cross-origin", feature = "difference"))]
impl WebSocket {
    /// Returns the trusted origins, listed here or by the CORS policy.
    pub(crate) fn trusted_origins(&self) -> OriginSet {
        self.trusted.listed()
    }
}

impl Evaluate for WebSocket {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        if is_handshake(facts.head()) {
            self.evaluate_handshake(facts)
        } else {
            Evaluation::allow("the request is not a WebSocket handshake")
        }
    }
}

impl WebSocket {
    fn evaluate_handshake(&self, facts: &RequestFacts<'_>) -> Evaluation {
        const UNTRUSTED: Evaluation = Evaluation {
            verdict: Verdict::Deny(Rejection::WebSocketOrigin),
            reason: "the origin of the handshake is neither the service's nor a trusted one",
            setting: "trust_origins",
        };
        let written = match facts.origin() {
            FieldValue::Single(origin) => as_browser_writes(origin),
            FieldValue::Repeated => return UNTRUSTED,
            FieldValue::Absent if self.requires_origin => {
                return Evaluation::deny(
                    Rejection::WebSocketWithoutOrigin,
                    "require_origin",
                    "the handshake has no Origin",
                );
            }
            FieldValue::Absent => {
                return Evaluation::allow("the handshake has no Origin, so no browser sent it");
            }
        };
        let origin = &*written;
        if is_same_origin(facts, origin.as_bytes(), self.service_origins.set()) {
            Evaluation::allow("a page of the service itself opens the WebSocket")
        } else if self.trusted.contains(facts.head(), origin) {
            Evaluation::allow_by("trust_origins", "the origin of the handshake is trusted")
        } else if self.trusted.is_allowed_null(origin) {
            Evaluation::allow_by("dangerously_allow_null_origin", "the origin \"null\" is allowed")
        } else if facts.fetch_site() == FetchSite::Absent
            && matches_request_target(facts, origin.as_bytes())
        {
            Evaluation::deny(
                Rejection::WebSocketServiceOrigin,
                "service_origins",
                "Origin has the host and port of the request, but service_origins replace this comparison",
            )
        } else {
            UNTRUSTED
        }
    }
}
