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

/// Says what pages of other sites may have of the service at all, by what their browsers say of each
/// request: a resource isolation policy.
///
/// Of another site pass, if nothing else is set: links and forms with `GET`, pages in frames, and
/// preflights. Not: scripts, images, `fetch`, `POST`, WebSockets. Other origins of the same site pass,
/// unless [`refuse_same_site`](Self::refuse_same_site) is set. Browsers that send no `Sec-Fetch-Site`, and
/// programs that are none, pass.
///
/// | setting | lets pass, of another site |
/// |---|---|
/// | [`allow_cors`](Self::allow_cors) | `fetch` and modules, which CORS judges then |
/// | [`allow_destinations`](Self::allow_destinations) | what elements embed: images, scripts, fonts |
/// | [`allow_web_sockets`](Self::allow_web_sockets) | WebSockets, which [`WebSocket`](super::WebSocket) judges then |
/// | [`exempt_paths`](Self::exempt_paths), [`skip_if`](Self::skip_if) | everything there |
/// | [`refuse_frames`](Self::refuse_frames) | no page in a frame, `<object>` or `<embed>` |
/// | [`refuse_navigations`](Self::refuse_navigations) | no link, no form and no frame either |
///
/// Chromium says nothing of the kind of a WebSocket (seen in 156), so that such a handshake passes in any
/// case: [`WebSocket`](super::WebSocket) looks at its `Origin`.
///
/// The responses to `GET` vary on the headers that decide.
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
#[must_use = "a check does nothing before a layer asks it"]
pub struct FetchMetadata {
    refuses_same_site: bool,
    refuses_frames: bool,
    refuses_navigations: bool,
    /// Those that pass whatever else they are.
    modes: Vec<&'static str>,
    destinations: Vec<Destination>,
    exemptions: Exemptions,
}

impl FetchMetadata {
    /// For links and frames of other sites, and everything of one's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Other origins of the same site are judged as other sites are: where subdomains are not one's own.
    pub fn refuse_same_site(mut self) -> Self {
        self.refuses_same_site = true;
        self
    }

    /// Lets requests in the mode `cors` pass, so that a [`CorsLayer`](crate::cors::CorsLayer) inside says
    /// who may read. What it refuses to be read has been carried out then, unless it has `enforce`.
    pub fn allow_cors(mut self) -> Self {
        self.modes.push("cors");
        self
    }

    /// Lets WebSockets pass.
    pub fn allow_web_sockets(mut self) -> Self {
        self.modes.push("websocket");
        self
    }

    /// Lets elements embed this: `GET` and `HEAD` in the mode `no-cors`. An image ping and
    /// `navigator.sendBeacon` have the destinations `Image` and `Empty`; the latter is a `POST`, which
    /// only an exempt path takes.
    pub fn allow_destinations<I>(mut self, destinations: I) -> Self
    where
        I: IntoIterator<Item = Destination>,
    {
        self.destinations.extend(destinations);
        self
    }

    /// No page of another site has one of the service's in a frame, `<object>` or `<embed>`.
    pub fn refuse_frames(mut self) -> Self {
        self.refuses_frames = true;
        self
    }

    /// No link, form or frame of another site leads here, and no address that another site redirects to.
    pub fn refuse_navigations(mut self) -> Self {
        self.refuses_navigations = true;
        self
    }

    /// Adds paths at which every request is allowed, as [`Csrf::exempt_paths`](super::Csrf::exempt_paths).
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.exemptions.add_paths("fetch_metadata", paths);
        self
    }

    /// Requests of which this function says so are not looked at: as [`Csrf::skip_if`](super::Csrf::skip_if).
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
        let refusal = match FetchSite::of(head.headers()) {
            FetchSite::CrossSite | FetchSite::Several => Rejection::CrossSite,
            FetchSite::SameSite if self.refuses_same_site => Rejection::SameSite,
            // A value that is new says nothing as yet, and the specification has servers pass over it.
            _ => return Verdict::Allow,
        };
        if self.allows(head) { Verdict::Allow } else { Verdict::Deny(refusal) }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        [&SEC_FETCH_DEST, &SEC_FETCH_MODE, &SEC_FETCH_SITE].map(HeaderName::clone).into()
    }

    fn faults(&self) -> Vec<Fault> {
        self.exemptions.faults()
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
        let mode = value(&SEC_FETCH_MODE);
        let is_allowed = match mode {
            b"navigate" | b"nested-navigate" => {
                reads
                    && !self.refuses_navigations
                    && (!self.refuses_frames || is_for(&[Destination::Document]))
            }
            b"cors" if is_preflight(head) => true,
            b"no-cors" => reads && is_for(&self.destinations),
            _ => self.modes.iter().any(|allowed| allowed.as_bytes() == mode),
        };
        is_allowed || self.exemptions.matches(head)
    }
}
