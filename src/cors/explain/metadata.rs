use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, COOKIE},
};

use crate::{
    RequestHead,
    request::fetch_metadata::{SEC_FETCH_MODE, SEC_FETCH_SITE},
};

/// What a browser tells of the request, where it tells anything: `Sec-Fetch-Site` and
/// `Sec-Fetch-Mode`. <https://w3c.github.io/webappsec-fetch-metadata/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metadata {
    /// Nothing, or that the page asks by CORS.
    Cors,
    SameOrigin,
    /// By its address bar, a link, or the submission of a form.
    Navigate,
    /// A mode in which no page reads the response.
    NoCors,
    WebSocket,
}

impl Metadata {
    pub(super) fn of(head: &RequestHead<'_>) -> Self {
        let headers = head.headers();
        match (said(headers, &SEC_FETCH_SITE), said(headers, &SEC_FETCH_MODE)) {
            (b"same-origin", _) => Self::SameOrigin,
            (_, b"navigate") => Self::Navigate,
            (_, b"no-cors") => Self::NoCors,
            (_, b"websocket") => Self::WebSocket,
            _ => Self::Cors,
        }
    }

    /// Whether a browser may ask first.
    pub(super) fn may_ask(self) -> bool {
        self == Self::Cors
    }

    /// Why there is no `Origin`.
    pub(super) fn without_origin(self, head: &RequestHead<'_>) -> &'static str {
        let is_options = *head.method() == Method::OPTIONS;
        match self {
            _ if is_options && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) => {
                "a preflight has one: what sent this is no browser, or something on the way removed it"
            }
            Self::SameOrigin => {
                "Sec-Fetch-Site says same-origin: browsers send none with a page's GET and HEAD to its \
                 own origin"
            }
            Self::Navigate => {
                "Sec-Fetch-Mode says navigate: somebody opens the address, and no script reads the response"
            }
            Self::NoCors => {
                "Sec-Fetch-Mode says no-cors: an image, a script or the like, which its page cannot read"
            }
            Self::Cors | Self::WebSocket => {
                "browsers send none with GET and HEAD to the page's own origin, with images, scripts and \
                 links; other programs hardly ever do"
            }
        }
    }

    pub(super) fn advice_without_origin(self) -> Option<&'static str> {
        (self == Self::NoCors).then_some(
            "if the page should read it: write crossorigin on the element, or mode: \"cors\" in the script",
        )
    }

    /// What there is to know beside the `Origin`.
    pub(super) fn with_origin(self) -> Option<&'static str> {
        match self {
            Self::Cors => None,
            Self::SameOrigin => Some(
                "Sec-Fetch-Site says same-origin: the service's own page asks, and reads the response \
                 without CORS",
            ),
            Self::Navigate => Some(
                "Sec-Fetch-Mode says navigate: a form or a link, whose response no script reads, with or \
                 without CORS",
            ),
            Self::NoCors => Some(
                "Sec-Fetch-Mode says no-cors: the page does not ask by CORS, and cannot read the response",
            ),
            Self::WebSocket => Some(
                "Sec-Fetch-Mode says websocket: CORS does not apply to WebSockets, enforce = true does",
            ),
        }
    }

    /// What there is to do about an origin that no rule covers.
    pub(super) fn advice_with_origin(self) -> Option<&'static str> {
        match self {
            Self::Cors => None,
            Self::SameOrigin | Self::Navigate | Self::WebSocket => {
                Some("nothing: CORS is not asked")
            }
            Self::NoCors => Some(
                "nothing, unless the page should read it: then write crossorigin on the element, or \
                 mode: \"cors\" in the script, and let a rule cover the origin",
            ),
        }
    }

    /// Whether the page probably asks with credentials.
    pub(super) fn has_credentials(self, head: &RequestHead<'_>) -> bool {
        self == Self::Cors
            && [COOKIE, AUTHORIZATION].iter().any(|name| head.headers().contains_key(name))
    }
}

fn said<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a [u8] {
    headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default()
}
