//! Why a browser sends a preflight, or does not:
//! <https://fetch.spec.whatwg.org/#http-fetch>, "makeCORSPreflight".

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, COOKIE},
};

use super::wording::{LISTED, listed, quoted, shown};
use crate::{
    RequestHead,
    cors::request::{RequestHeaders, RequestMethod},
    fetch::{
        SAFELISTED_VALUE_BYTES, SAFELISTED_VALUES_TOTAL_BYTES, cors_unsafe_request_header_names,
        is_cors_protocol_exception, is_cors_safelisted_method, is_cors_safelisted_request_header,
        is_cors_safelisted_request_header_name, is_forbidden_request_header, is_token,
    },
    limits::{REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES, REQUEST_HEADERS_NAMES},
    request::{
        fetch_metadata::{SEC_FETCH_MODE, SEC_FETCH_SITE},
        fields::list_members,
    },
};

/// What a preflight says of its reasons: names, and not values.
pub(super) fn of_preflight(method: RequestMethod<'_>, headers: RequestHeaders<'_>) -> Vec<String> {
    let method = method.value().map(HeaderValue::as_bytes).unwrap_or_default();
    let is_safelisted = is_cors_safelisted_method(method);
    let mut reasons = Vec::new();
    if is_token(method) && !is_safelisted {
        reasons.push(of_method(method));
    }
    let mut names: Vec<&[u8]> = Vec::new();
    for name in headers.lines().take(REQUEST_HEADERS_LINES).flat_map(list_members).take(READ) {
        if is_token(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let (safelisted, others): (Vec<&[u8]>, Vec<&[u8]>) =
        names.into_iter().partition(|name| is_cors_safelisted_request_header_name(name));
    reasons.extend(safelisted.into_iter().take(LISTED).map(of_safelisted_name));
    reasons.extend(of_names(&others));
    if reasons.is_empty() && is_safelisted {
        reasons.push(format!(
            "a preflight for {} with no header: an upload listener or a stream as the body asks for it",
            shown(method),
        ));
    }
    reasons
}

/// What an actual request says of its reasons. The page's headers cannot be told from those of the
/// browser and of what stands between, so that names which these use are left out.
pub(super) fn of_actual<'a>(head: &RequestHead<'a>, metadata: Metadata) -> PreflightReasons<'a> {
    let method = head.method();
    if !metadata.may_ask() || *method == Method::OPTIONS {
        return PreflightReasons { metadata, method, unsafe_method: false, headers: Vec::new() };
    }
    let by_page = head.headers().iter().filter(|(name, value)| is_by_page(name, value));
    let names = cors_unsafe_request_header_names(by_page);
    let headers =
        names.into_iter().filter_map(|name| Some((line_of(head, &name)?, name))).collect();
    let unsafe_method = !is_cors_safelisted_method(method.as_str().as_bytes());
    PreflightReasons { metadata, method, unsafe_method, headers }
}

pub(super) struct PreflightReasons<'a> {
    metadata: Metadata,
    method: &'a Method,
    unsafe_method: bool,
    headers: Vec<(&'a HeaderValue, HeaderName)>,
}

impl PreflightReasons<'_> {
    /// The method, where it needs a preflight.
    pub(super) fn method(&self) -> Option<&[u8]> {
        self.unsafe_method.then(|| self.method.as_str().as_bytes())
    }

    /// The names of the headers that need one.
    pub(super) fn names(&self) -> Vec<&[u8]> {
        self.headers.iter().map(|(_, name)| name.as_str().as_bytes()).collect()
    }

    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self.method().map(of_method).into_iter().collect();
        if *self.method == Method::OPTIONS {
            reasons.push(
                "this OPTIONS is no preflight, which has Access-Control-Request-Method: it is the \
                 service's"
                    .to_owned(),
            );
        }
        let mut others = Vec::new();
        for (value, name) in &self.headers {
            if is_cors_safelisted_request_header_name(name.as_ref()) {
                reasons.push(of_value(name, value));
            } else {
                others.push(name.as_str().as_bytes());
            }
        }
        let it = if others.len() == 1 { "it" } else { "them" };
        reasons.extend(of_names(&others).map(|text| format!("{text}, if the page set {it}")));
        if reasons.is_empty() && self.metadata.may_ask() {
            reasons.push(format!(
                "no: {} with such headers needs no preflight",
                shown(self.method.as_str().as_bytes()),
            ));
        }
        reasons
    }
}

/// The line of a header that needs a preflight, if one does by itself.
fn line_of<'a>(head: &RequestHead<'a>, name: &HeaderName) -> Option<&'a HeaderValue> {
    let lines = || head.headers().get_all(name).iter();
    let is_unsafe =
        |line: &&HeaderValue| !is_cors_safelisted_request_header(name.as_ref(), line.as_bytes());
    lines().find(is_unsafe).or_else(|| lines().next())
}

fn of_method(method: &[u8]) -> String {
    format!("method {} needs a preflight: only GET, HEAD and POST do not", shown(method))
}

fn of_names(names: &[&[u8]]) -> Option<String> {
    let shown_names = listed(names.iter().map(|name| shown(name)), names.len());
    match names.len() {
        0 => None,
        1 => Some(format!("header {shown_names} needs a preflight")),
        _ => Some(format!("headers {shown_names} need a preflight")),
    }
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn of_safelisted_name(name: &[u8]) -> String {
    let shown_name = shown(name);
    match () {
        () if name.eq_ignore_ascii_case(b"content-type") => {
            format!("{shown_name} needs a preflight for other values than {FORM_TYPES}")
        }
        () if name.eq_ignore_ascii_case(b"range") => {
            format!("{shown_name} needs a preflight for other values than {RANGE}")
        }
        () => format!("{shown_name} needs a preflight for a value that is {LONG_OR_UNSAFE}"),
    }
}

/// Of a header that has a safelisted name.
fn of_value(name: &HeaderName, value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    let shown_name = shown(name.as_ref());
    match () {
        () if is_cors_safelisted_request_header(name.as_ref(), bytes) => format!(
            "{shown_name} needs a preflight: the safelisted headers have more than \
             {SAFELISTED_VALUES_TOTAL_BYTES} bytes together"
        ),
        () if bytes.len() > SAFELISTED_VALUE_BYTES => format!(
            "{shown_name} needs a preflight: its value has more than {SAFELISTED_VALUE_BYTES} bytes"
        ),
        () if *name == CONTENT_TYPE => {
            format!("{shown_name} {} needs a preflight: only {FORM_TYPES} do not", of_type(bytes))
        }
        () => of_safelisted_name(name.as_ref()),
    }
}

fn of_type(value: &[u8]) -> String {
    let is_plain = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
    if is_plain { shown(value) } else { quoted(value) }
}

/// Whether script can set the header, and neither a browser nor a proxy adds one of that name.
fn is_by_page(name: &HeaderName, value: &HeaderValue) -> bool {
    let text = name.as_str();
    let is_exception = *name == CONTENT_TYPE && is_cors_protocol_exception(value.as_bytes());
    !is_exception
        && !is_forbidden_request_header(text.as_bytes(), value.as_bytes())
        && !ADDED.contains(&text)
        && !ADDED_STARTS.iter().any(|start| text.starts_with(start))
}

const FORM_TYPES: &str = "application/x-www-form-urlencoded, multipart/form-data and text/plain";
const RANGE: &str = "one range with a start, such as bytes=0-499";
const LONG_OR_UNSAFE: &str = "longer than 128 bytes, or has quotation marks, brackets or the like";

/// The most elements of a list that are read.
const READ: usize = REQUEST_HEADERS_NAMES + REQUEST_HEADERS_EMPTY_ELEMENTS;

/// Added by browsers to requests of their own accord, or by what stands between. `Authorization` is
/// not among them: a page's token is more frequent than HTTP authentication.
const ADDED: &[&str] = &[
    "cache-control",
    "device-memory",
    "downlink",
    "dpr",
    "ect",
    "forwarded",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-event-id",
    "max-forwards",
    "ping-from",
    "ping-to",
    "pragma",
    "priority",
    "purpose",
    "rtt",
    "save-data",
    "traceparent",
    "tracestate",
    "true-client-ip",
    "upgrade-insecure-requests",
    "user-agent",
    "viewport-width",
    "width",
    "x-client-data",
    "x-real-ip",
    "x-request-id",
];
const ADDED_STARTS: &[&str] = &["cf-", "x-amzn-", "x-b3-", "x-envoy-", "x-forwarded-"];

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
