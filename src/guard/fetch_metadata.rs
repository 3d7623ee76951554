use http::{HeaderName, HeaderValue, Method};

use super::{
    check::{Check, Evaluate, Evaluation, Verdict},
    error::Fault,
    exemptions::Exemptions,
    rejection::Rejection,
};
#[cfg(feature = "cross-origin")]
use crate::request::path::PathSet;
use crate::{
    RequestHead,
    fetch::Destination,
    request::{
        RequestFacts,
        fetch_metadata::{FetchSite, SEC_FETCH_DEST, SEC_FETCH_MODE, SEC_FETCH_SITE},
        fields, is_preflight,
    },
};

/// Denies cross-site requests by their `Sec-Fetch-*` headers: a resource isolation policy.
///
/// By default, cross-site requests are allowed only if they are preflights or `GET` navigations (links,
/// forms, frames). Scripts, images, `fetch`, `POST` and WebSockets are denied. Requests of other origins of
/// the same site are allowed, unless [`deny_same_site`](Self::deny_same_site) is set. Requests without
/// `Sec-Fetch-Site` are allowed: older browsers and other programs send them.
///
/// | setting | effect on cross-site requests |
/// |---|---|
/// | [`allow_cors`](Self::allow_cors) | allows `fetch` and modules; a CORS policy then decides |
/// | [`allow_destinations`](Self::allow_destinations) | allows embedding: images, scripts, fonts |
/// | [`allow_web_sockets`](Self::allow_web_sockets) | allows WebSockets and WebTransport; [`WebSocket`](super::WebSocket) then decides |
/// | [`exempt_paths`](Self::exempt_paths), [`skip_if`](Self::skip_if) | allow every matching request |
/// | [`deny_frames`](Self::deny_frames) | denies pages in frames, `<object>` and `<embed>` |
/// | [`deny_navigations`](Self::deny_navigations) | denies links, forms and frames |
///
/// Chromium sends no `Sec-Fetch-*` headers with a WebSocket handshake (observed in version 156). This check
/// therefore allows every handshake of Chromium; [`WebSocket`](super::WebSocket) checks its `Origin`.
///
/// # Service workers
///
/// A service worker of another site can pass on the requests of its pages: `event.respondWith(fetch(event.request))`.
/// The browser then sends them with the destination `empty`, because the [`Request` constructor] does
/// not copy the destination of the image or script. The mode stays `no-cors`. `allow_destinations` with only
/// `Image` therefore allows the images of such a page at the first visit, before the worker controls the page, and
/// denies them from the second visit on.
///
/// Add [`Destination::Empty`] to allow these requests. Every page of another site may then send a `GET` in the mode
/// `no-cors` by `fetch`. The page cannot read the response, but the service processes the request. Use this only for
/// responses that every page may embed, and exempt their paths instead if other responses of the service are private.
/// If the page loads the images with `crossorigin`, the mode is `cors`, and [`allow_cors`](Self::allow_cors) decides.
///
/// [`Request` constructor]: https://fetch.spec.whatwg.org/#dom-request
///
/// # Caches
///
/// Responses to `GET` and `HEAD` vary on `Sec-Fetch-Dest`, `Sec-Fetch-Mode` and `Sec-Fetch-Site`.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{
///     RequestHead,
///     fetch::Destination,
///     guard::{Check, FetchMetadata, Rejection, Verdict},
/// };
///
/// let check = FetchMetadata::new().allow_destinations([Destination::Image]);
/// let embedded = |destination| {
///     let request = Request::get("/").header("sec-fetch-site", "cross-site");
///     let request = request.header("sec-fetch-mode", "no-cors").header("sec-fetch-dest", destination);
///     check.check(&RequestHead::from(&request.body(()).unwrap()))
/// };
/// assert_eq!(embedded("image"), Verdict::Allow);
/// assert_eq!(embedded("script"), Verdict::Deny(Rejection::CrossSite));
/// ```
///
/// <https://secmetadata.appspot.com>, W3C "Post-Spectre Web Development"
#[derive(Clone, Debug, Default)]
#[must_use = "a check does nothing before a layer uses it"]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate setting")]
pub struct FetchMetadata {
    denies_same_site: bool,
    denies_frames: bool,
    denies_navigations: bool,
    allows_cors: bool,
    allows_web_sockets: bool,
    destinations: Vec<Destination>,
    exemptions: Exemptions,
}

impl FetchMetadata {
    /// Creates a check that allows only navigations and preflights of other sites.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether other origins of the same site are treated like other sites.
    ///
    /// Use this if the subdomains of the site have several owners. The default is `false`.
    pub fn deny_same_site(mut self, deny: bool) -> Self {
        self.denies_same_site = deny;
        self
    }

    /// Sets whether requests in the mode `cors` are allowed. The default is `false`.
    ///
    /// A [`CorsLayer`](crate::cors::CorsLayer) inside the guard then decides which pages may read the
    /// response. The service processes such a request even if the page may not read the response, unless the
    /// CORS policy sets `enforce`.
    pub fn allow_cors(mut self, allow: bool) -> Self {
        self.allows_cors = allow;
        self
    }

    /// Sets whether WebSocket handshakes and WebTransport sessions are allowed. The default is `false`.
    pub fn allow_web_sockets(mut self, allow: bool) -> Self {
        self.allows_web_sockets = allow;
        self
    }

    /// Adds destinations for which pages of other sites may embed responses.
    ///
    /// The check then allows `GET` and `HEAD` requests in the mode `no-cors` with these destinations. An
    /// image ping has the destination `Image`. The requests that a [service worker](Self#service-workers) passes on
    /// have the destination `Empty`. `navigator.sendBeacon` sends a `POST` with the destination
    /// `Empty`, which only an [exempt path](Self::exempt_paths) allows.
    pub fn allow_destinations<I>(mut self, destinations: I) -> Self
    where
        I: IntoIterator<Item = Destination>,
    {
        self.destinations.extend(destinations);
        self
    }

    /// Sets whether pages of this service are denied in frames of other sites. The default is `false`.
    ///
    /// This includes `<object>` and `<embed>`.
    pub fn deny_frames(mut self, deny: bool) -> Self {
        self.denies_frames = deny;
        self
    }

    /// Sets whether navigations from other sites are denied. The default is `false`.
    ///
    /// Navigations are links, forms, frames and redirects that lead to this service.
    pub fn deny_navigations(mut self, deny: bool) -> Self {
        self.denies_navigations = deny;
        self
    }

    /// Adds paths at which every request is allowed, except WebSocket handshakes and `CONNECT`; see
    /// [`Csrf::exempt_paths`](super::Csrf::exempt_paths).
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.exemptions.add_paths("fetch_metadata", paths);
        self
    }

    /// Adds a function that selects requests to allow; see [`Csrf::skip_if`](super::Csrf::skip_if).
    pub fn skip_if<F>(mut self, is_skipped: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.exemptions.skip_if(is_skipped);
        self
    }
}

#[cfg(feature = "cross-origin")]
impl FetchMetadata {
    /// Replaces the exempt paths by paths without faults.
    pub(crate) fn with_exempt_paths(mut self, paths: PathSet) -> Self {
        self.exemptions.set_paths(paths);
        self
    }
}

impl Check for FetchMetadata {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.evaluate(&RequestFacts::new(head)).verdict
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        [&SEC_FETCH_DEST, &SEC_FETCH_MODE, &SEC_FETCH_SITE].map(HeaderName::clone).into()
    }

    fn faults(&self) -> Vec<Fault> {
        self.exemptions.faults().to_vec()
    }
}

impl Evaluate for FetchMetadata {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let rejection = match facts.fetch_site() {
            FetchSite::CrossSite | FetchSite::Several => Rejection::CrossSite,
            FetchSite::SameSite if self.denies_same_site => Rejection::SameSite,
            FetchSite::SameSite => {
                return Evaluation::allow("a page of the same site sent the request");
            }
            FetchSite::SameOrigin => {
                return Evaluation::allow("a page of the same origin sent the request");
            }
            FetchSite::None => {
                return Evaluation::allow("the user sent the request (Sec-Fetch-Site: none)");
            }
            FetchSite::Absent => return Evaluation::allow("the request has no Sec-Fetch-Site"),
            // Servers ignore unknown values: https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header
            FetchSite::Unknown => {
                return Evaluation::allow("the value of Sec-Fetch-Site is unknown");
            }
        };
        self.evaluate_cross_site(facts.head(), rejection)
    }
}

impl FetchMetadata {
    fn evaluate_cross_site(&self, head: &RequestHead<'_>, rejection: Rejection) -> Evaluation {
        let value = |name| {
            fields::single_value(head.headers(), name).map_or(&b""[..], HeaderValue::as_bytes)
        };
        let is_read = matches!(*head.method(), Method::GET | Method::HEAD);
        let is_for = |destinations: &[Destination]| {
            let destination = value(&SEC_FETCH_DEST);
            destinations.iter().any(|one| one.as_str().as_bytes() == destination)
        };
        let allowed = |setting, reason| Ok(Evaluation::allow_by(setting, reason));
        let denied = |setting, reason| Err(Evaluation::deny(rejection, setting, reason));
        let result = match value(&SEC_FETCH_MODE) {
            b"navigate" | b"nested-navigate" if !is_read => {
                denied("exempt_paths", "another site submits a form that is not a GET")
            }
            b"navigate" | b"nested-navigate" if self.denies_navigations => {
                denied("deny_navigations", "another site navigates to this service")
            }
            b"navigate" | b"nested-navigate"
                if self.denies_frames && !is_for(&[Destination::Document]) =>
            {
                denied("deny_frames", "another site embeds a page of this service")
            }
            b"navigate" | b"nested-navigate" => allowed("", "the request is a navigation"),
            b"cors" if is_preflight(head) => allowed("", "the request is a preflight"),
            b"cors" if self.allows_cors => {
                allowed("allow_cors", "requests in the mode cors are allowed")
            }
            b"cors" => denied("allow_cors", "another site sends a request in the mode cors"),
            b"no-cors" if is_read && is_for(&self.destinations) => {
                allowed("allow_destinations", "responses may be embedded to this destination")
            }
            b"no-cors" if is_read && is_for(&[Destination::Empty]) => denied(
                "allow_destinations",
                "a script or a service worker of another site requests the response (destination empty)",
            ),
            b"no-cors" if is_read => {
                denied("allow_destinations", "another site embeds the response")
            }
            b"websocket" if self.allows_web_sockets => {
                allowed("allow_web_sockets", "WebSocket handshakes are allowed")
            }
            b"websocket" => denied("allow_web_sockets", "another site opens a WebSocket"),
            b"webtransport" if self.allows_web_sockets => {
                allowed("allow_web_sockets", "WebTransport sessions are allowed")
            }
            b"webtransport" => {
                denied("allow_web_sockets", "another site opens a WebTransport session")
            }
            _ => denied(
                "exempt_paths",
                "another site sends a request of a kind that is never allowed",
            ),
        };
        match result {
            Ok(allowed) => allowed,
            Err(_) if self.exemptions.matches(head) => {
                Evaluation::allow_by("exempt_paths", "the request is exempt")
            }
            Err(denied) => denied,
        }
    }
}
