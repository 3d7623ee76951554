//! Predict which requests need a preflight, with the rules of the Fetch standard as pure functions.
//!
//! Most applications need only [`is_simple`] and [`Destination`]. The other functions are for tools that
//! predict the requests of browsers. The docs of each function give its clause of the standard. Methods,
//! names and values are byte sequences, as in the standard.
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

#[cfg(all(feature = "push", feature = "tower"))]
pub(crate) use self::headers::has_essence;
#[cfg(all(feature = "cors", feature = "guard"))]
pub(crate) use self::headers::{content_type_needs_preflight, is_content_type_of_browser};
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

/// Returns `true` if a page may send this request to another origin without a preflight.
///
/// `headers` must contain only the headers that a script sets. Headers that the browser adds (`Cookie`,
/// `Origin`, `Sec-Fetch-Site`) do not need a preflight. If an upload has an event listener, or the body is
/// a stream, browsers always send a preflight. <https://fetch.spec.whatwg.org/#http-fetch>,
/// "makeCORSPreflight"
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
