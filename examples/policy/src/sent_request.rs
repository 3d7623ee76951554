use http::{
    HeaderValue, Request, Uri,
    header::{HOST, ORIGIN},
};
use tower_cross_origin::cors::is_preflight;
use url::Url;

use crate::call::Mode;

/// A request that a browser sends.
#[derive(Debug)]
pub(crate) struct SentRequest {
    /// The title in the report, such as `preflight OPTIONS https://api.example.com/`.
    pub(crate) title: String,
    pub(crate) request: Request<()>,
    pub(crate) mode: Mode,
    /// The page and the URL have the same origin, and the request has `Origin`.
    is_same_origin: bool,
}

impl SentRequest {
    /// Creates a request to this URL. Adds `Host`, unless the request has this header.
    pub(crate) fn new(mut request: Request<()>, url: &Url, mode: Mode) -> Self {
        let kind = if is_preflight(&(&request).into()) { "preflight" } else { "request" };
        let title = format!("{kind} {} {url}", request.method());
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let target: Option<Uri> = format!("{}{query}", url.path()).parse().ok();
        *request.uri_mut() = target.unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", url.host_str().unwrap_or_default());
        if let Ok(host) = HeaderValue::from_str(&host) {
            request.headers_mut().entry(HOST).or_insert(host);
        }
        let origin = url.origin().ascii_serialization();
        let is_same_origin = request.headers().get(ORIGIN).is_some_and(|sent| *sent == *origin);
        Self { title, request, mode, is_same_origin }
    }

    /// Returns the kind of the request if CORS does not apply to it.
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 12
    pub(crate) fn kind_without_cors(&self) -> Option<&'static str> {
        match self.mode {
            Mode::Cors if self.is_same_origin => Some("same-origin requests"),
            Mode::Cors => None,
            Mode::NoCors => Some("the mode no-cors"),
            Mode::SameOrigin => Some("the mode same-origin"),
            Mode::Navigate => Some("the mode navigate"),
            Mode::WebSocket => Some("the mode websocket"),
        }
    }
}
