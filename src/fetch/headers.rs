use http::{HeaderName, HeaderValue};

use super::{
    methods::is_forbidden_method,
    syntax::{mime_essence, split_list},
};

/// The maximum length of the value of a safelisted request header, in bytes.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub const SAFELISTED_VALUE_BYTES: usize = 128;

/// The maximum total length of the values of all safelisted request headers, in bytes.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
pub const SAFELISTED_VALUES_TOTAL_BYTES: usize = 1024;

/// Content types that browsers send without a preflight although they are not safelisted.
///
/// <https://fetch.spec.whatwg.org/#cors-protocol-exceptions>
pub const CORS_PROTOCOL_EXCEPTIONS: [&str; 4] = [
    "application/csp-report",
    "application/expect-ct-report+json",
    "application/xss-auditor-report",
    "application/ocsp-request",
];

/// Returns `true` if a page may send this header to another origin without a preflight.
///
/// The name is compared without case. The value must have at most [`SAFELISTED_VALUE_BYTES`].
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
///
/// ```
/// use tower_cross_origin::fetch::is_cors_safelisted_request_header;
///
/// assert!(is_cors_safelisted_request_header(b"Content-Type", b"text/plain;charset=utf-8"));
/// assert!(is_cors_safelisted_request_header(b"Range", b"bytes=0-499"));
/// assert!(!is_cors_safelisted_request_header(b"Content-Type", b"application/json"));
/// assert!(!is_cors_safelisted_request_header(b"X-Requested-With", b"XMLHttpRequest"));
/// ```
pub fn is_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    if value.len() > SAFELISTED_VALUE_BYTES {
        return false;
    }
    let has_no_unsafe_byte = || !value.iter().copied().any(is_cors_unsafe_request_header_byte);
    match () {
        () if is_one_of(name, &["accept"]) => has_no_unsafe_byte(),
        () if is_one_of(name, &["accept-language", "content-language"]) => {
            value.iter().copied().all(is_language_byte)
        }
        () if is_one_of(name, &["content-type"]) => {
            has_no_unsafe_byte() && is_safelisted_content_type(value)
        }
        () if is_one_of(name, &["range"]) => is_simple_range(value),
        () => false,
    }
}

/// Returns `true` if `name` is safelisted with certain values.
///
/// The names are `accept`, `accept-language`, `content-language`, `content-type` and `range`.
/// [`is_cors_safelisted_request_header`] also checks the value.
///
/// ```
/// use tower_cross_origin::fetch::is_cors_safelisted_request_header_name;
///
/// assert!(is_cors_safelisted_request_header_name(b"Accept"));
/// assert!(!is_cors_safelisted_request_header_name(b"Authorization"));
/// ```
pub fn is_cors_safelisted_request_header_name(name: &[u8]) -> bool {
    is_one_of(name, &["accept", "accept-language", "content-language", "content-type", "range"])
}

/// Returns `true` if `byte` in the value of `Accept` or `Content-Type` makes the header unsafe.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
///
/// ```
/// use tower_cross_origin::fetch::is_cors_unsafe_request_header_byte;
///
/// assert!(is_cors_unsafe_request_header_byte(b'"'));
/// assert!(!is_cors_unsafe_request_header_byte(b'\t'));
/// ```
pub fn is_cors_unsafe_request_header_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t')
        || matches!(
            byte,
            b'"' | b'('
                | b')'
                | b':'
                | b'<'
                | b'>'
                | b'?'
                | b'@'
                | b'['
                | b'\\'
                | b']'
                | b'{'
                | b'}'
                | 0x7f
        )
}

/// Returns the names of the headers that need a preflight.
///
/// The names are sorted and in lower case, as browsers send them in `Access-Control-Request-Headers`.
///
/// These are all headers that are not safelisted. If the values of the safelisted headers have more than
/// [`SAFELISTED_VALUES_TOTAL_BYTES`] in total, the safelisted headers need a preflight, too.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
///
/// ```
/// use http::{HeaderMap, HeaderValue, header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE}};
/// use tower_cross_origin::fetch::cors_unsafe_request_header_names;
///
/// let headers = HeaderMap::from_iter([
///     (CONTENT_TYPE, HeaderValue::from_static("application/json")),
///     (AUTHORIZATION, HeaderValue::from_static("Bearer t")),
///     (ACCEPT, HeaderValue::from_static("*/*")),
/// ]);
/// assert_eq!(cors_unsafe_request_header_names(&headers), [AUTHORIZATION, CONTENT_TYPE]);
/// ```
pub fn cors_unsafe_request_header_names<'a>(
    headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>,
) -> Vec<HeaderName> {
    let (mut names, mut potentially_unsafe) = (Vec::new(), Vec::new());
    let mut safelisted_value_bytes = 0;
    for (name, value) in headers {
        if is_cors_safelisted_request_header(name.as_ref(), value.as_bytes()) {
            potentially_unsafe.push(name.clone());
            safelisted_value_bytes += value.len();
        } else {
            names.push(name.clone());
        }
    }
    if safelisted_value_bytes > SAFELISTED_VALUES_TOTAL_BYTES {
        names.append(&mut potentially_unsafe);
    }
    // https://fetch.spec.whatwg.org/#convert-header-names-to-a-sorted-lowercase-set
    names.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    names
}

/// Returns `true` if `content_type` is one of [`CORS_PROTOCOL_EXCEPTIONS`].
///
/// Browsers send requests of these types without a preflight. A missing preflight therefore does not imply
/// a client other than a browser.
///
/// ```
/// use tower_cross_origin::fetch::is_cors_protocol_exception;
///
/// assert!(is_cors_protocol_exception(b"application/csp-report"));
/// assert!(!is_cors_protocol_exception(b"application/json"));
/// ```
pub fn is_cors_protocol_exception(content_type: &[u8]) -> bool {
    has_essence(content_type, &CORS_PROTOCOL_EXCEPTIONS)
}

/// Returns `true` if `*` in `Access-Control-Allow-Headers` does not match `name`: `Authorization`.
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

/// Returns `true` if only the browser may add `name` to a `no-cors` request: `Range`.
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

/// Returns `true` if a `no-cors` request may have the header `name`, with a safelisted value.
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

/// Returns `true` if a script may add this header to a `no-cors` request.
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

/// Returns `true` if a script can never set a header with this name.
///
/// Such a name never occurs in `Access-Control-Request-Headers`. Three other names are forbidden only with
/// certain values. See [`is_forbidden_request_header`].
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

/// Returns `true` if a script cannot set this header.
///
/// `X-HTTP-Method`, `X-HTTP-Method-Override` and `X-Method-Override` are forbidden if their value contains
/// a forbidden method. <https://fetch.spec.whatwg.org/#forbidden-request-header>
///
/// ```
/// use tower_cross_origin::fetch::is_forbidden_request_header;
///
/// assert!(is_forbidden_request_header(b"x-http-method-override", b"GET, track"));
/// assert!(!is_forbidden_request_header(b"x-http-method-override", b"PUT"));
/// ```
pub fn is_forbidden_request_header(name: &[u8], value: &[u8]) -> bool {
    is_forbidden_request_header_name(name)
        || is_one_of(name, METHOD_OVERRIDES) && split_list(value).any(is_forbidden_method)
}

/// Returns `true` if a script can never read this response header: `Set-Cookie`, `Set-Cookie2`.
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

/// Returns `true` if pages can read this response header without `Access-Control-Expose-Headers`.
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

/// Returns `true` for the content types of forms and for plain text.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>, step 2, on `content-type`
fn is_safelisted_content_type(value: &[u8]) -> bool {
    has_essence(value, &["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
}

/// Returns whether a cross-origin `POST` with this `Content-Type` needs a preflight.
///
/// A value that is not a MIME type proves nothing. Browsers send `text/ping` for the attribute `ping` of links.
/// <https://html.spec.whatwg.org/#hyperlink-auditing>
#[cfg(all(feature = "cors", feature = "guard"))]
pub(crate) fn content_type_needs_preflight(value: &[u8]) -> bool {
    mime_essence(value).is_some()
        && !is_safelisted_content_type(value)
        && !is_content_type_of_browser(value)
}

/// Returns whether browsers themselves send a `POST` with this `Content-Type`, without a preflight.
///
/// These are reports, and `text/ping` for the attribute `ping` of links.
#[cfg(all(feature = "cors", feature = "guard"))]
pub(crate) fn is_content_type_of_browser(value: &[u8]) -> bool {
    is_cors_protocol_exception(value) || has_essence(value, &["text/ping"])
}

/// Returns whether the value has one of these media types.
///
/// The case and the parameters do not matter.
pub(crate) fn has_essence(value: &[u8], essences: &[impl AsRef<str>]) -> bool {
    let Some((kind, subtype)) = mime_essence(value) else { return false };
    essences.iter().filter_map(|essence| essence.as_ref().split_once('/')).any(|known| {
        kind.eq_ignore_ascii_case(known.0.as_bytes())
            && subtype.eq_ignore_ascii_case(known.1.as_bytes())
    })
}

const fn is_language_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'*' | b',' | b'-' | b'.' | b';' | b'=')
}

/// Returns `true` if `value` is a single range with a start: `bytes=0-` or `bytes=0-499`.
///
/// This is the clause <https://fetch.spec.whatwg.org/#simple-range-header-value>, without white space. The
/// safelist requires that "parse a single range header value" succeeds with `allowWhitespace` false, and
/// that the start is not null. Therefore `bytes=-500` is rejected.
fn is_simple_range(value: &[u8]) -> bool {
    let Some(range) = value.strip_prefix(b"bytes=") else { return false };
    let Some(dash) = range.iter().position(|&byte| byte == b'-') else { return false };
    let (Some(start), Some(end)) = (range.get(..dash), range.get(dash + 1..)) else { return false };
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    !start.is_empty()
        && all_digits(start)
        && all_digits(end)
        && (end.is_empty() || magnitude(start) <= magnitude(end))
}

/// Returns a key that orders decimal numbers of any length.
///
/// The key is the number of digits without leading zeros, and then these digits.
fn magnitude(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let significant = digits.get(zeros..).unwrap_or_default();
    (significant.len(), significant)
}

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn starts_with_ignore_ascii_case(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
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
