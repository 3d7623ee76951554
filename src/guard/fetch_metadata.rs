use http::{HeaderName, HeaderValue, Method};

use super::{
    check::{Check, Verdict},
    error::Fault,
    exemptions::Exemptions,
    rejection::Rejection,
};
use crate::{
    RequestHead,
    fetch::Destination,
    request::{
        fetch_metadata::{FetchSite, SEC_FETCH_DEST, SEC_FETCH_MODE, SEC_FETCH_SITE},
        fields, is_preflight,
    },
};

/// Denies cross-site requests by their `Sec-Fetch-*` headers: a resource isolation policy.
///
/// By default a cross-site request is allowed only if it is a `GET` navigation (a link, a form, a frame) or a
/// preflight. Scripts, images, `fetch`, `POST` and WebSockets are denied. Other origins of the same site are
/// allowed, unless [`deny_same_site`](Self::deny_same_site) is set. Requests without `Sec-Fetch-Site`, of
/// older browsers and of other programs, are allowed.
///
/// | setting | effect on cross-site requests |
/// |---|---|
/// | [`allow_cors`](Self::allow_cors) | allows `fetch` and modules, which CORS decides on then |
/// | [`allow_destinations`](Self::allow_destinations) | allows embedding: images, scripts, fonts |
/// | [`allow_web_sockets`](Self::allow_web_sockets) | allows WebSockets, which [`WebSocket`](super::WebSocket) decides on then |
/// | [`exempt_paths`](Self::exempt_paths), [`skip_if`](Self::skip_if) | allow every such request |
/// | [`deny_frames`](Self::deny_frames) | denies pages in frames, `<object>` and `<embed>` |
/// | [`deny_navigations`](Self::deny_navigations) | denies links, forms and frames |
///
/// Chromium sends no `Sec-Fetch-*` header with a WebSocket handshake (seen in 156), so that this check allows
/// every handshake of Chromium; [`WebSocket`](super::WebSocket) checks its `Origin`.
///
/// Responses to `GET` and `HEAD` vary on the three headers.
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
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
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

    /// With `true`, treats other origins of the same site like other sites: for sites whose subdomains belong
    /// to several owners.
    pub fn deny_same_site(mut self, deny: bool) -> Self {
        self.denies_same_site = deny;
        self
    }

    /// With `true`, allows requests in the mode `cors`, so that a [`CorsLayer`](crate::cors::CorsLayer) inside
    /// decides which pages may read the response. The service carries out such a request even if the page may
    /// not read the response, unless the policy has `enforce`.
    pub fn allow_cors(mut self, allow: bool) -> Self {
        self.allows_cors = allow;
        self
    }

    /// With `true`, allows WebSocket handshakes.
    pub fn allow_web_sockets(mut self, allow: bool) -> Self {
        self.allows_web_sockets = allow;
        self
    }

    /// Adds destinations to which pages may embed responses: `GET` and `HEAD` in the mode `no-cors`.
    ///
    /// An image ping has the destination `Image`. `navigator.sendBeacon` has `Empty` and sends a `POST`, which
    /// only an [exempt path](Self::exempt_paths) allows.
    pub fn allow_destinations<I>(mut self, destinations: I) -> Self
    where
        I: IntoIterator<Item = Destination>,
    {
        self.destinations.extend(destinations);
        self
    }

    /// With `true`, denies pages of this service in a frame, `<object>` or `<embed>` of other sites.
    pub fn deny_frames(mut self, deny: bool) -> Self {
        self.denies_frames = deny;
        self
    }

    /// With `true`, denies links, forms, frames and redirects of other sites that lead to this service.
    pub fn deny_navigations(mut self, deny: bool) -> Self {
        self.denies_navigations = deny;
        self
    }

    /// Adds paths at which every request is allowed, as [`Csrf::exempt_paths`](super::Csrf::exempt_paths).
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.exemptions.add_paths("fetch_metadata", paths);
        self
    }

    /// Adds a function that selects requests to allow, as [`Csrf::skip_if`](super::Csrf::skip_if).
    pub fn skip_if<F>(mut self, is_skipped: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.exemptions.skip_if(is_skipped);
        self
    }
}

impl Check for FetchMetadata {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        let rejection = match FetchSite::from_headers(head.headers()) {
            FetchSite::CrossSite | FetchSite::Several => Rejection::CrossSite,
            FetchSite::SameSite if self.denies_same_site => Rejection::SameSite,
            // Servers ignore unknown values: https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header
            _ => return Verdict::Allow,
        };
        if self.allows(head) { Verdict::Allow } else { Verdict::Deny(rejection) }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        [&SEC_FETCH_DEST, &SEC_FETCH_MODE, &SEC_FETCH_SITE].map(HeaderName::clone).into()
    }

    fn faults(&self) -> Vec<Fault> {
        self.exemptions.faults().to_vec()
    }
}

impl FetchMetadata {
    fn allows(&self, head: &RequestHead<'_>) -> bool {
        let value = |name| {
            fields::single_value(head.headers(), name).map_or(&b""[..], HeaderValue::as_bytes)
        };
        let reads = matches!(*head.method(), Method::GET | Method::HEAD);
        let is_for = |destinations: &[Destination]| {
            let destination = value(&SEC_FETCH_DEST);
            destinations.iter().any(|one| one.as_str().as_bytes() == destination)
        };
        let is_allowed = match value(&SEC_FETCH_MODE) {
            b"navigate" | b"nested-navigate" => {
                reads
                    && !self.denies_navigations
                    && (!self.denies_frames || is_for(&[Destination::Document]))
            }
            b"cors" if is_preflight(head) => true,
            b"no-cors" => reads && is_for(&self.destinations),
            b"cors" => self.allows_cors,
            b"websocket" => self.allows_web_sockets,
            _ => false,
        };
        is_allowed || self.exemptions.matches(head)
    }
}
