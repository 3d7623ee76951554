use std::fmt;

/// The reason for which a guard denied a request.
///
/// The layer inserts this reason into the response extensions, so that outer layers can count or log it. The
/// page receives only the status 403, unless `GuardLayer::reject_with` makes a different response.
///
/// ```
/// use http::Response;
/// use tower_cross_origin::guard::Rejection;
///
/// /// Returns a label for metrics.
/// fn label<B>(response: &Response<B>) -> &'static str {
///     response.extensions().get::<Rejection>().map_or("none", |rejection| rejection.as_str())
/// }
///
/// let rejection = Rejection::MalformedHost;
/// assert_eq!(rejection.as_str(), "malformed-host");
/// assert_eq!(rejection.to_string(), "the Host header is missing, repeated or malformed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// A WebSocket handshake of an untrusted origin; from [`WebSocket`](super::WebSocket).
    WebSocketOrigin,
    /// A WebSocket handshake of the request's host that is not a service origin.
    ///
    /// From [`WebSocket`](super::WebSocket). `Origin` has the host and port of the request, but the service origins do
    /// not list the origin.
    WebSocketServiceOrigin,
    /// A WebSocket handshake without the required `Origin`; from [`WebSocket`](super::WebSocket).
    WebSocketWithoutOrigin,
    /// A cross-origin request that can change data, according to `Sec-Fetch-Site`; from
    /// [`Csrf`](super::Csrf).
    CsrfSite,
    /// A cross-origin request that can change data, according to `Origin`; from [`Csrf`](super::Csrf).
    ///
    /// The request has no `Sec-Fetch-Site`, and its `Origin` does not match its host.
    CsrfOrigin,
    /// A request that can change data, of a host that is not a service origin.
    ///
    /// From [`Csrf`](super::Csrf). `Origin` has the host and port of the request, but the service origins do not list
    /// the origin.
    CsrfServiceOrigin,
    /// A cross-site request of a kind that is not allowed; from [`FetchMetadata`](super::FetchMetadata).
    CrossSite,
    /// A same-site request of a kind that is not allowed; from [`FetchMetadata`](super::FetchMetadata).
    SameSite,
    /// A cross-origin request whose preflight the CORS policy does not allow.
    ///
    /// From [`RequirePreflight`](super::RequirePreflight).
    PreflightNotAllowed,
    /// A request of a page whose origin may not use the server; from
    /// [`LocalServerLayer`](super::LocalServerLayer).
    LocalServerOrigin,
    /// A request without `Origin` that a page of another site sent; from
    /// [`LocalServerLayer`](super::LocalServerLayer).
    LocalServerSite,
    /// A request to a host that is not a name of the service; from [`HostCheck`](super::HostCheck).
    UnknownHost,
    /// A request whose `Host` is missing, repeated or malformed; from [`HostCheck`](super::HostCheck).
    MalformedHost,
    /// A request that the application's own check denied, with the label of the check.
    Other(&'static str),
}

impl Rejection {
    /// Returns a label for metrics, in lower case, such as `web-socket-origin`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebSocketOrigin => "web-socket-origin",
            Self::WebSocketServiceOrigin => "web-socket-service-origin",
            Self::WebSocketWithoutOrigin => "web-socket-without-origin",
            Self::CsrfSite => "csrf-site",
            Self::CsrfOrigin => "csrf-origin",
            Self::CsrfServiceOrigin => "csrf-service-origin",
            Self::CrossSite => "cross-site",
            Self::SameSite => "same-site",
            Self::PreflightNotAllowed => "preflight-not-allowed",
            Self::LocalServerOrigin => "local-server-origin",
            Self::LocalServerSite => "local-server-site",
            Self::UnknownHost => "unknown-host",
            Self::MalformedHost => "malformed-host",
            Self::Other(label) => label,
        }
    }

    /// Returns the section of a configuration file whose check gives this reason.
    #[cfg(feature = "tower")]
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::UnknownHost | Self::MalformedHost => "guard.host",
            Self::WebSocketOrigin | Self::WebSocketServiceOrigin | Self::WebSocketWithoutOrigin => {
                "guard.web_socket"
            }
            Self::CsrfSite | Self::CsrfOrigin | Self::CsrfServiceOrigin => "guard.csrf",
            Self::CrossSite | Self::SameSite => "guard.fetch_metadata",
            Self::PreflightNotAllowed => "guard.require_preflight",
            Self::LocalServerOrigin | Self::LocalServerSite | Self::Other(_) => "guard",
        }
    }

    /// Returns a sentence on how to allow such requests.
    pub fn help(self) -> &'static str {
        match self {
            Self::WebSocketOrigin => {
                "if pages of this origin may open WebSockets, add the origin to \
                 WebSocket::trust_origins (guard.web_socket.trust_origins in a file)"
            }
            Self::WebSocketServiceOrigin | Self::CsrfServiceOrigin => {
                "if this is an address of your service, add the origin to service_origins, which replace the \
                 comparison of Origin with Host"
            }
            Self::WebSocketWithoutOrigin => {
                "browsers always send Origin here; if other programs may open WebSockets, unset \
                 WebSocket::require_origin (guard.web_socket.require_origin in a file)"
            }
            Self::CsrfOrigin => {
                "if pages of this origin may change data, add the origin to Csrf::trust_origins \
                 (guard.csrf.trust_origins in a file); if the origin is null and the page is yours, use https, \
                 or another Referrer-Policy than no-referrer, such as same-origin; if every page may send \
                 requests to this path, add the path to Csrf::exempt_paths (exempt_paths in a file)"
            }
            Self::CsrfSite => {
                "if pages of this origin may change data, add the origin to Csrf::trust_origins \
                 (guard.csrf.trust_origins in a file); if every page may send requests to this path, add the \
                 path to Csrf::exempt_paths (exempt_paths in a file)"
            }
            Self::CrossSite | Self::SameSite => {
                "if such requests should be allowed, set FetchMetadata::allow_cors, allow_web_sockets or \
                 allow_destinations (the same keys in guard.fetch_metadata); or add the path to exempt_paths"
            }
            Self::PreflightNotAllowed => {
                "if pages of this origin may send such requests, allow the origin, the method and the header \
                 content-type in one rule of the CORS policy (cors.rules in a file); if this is an address of \
                 your service, add the origin to service_origins; if other programs send such requests to this \
                 path, add the path to RequirePreflight::exempt_paths (exempt_paths in a file)"
            }
            Self::LocalServerOrigin => {
                "if pages of this origin may use the server, add the origin to the rule of LocalServerLayer; if \
                 every page may send requests to this path, add the path to LocalServerLayer::exempt_paths"
            }
            Self::LocalServerSite => {
                "if pages of the other site may use the server, add their origin to the rule of \
                 LocalServerLayer, and send the requests with CORS; links of other sites are allowed"
            }
            Self::UnknownHost => {
                "if clients may call the service by this name, add the name to HostCheck \
                 (guard.host.names in a file)"
            }
            Self::MalformedHost => "send one Host header with a host and, optionally, a port",
            Self::Other(_) => "see the check of the application that has this label",
        }
    }
}

/// Writes the reason as one line of text.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WebSocketOrigin => {
                "a page of an origin that is not trusted tried to open a WebSocket"
            }
            Self::WebSocketServiceOrigin => {
                "the Origin of the handshake has the host of the request, but is not a service origin"
            }
            Self::WebSocketWithoutOrigin => "the WebSocket handshake has no Origin header",
            Self::CsrfSite => "a page of another origin sent a request that can change data",
            Self::CsrfOrigin => {
                "the request can change data, and its Origin is not the origin of this service"
            }
            Self::CsrfServiceOrigin => {
                "the request can change data, and its Origin has its host, but is not a service origin"
            }
            Self::CrossSite => {
                "a page of another site sent a request of a kind that is not allowed"
            }
            Self::SameSite => {
                "a page of another origin of the same site sent a request of a kind that is not \
                 allowed"
            }
            Self::PreflightNotAllowed => {
                "the request needs a preflight, and the CORS policy does not allow this preflight"
            }
            Self::LocalServerOrigin => {
                "a page of an origin that may not use this server sent the request"
            }
            Self::LocalServerSite => {
                "a page of another site tried to load or embed a response of this server"
            }
            Self::UnknownHost => "the host of the request is not one of this service's names",
            Self::MalformedHost => "the Host header is missing, repeated or malformed",
            Self::Other(label) => {
                return write!(f, "a check of the application denied the request: {label}");
            }
        })
    }
}

/// The reason for which a [report-only](super::Check::report_only) check would have denied a request.
///
/// The layer inserts this reason into the extensions of the inner service's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportedRejection(Rejection);

impl ReportedRejection {
    /// Returns the reason.
    pub fn reason(self) -> Rejection {
        self.0
    }

    #[cfg(feature = "tower")]
    pub(crate) fn new(rejection: Rejection) -> Self {
        Self(rejection)
    }
}
