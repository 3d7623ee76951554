//! Statements of the Fetch standard about methods and headers, as pure functions.
//!
//! Most applications need [`is_simple`] and [`Destination`] only. The other functions are for tools that
//! predict what a browser sends. Each names its clause of the standard; methods, names and values are
//! byte sequences, as they are in the standard.
//!
//! ```
//! use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
//! use tower_cross_origin::fetch;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
//! assert!(fetch::is_simple(&Method::POST, &headers));
//!
//! headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
//! assert!(!fetch::is_simple(&Method::POST, &headers), "JSON is preflighted");
//! ```

mod destination;
mod headers;
mod methods;
mod syntax;

use http::{HeaderMap, Method};

pub(crate) use self::syntax::{mime_essence, trim_ows};
pub use self::{
    destination::Destination,
    headers::{
        CORS_PROTOCOL_EXCEPTIONS, SAFELISTED_VALUE_BYTES, SAFELISTED_VALUES_TOTAL_BYTES,
        cors_unsafe_request_header_names, is_cors_non_wildcard_request_header_name,
        is_cors_protocol_exception, is_cors_safelisted_request_header,
        is_cors_safelisted_request_header_name, is_cors_safelisted_response_header_name,
        is_cors_unsafe_request_header_byte, is_forbidden_request_header,
        is_forbidden_request_header_name, is_forbidden_response_header_name,
        is_no_cors_safelisted_request_header, is_no_cors_safelisted_request_header_name,
        is_privileged_no_cors_request_header_name,
    },
    methods::{is_cors_safelisted_method, is_forbidden_method, normalize_method},
    syntax::is_token,
};

/// Returns whether a page may make this request to another origin without a preflight.
///
/// `headers` are those that the page's author wrote. Headers that the browser adds (`Cookie`, `Origin`,
/// `Sec-Fetch-Site`) need no preflight. With a listener on an upload, or a stream as the body, a browser
/// sends a preflight anyway.
/// <https://fetch.spec.whatwg.org/#http-fetch>, "makeCORSPreflight"
///
/// ```
/// use http::{HeaderMap, Method};
/// use tower_cross_origin::fetch::is_simple;
///
/// assert!(is_simple(&Method::GET, &HeaderMap::new()));
/// assert!(!is_simple(&Method::DELETE, &HeaderMap::new()));
/// ```
pub fn is_simple(method: &Method, headers: &HeaderMap) -> bool {
    is_cors_safelisted_method(method.as_str().as_bytes())
        && cors_unsafe_request_header_names(headers).is_empty()
}
