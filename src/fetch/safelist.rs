use http::{HeaderName, HeaderValue};

use super::{headers::is_one_of, mime, range};

/// The most bytes that a safelisted request header's value may have.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub const SAFELISTED_VALUE_BYTES: usize = 128;

/// The most bytes that all safelisted request headers' values may have together.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
pub const SAFELISTED_VALUES_TOTAL_BYTES: usize = 1024;

/// Content types that are not safelisted, and that browsers nevertheless send without a preflight.
///
/// <https://fetch.spec.whatwg.org/#cors-protocol-exceptions>
pub const CORS_PROTOCOL_EXCEPTIONS: [&str; 4] = [
    "application/csp-report",
    "application/expect-ct-report+json",
    "application/xss-auditor-report",
    "application/ocsp-request",
];

/// Whether a page may send this header to another origin without asking first.
///
/// The name is compared without case, and the value has at most [`SAFELISTED_VALUE_BYTES`].
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
        () if is_one_of(name, &["range"]) => range::is_simple_range(value),
        () => false,
    }
}

/// Whether `name` is one of the five that are safelisted with certain values.
///
/// `accept`, `accept-language`, `content-language`, `content-type`, `range`; the values decide:
/// [`is_cors_safelisted_request_header`].
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

/// Whether `byte` in the value of `Accept` or `Content-Type` makes the header unsafe.
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

/// The names that a page must ask for, sorted and lower-cased: what a browser sends as
/// `Access-Control-Request-Headers`.
///
/// A header that is not safelisted is one of them, and where the safelisted values have more than
/// [`SAFELISTED_VALUES_TOTAL_BYTES`] together, so are all the others.
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
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    names
}

/// Whether `content_type` is one of [`CORS_PROTOCOL_EXCEPTIONS`], so that its arrival without a
/// preflight is no proof of a client other than a browser.
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

/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>, step 2, on `content-type`
fn is_safelisted_content_type(value: &[u8]) -> bool {
    has_essence(value, &["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
}

fn has_essence(value: &[u8], essences: &[&str]) -> bool {
    let Some((kind, subtype)) = mime::essence(value) else { return false };
    essences.iter().filter_map(|essence| essence.split_once('/')).any(|known| {
        kind.eq_ignore_ascii_case(known.0.as_bytes())
            && subtype.eq_ignore_ascii_case(known.1.as_bytes())
    })
}

const fn is_language_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'*' | b',' | b'-' | b'.' | b';' | b'=')
}
