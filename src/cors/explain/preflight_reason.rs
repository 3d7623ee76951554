//! The reasons why a browser sends a preflight:
//! <https://fetch.spec.whatwg.org/#http-fetch>, "makeCORSPreflight".

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, COOKIE},
};

use super::wording::{PRINTED_ITEMS, escape, join_items, quote};
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

/// Returns the reasons that a preflight shows. A preflight contains names, but not values.
pub(super) fn preflight_reasons(
    method: RequestMethod<'_>,
    headers: RequestHeaders<'_>,
) -> Vec<String> {
    let method = method.value().map(HeaderValue::as_bytes).unwrap_or_default();
    let is_safelisted = is_cors_safelisted_method(method);
    let mut reasons = Vec::new();
    if is_token(method) && !is_safelisted {
        reasons.push(method_reason(method));
    }
    let mut names: Vec<&[u8]> = Vec::new();
    for name in
        headers.lines().take(REQUEST_HEADERS_LINES).flat_map(list_members).take(MAX_ELEMENTS)
    {
        if is_token(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let (safelisted, others): (Vec<&[u8]>, Vec<&[u8]>) =
        names.into_iter().partition(|name| is_cors_safelisted_request_header_name(name));
    reasons.extend(safelisted.into_iter().take(PRINTED_ITEMS).map(safelisted_name_reason));
    reasons.extend(header_names_reason(&others));
    if reasons.is_empty() && is_safelisted {
        reasons.push(format!(
            "an upload listener or a stream body; {} without other headers needs no preflight",
            escape(method),
        ));
    }
    reasons
}

/// Returns the reasons for a preflight that an actual request shows.
///
/// Browsers and intermediaries also add headers. Their header names are ignored, since a page could not be
/// distinguished from them.
pub(super) fn actual_request_reasons<'a>(
    head: &RequestHead<'a>,
    metadata: Metadata,
) -> PreflightReasons<'a> {
    let method = head.method();
    if !metadata.may_send_preflight() || *method == Method::OPTIONS {
        return PreflightReasons { metadata, method, unsafe_method: false, headers: Vec::new() };
    }
    let by_page = head.headers().iter().filter(|(name, value)| may_be_set_by_page(name, value));
    let names = cors_unsafe_request_header_names(by_page);
    let headers =
        names.into_iter().filter_map(|name| Some((unsafe_line(head, &name)?, name))).collect();
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
    /// Returns the method if it needs a preflight.
    pub(super) fn method(&self) -> Option<&[u8]> {
        self.unsafe_method.then(|| self.method.as_str().as_bytes())
    }

    /// Returns the names of the headers that need a preflight.
    pub(super) fn names(&self) -> Vec<&[u8]> {
        self.headers.iter().map(|(_, name)| name.as_str().as_bytes()).collect()
    }

    /// Returns the text of each reason.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self.method().map(method_reason).into_iter().collect();
        if *self.method == Method::OPTIONS {
            reasons.push(
                "none: this OPTIONS request has no Access-Control-Request-Method and is not a preflight"
                    .to_owned(),
            );
        }
        let mut others = Vec::new();
        for (value, name) in &self.headers {
            if is_cors_safelisted_request_header_name(name.as_ref()) {
                reasons.push(safelisted_value_reason(name, value));
            } else {
                others.push(name.as_str().as_bytes());
            }
        }
        let it = if others.len() == 1 { "it" } else { "them" };
        let reason = header_names_reason(&others);
        reasons.extend(reason.map(|text| format!("{text}, if the page set {it}")));
        if reasons.is_empty() && self.metadata.may_send_preflight() {
            reasons.push(format!(
                "none: {} with these headers needs no preflight",
                escape(self.method.as_str().as_bytes()),
            ));
        }
        reasons
    }
}

/// Returns the field line that needs a preflight.
///
/// Returns the first field line if only their total length needs one.
fn unsafe_line<'a>(head: &RequestHead<'a>, name: &HeaderName) -> Option<&'a HeaderValue> {
    let lines = || head.headers().get_all(name).iter();
    let is_unsafe =
        |line: &&HeaderValue| !is_cors_safelisted_request_header(name.as_ref(), line.as_bytes());
    lines().find(is_unsafe).or_else(|| lines().next())
}

fn method_reason(method: &[u8]) -> String {
    format!("method {} needs a preflight: only GET, HEAD and POST do not", escape(method))
}

fn header_names_reason(names: &[&[u8]]) -> Option<String> {
    let headers = join_items(names.iter().map(|name| escape(name)), names.len());
    match names.len() {
        0 => None,
        1 => Some(format!("header {headers} needs a preflight")),
        _ => Some(format!("headers {headers} need a preflight")),
    }
}

/// Returns the values of a safelisted header that need a preflight.
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn safelisted_name_reason(name: &[u8]) -> String {
    let header = escape(name);
    match () {
        () if name.eq_ignore_ascii_case(b"content-type") => {
            format!("{header} needs a preflight for values other than {FORM_TYPES}")
        }
        () if name.eq_ignore_ascii_case(b"range") => {
            format!("{header} needs a preflight for values other than {RANGE}")
        }
        () => format!("{header} needs a preflight if its value {LONG_OR_UNSAFE}"),
    }
}

/// Returns the reason why the value of a safelisted header needs a preflight.
fn safelisted_value_reason(name: &HeaderName, value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    let header = escape(name.as_ref());
    match () {
        () if is_cors_safelisted_request_header(name.as_ref(), bytes) => format!(
            "{header} needs a preflight: the safelisted headers have more than \
             {SAFELISTED_VALUES_TOTAL_BYTES} bytes in total"
        ),
        () if bytes.len() > SAFELISTED_VALUE_BYTES => format!(
            "{header} needs a preflight: its value has more than {SAFELISTED_VALUE_BYTES} bytes"
        ),
        () if *name == CONTENT_TYPE => {
            format!(
                "{header} {} needs a preflight: only {FORM_TYPES} do not",
                content_type_text(bytes)
            )
        }
        () => safelisted_name_reason(name.as_ref()),
    }
}

fn content_type_text(value: &[u8]) -> String {
    let is_plain = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
    if is_plain { escape(value) } else { quote(value) }
}

/// Returns whether scripts can set the header, unlike browsers and proxies.
fn may_be_set_by_page(name: &HeaderName, value: &HeaderValue) -> bool {
    let text = name.as_str();
    let is_exception = *name == CONTENT_TYPE && is_cors_protocol_exception(value.as_bytes());
    !is_exception
        && !is_forbidden_request_header(text.as_bytes(), value.as_bytes())
        && !ADDED_HEADERS.contains(&text)
        && !ADDED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

const FORM_TYPES: &str = "application/x-www-form-urlencoded, multipart/form-data and text/plain";
const RANGE: &str = "one range with a start, such as bytes=0-499";
const LONG_OR_UNSAFE: &str =
    "is longer than 128 bytes or contains characters such as quotation marks and brackets";

/// The most list elements that are read.
const MAX_ELEMENTS: usize = REQUEST_HEADERS_NAMES + REQUEST_HEADERS_EMPTY_ELEMENTS;

/// Headers that browsers and intermediaries add to requests.
///
/// `Authorization` is not listed: pages set tokens more often than browsers use HTTP authentication.
const ADDED_HEADERS: &[&str] = &[
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
const ADDED_PREFIXES: &[&str] = &["cf-", "x-amzn-", "x-b3-", "x-envoy-", "x-forwarded-"];

/// The kind of a request according to `Sec-Fetch-Site` and `Sec-Fetch-Mode`.
/// <https://w3c.github.io/webappsec-fetch-metadata/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metadata {
    /// The page uses CORS, or the browser sends no Fetch Metadata.
    Cors,
    SameOrigin,
    /// The user uses the address bar, a link, or a form.
    Navigate,
    /// The page cannot read the response in this mode.
    NoCors,
    WebSocket,
    WebTransport,
}

impl Metadata {
    pub(super) fn from_head(head: &RequestHead<'_>) -> Self {
        let headers = head.headers();
        match (header_bytes(headers, &SEC_FETCH_SITE), header_bytes(headers, &SEC_FETCH_MODE)) {
            (b"same-origin", _) => Self::SameOrigin,
            (_, b"navigate") => Self::Navigate,
            (_, b"no-cors") => Self::NoCors,
            (_, b"websocket") => Self::WebSocket,
            (_, b"webtransport") => Self::WebTransport,
            _ => Self::Cors,
        }
    }

    /// Returns whether the browser compares the origin with the response.
    pub(super) fn uses_cors(self) -> bool {
        !matches!(self, Self::SameOrigin | Self::WebSocket | Self::WebTransport)
    }

    /// Returns the effect of a forwarded request that no rule allows.
    pub(super) fn rejected_result(self) -> &'static str {
        match self {
            Self::SameOrigin => {
                "the layer forwards the request, and the page reads the response without CORS"
            }
            Self::WebSocket | Self::WebTransport => {
                "the layer forwards the request, and the page can open the connection"
            }
            Self::Cors | Self::Navigate | Self::NoCors => {
                "the layer forwards the request, but the page cannot read the response"
            }
        }
    }

    /// Returns whether a browser may send a preflight.
    pub(super) fn may_send_preflight(self) -> bool {
        self == Self::Cors
    }

    /// Returns the reason why `Origin` is missing.
    pub(super) fn without_origin(self, head: &RequestHead<'_>) -> &'static str {
        let is_options = *head.method() == Method::OPTIONS;
        match self {
            _ if is_options && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) => {
                "a preflight has one: the client is not a browser, or a proxy removed the header"
            }
            Self::SameOrigin => {
                "Sec-Fetch-Site: same-origin; browsers send no Origin with same-origin GET and HEAD \
                 requests"
            }
            Self::Navigate => {
                "Sec-Fetch-Mode: navigate; the user opens the address, and no script reads the response"
            }
            Self::NoCors => {
                "Sec-Fetch-Mode: no-cors; an image, a script or similar, which the page cannot read"
            }
            Self::Cors | Self::WebSocket | Self::WebTransport => {
                "browsers send no Origin with same-origin GET and HEAD requests, images, scripts and \
                 links; other clients rarely send one"
            }
        }
    }

    /// Returns help for a request without `Origin`.
    pub(super) fn help_without_origin(self) -> Option<&'static str> {
        (self == Self::NoCors).then_some(
            "if the page should read the response: set crossorigin on the element, or mode: \"cors\" in \
             the script",
        )
    }

    /// Returns the meaning of Fetch Metadata for a request with `Origin`.
    pub(super) fn with_origin(self) -> Option<&'static str> {
        match self {
            Self::Cors => None,
            Self::SameOrigin => {
                Some("Sec-Fetch-Site: same-origin; the page reads the response without CORS")
            }
            Self::Navigate => {
                Some("Sec-Fetch-Mode: navigate; a form or a link, and no script reads the response")
            }
            Self::NoCors => Some(
                "Sec-Fetch-Mode: no-cors; the page does not use CORS and cannot read the response",
            ),
            Self::WebSocket => Some(
                "Sec-Fetch-Mode: websocket; CORS does not apply to WebSockets; enforce = true does",
            ),
            Self::WebTransport => Some(
                "Sec-Fetch-Mode: webtransport; CORS does not apply to WebTransport; enforce = true does",
            ),
        }
    }

    /// Returns help for an origin that no rule allows.
    pub(super) fn help_with_origin(self) -> Option<&'static str> {
        match self {
            Self::Cors => None,
            Self::SameOrigin | Self::Navigate | Self::WebSocket | Self::WebTransport => {
                Some("none: CORS does not apply to this request")
            }
            Self::NoCors => Some(
                "if the page should read the response: set crossorigin on the element, or mode: \"cors\" \
                 in the script, and allow the origin in a rule",
            ),
        }
    }

    /// Returns whether the page probably uses credentials.
    pub(super) fn has_credentials(self, head: &RequestHead<'_>) -> bool {
        self == Self::Cors
            && [COOKIE, AUTHORIZATION].iter().any(|name| head.headers().contains_key(name))
    }
}

fn header_bytes<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a [u8] {
    headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default()
}
