use http::{HeaderMap, Method};

use super::{cors_unsafe_request_header_names, is_cors_safelisted_method};

/// Whether a page may make this request to another origin without a preflight.
///
/// `headers` are those that the page's author wrote: what the browser adds by itself (`Cookie`,
/// `Origin`, `Sec-Fetch-Site`) is never asked about. A listener on an upload, or a stream as the body,
/// makes a browser ask even so.
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
