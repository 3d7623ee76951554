use std::fmt;

use http::HeaderName;

use crate::RequestHead;

/// Says of a request whether it may reach the service.
///
/// Pure: it looks at the head alone, and neither waits nor panics.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, Csrf, Rejection, Verdict, WebSocket}};
///
/// /// The service's own programs alone.
/// struct KnownAgent;
///
/// impl Check for KnownAgent {
///     fn check(&self, head: &RequestHead<'_>) -> Verdict {
///         match head.headers().get("user-agent") {
///             Some(agent) if agent.as_bytes().starts_with(b"shop/") => Verdict::Allow,
///             _ => Verdict::Deny(Rejection::Other("unknown-agent")),
///         }
///     }
/// }
///
/// let check = WebSocket::new().and(Csrf::new()).and(KnownAgent.report_only());
/// let request = Request::post("/").header("sec-fetch-site", "cross-site").body(()).unwrap();
/// assert_eq!(check.check(&RequestHead::from(&request)), Verdict::Deny(Rejection::CsrfSite));
/// ```
pub trait Check {
    /// The verdict on this request.
    fn check(&self, head: &RequestHead<'_>) -> Verdict;

    /// The request headers that decide about a `GET` or `HEAD`; they are added to the `Vary` of its
    /// response, without which a cache would hand what one page got to another. What is part of the
    /// request's target, such as `Host`, needs no mention, and neither does what only decides about
    /// requests that no cache answers.
    fn varies_on(&self) -> Vec<HeaderName> {
        Vec::new()
    }

    /// Both: this one is asked first, and the other where this one does not refuse.
    fn and<C: Check>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And::new(self, other)
    }

    /// Refuses nothing, and tells what it would have refused: to try a check on a service that runs.
    fn report_only(self) -> ReportOnly<Self>
    where
        Self: Sized,
    {
        ReportOnly::new(self)
    }
}

/// What a [`Check`] says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may.
    Allow,
    /// It may, and would not if the check were not [`report_only`](Check::report_only).
    Report(Rejection),
    /// It may not.
    Deny(Rejection),
}

/// Two checks, one after the other. Made by [`Check::and`].
#[derive(Clone, Debug)]
pub struct And<A, B> {
    first: A,
    second: B,
}

impl<A, B> And<A, B> {
    fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Check, B: Check> Check for And<A, B> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        match self.first.check(head) {
            Verdict::Allow => self.second.check(head),
            Verdict::Deny(refusal) => Verdict::Deny(refusal),
            // The first that is reported is the one that is told.
            Verdict::Report(refusal) => match self.second.check(head) {
                Verdict::Deny(other) => Verdict::Deny(other),
                _ => Verdict::Report(refusal),
            },
        }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        let mut names = self.first.varies_on();
        for name in self.second.varies_on() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// A check that refuses nothing. Made by [`Check::report_only`].
#[derive(Clone, Debug)]
pub struct ReportOnly<C>(C);

impl<C> ReportOnly<C> {
    fn new(check: C) -> Self {
        Self(check)
    }
}

/// Its answers are the same whatever it says, and so it varies on nothing.
impl<C: Check> Check for ReportOnly<C> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        match self.0.check(head) {
            Verdict::Deny(refusal) => Verdict::Report(refusal),
            other => other,
        }
    }
}

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
