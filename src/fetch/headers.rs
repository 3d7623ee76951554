use super::{is_cors_safelisted_request_header, is_forbidden_method, tokens::trim_ows};

/// Whether `*` in `Access-Control-Allow-Headers` does not cover `name`: `Authorization`.
///
/// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
///
/// ```
/// use tower_cross_origin::fetch::is_cors_non_wildcard_request_header_name;
///
/// assert!(is_cors_non_wildcard_request_header_name(b"authorization"));
/// assert!(!is_cors_non_wildcard_request_header_name(b"x-api-key"));
/// ```
pub fn is_cors_non_wildcard_request_header_name(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"authorization")
}

/// Whether only the browser itself may put `name` on a `no-cors` request: `Range`.
///
/// <https://fetch.spec.whatwg.org/#privileged-no-cors-request-header-name>
///
/// ```
/// use tower_cross_origin::fetch::is_privileged_no_cors_request_header_name;
///
/// assert!(is_privileged_no_cors_request_header_name(b"Range"));
/// ```
pub fn is_privileged_no_cors_request_header_name(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"range")
}

/// Whether script may put `name` on a `no-cors` request, given a safelisted value.
///
/// <https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name>
///
/// ```
/// use tower_cross_origin::fetch::is_no_cors_safelisted_request_header_name;
///
/// assert!(is_no_cors_safelisted_request_header_name(b"Accept"));
/// assert!(!is_no_cors_safelisted_request_header_name(b"Range"));
/// ```
pub fn is_no_cors_safelisted_request_header_name(name: &[u8]) -> bool {
    is_one_of(name, &["accept", "accept-language", "content-language", "content-type"])
}

/// Whether script may put this header on a `no-cors` request.
///
/// <https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header>
///
/// ```
/// use tower_cross_origin::fetch::is_no_cors_safelisted_request_header;
///
/// assert!(is_no_cors_safelisted_request_header(b"content-type", b"text/plain"));
/// assert!(!is_no_cors_safelisted_request_header(b"content-type", b"application/json"));
/// ```
pub fn is_no_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    is_no_cors_safelisted_request_header_name(name)
        && is_cors_safelisted_request_header(name, value)
}

/// Whether script can never set a header of this name, whatever its value.
///
/// Such a name never occurs in `Access-Control-Request-Headers`. Three more names are forbidden with
/// certain values only: [`is_forbidden_request_header`].
/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
///
/// ```
/// use tower_cross_origin::fetch::is_forbidden_request_header_name;
///
/// assert!(is_forbidden_request_header_name(b"Cookie"));
/// assert!(is_forbidden_request_header_name(b"Sec-Fetch-Site"));
/// assert!(!is_forbidden_request_header_name(b"Authorization"));
/// ```
pub fn is_forbidden_request_header_name(name: &[u8]) -> bool {
    is_one_of(name, FORBIDDEN_REQUEST_HEADERS)
        || starts_with_ignore_ascii_case(name, b"proxy-")
        || starts_with_ignore_ascii_case(name, b"sec-")
}

/// Whether script cannot set this header.
///
/// `X-HTTP-Method`, `X-HTTP-Method-Override` and `X-Method-Override` are forbidden when their value
/// names a forbidden method. <https://fetch.spec.whatwg.org/#forbidden-request-header>
///
/// ```
/// use tower_cross_origin::fetch::is_forbidden_request_header;
///
/// assert!(is_forbidden_request_header(b"x-http-method-override", b"GET, track"));
/// assert!(!is_forbidden_request_header(b"x-http-method-override", b"PUT"));
/// ```
pub fn is_forbidden_request_header(name: &[u8], value: &[u8]) -> bool {
    is_forbidden_request_header_name(name)
        || is_one_of(name, METHOD_OVERRIDES) && split(value).any(is_forbidden_method)
}

/// Whether script can never read a response header of this name: `Set-Cookie`, `Set-Cookie2`.
///
/// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>
///
/// ```
/// use tower_cross_origin::fetch::is_forbidden_response_header_name;
///
/// assert!(is_forbidden_response_header_name(b"Set-Cookie"));
/// ```
pub fn is_forbidden_response_header_name(name: &[u8]) -> bool {
    is_one_of(name, &["set-cookie", "set-cookie2"])
}

/// Whether a page reads a response header of this name without `Access-Control-Expose-Headers`.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
///
/// ```
/// use tower_cross_origin::fetch::is_cors_safelisted_response_header_name;
///
/// assert!(is_cors_safelisted_response_header_name(b"Content-Type"));
/// assert!(!is_cors_safelisted_response_header_name(b"ETag"));
/// ```
pub fn is_cors_safelisted_response_header_name(name: &[u8]) -> bool {
    is_one_of(name, SAFELISTED_RESPONSE_HEADERS)
}

pub(super) fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn starts_with_ignore_ascii_case(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The parts between commas, without the commas within quotation marks, and without the tabs and spaces
/// around them. <https://fetch.spec.whatwg.org/#header-value-get-decode-and-split>
fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let is_separator = move |&byte: &u8| {
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && !escaped && byte == b'\\';
        byte == b',' && !quoted
    };
    value.split(is_separator).map(trim_ows)
}

const FORBIDDEN_REQUEST_HEADERS: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

const METHOD_OVERRIDES: &[&str] = &["x-http-method", "x-http-method-override", "x-method-override"];

const SAFELISTED_RESPONSE_HEADERS: &[&str] = &[
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];
