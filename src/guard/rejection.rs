use std::fmt;

/// Why a request did not reach the service.
///
/// In the extensions of the response, for layers outside that count or log. What a page gets is the
/// status 403 and nothing else.
///
/// ```
/// use http::Response;
/// use tower_cross_origin::guard::Rejection;
///
/// fn label<B>(response: &Response<B>) -> &'static str {
///     response.extensions().get::<Rejection>().map_or("none", |refusal| refusal.as_str())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// A WebSocket of a page of another origin. [`WebSocket`](super::WebSocket)
    WebSocketOrigin,
    /// A WebSocket without an `Origin`, where one is required. [`WebSocket`](super::WebSocket)
    WebSocketWithoutOrigin,
    /// A request that may change something, of which the browser says that a page of another origin sent
    /// it. [`Csrf`](super::Csrf)
    CsrfSite,
    /// The same of a browser that says only which origin: it is not that of the request's host.
    /// [`Csrf`](super::Csrf)
    CsrfOrigin,
    /// A page of another site wants what it may not. [`FetchMetadata`](super::FetchMetadata)
    CrossSite,
    /// A page of another origin of the same site wants what it may not.
    /// [`FetchMetadata`](super::FetchMetadata)
    SameSite,
    /// The service is called by a name that is not its own. [`Host`](super::Host)
    UnknownHost,
    /// The service is called by no name, by several, or by what is none. [`Host`](super::Host)
    MalformedHost,
    /// Of a check of one's own, which names it.
    Other(&'static str),
}

impl Rejection {
    /// A label for metrics, in lower case: `web-socket-origin`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebSocketOrigin => "web-socket-origin",
            Self::WebSocketWithoutOrigin => "web-socket-without-origin",
            Self::CsrfSite => "csrf-site",
            Self::CsrfOrigin => "csrf-origin",
            Self::CrossSite => "cross-site",
            Self::SameSite => "same-site",
            Self::UnknownHost => "unknown-host",
            Self::MalformedHost => "malformed-host",
            Self::Other(name) => name,
        }
    }

    /// What to change, where the request is meant to pass.
    pub fn help(self) -> &'static str {
        match self {
            Self::WebSocketOrigin => {
                "a page of another origin opened a WebSocket; if it may, name its origin in \
                 WebSocket::trust_origins, and behind a proxy that changes the host, \
                 your own in WebSocket::service_origins"
            }
            Self::WebSocketWithoutOrigin => {
                "no page opened this WebSocket; leave WebSocket::require_origin out if other \
                 programs may"
            }
            Self::CsrfSite | Self::CsrfOrigin => {
                "a page of another origin sent a request that may change something; if it may, \
                 name its origin in Csrf::trust_origins, or the path in Csrf::exempt_paths"
            }
            Self::CrossSite | Self::SameSite => {
                "a page of another origin wanted what FetchMetadata does not let it have; see \
                 FetchMetadata::allow_cors and FetchMetadata::allow_destinations, or name the \
                 path in FetchMetadata::exempt_paths"
            }
            Self::UnknownHost => {
                "the service was called by a name that is not its own; if it is, name it in the \
                 list of Host"
            }
            Self::MalformedHost => {
                "the request has no Host, several, or one that is no host and port"
            }
            Self::Other(_) => "a check of the service's own refused the request",
        }
    }
}

/// As [`Rejection::help`].
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.help())
    }
}

/// What a check that only [reports](Check::report_only) would have refused: in the extensions of
/// the service's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportedRejection(Rejection);

impl ReportedRejection {
    /// Returns the reason.
    pub fn reason(self) -> Rejection {
        self.0
    }

    pub(super) fn new(rejection: Rejection) -> Self {
        Self(rejection)
    }
}
