//! Headers that control how pages may use a response.

use http::{HeaderMap, HeaderName, header::X_CONTENT_TYPE_OPTIONS};

use super::tokens::{RESOURCE_POLICIES, value_of};
use crate::{
    browser::header_values::{decode_and_split, get, isomorphic_decode},
    embedding::CrossOriginResourcePolicy,
};

/// `Cross-Origin-Resource-Policy`; `None` where it is absent, or is ignored: any other value, another
/// case, a list, two lines.
///
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::resource_policy;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("cross-origin-resource-policy", HeaderValue::from_static("Same-Origin"));
/// assert_eq!(resource_policy(&headers), None, "it is compared with case");
/// ```
pub fn resource_policy(headers: &HeaderMap) -> Option<CrossOriginResourcePolicy> {
    value_of(RESOURCE_POLICIES, &get(headers, &RESOURCE_POLICY)?)
}

/// The members of `Timing-Allow-Origin`. A list is legal here, other than in
/// `Access-Control-Allow-Origin`.
///
/// <https://fetch.spec.whatwg.org/#concept-tao-check>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::timing_allow_origins;
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static("https://a.example, https://b.example");
/// headers.insert("timing-allow-origin", value);
/// assert_eq!(timing_allow_origins(&headers), ["https://a.example", "https://b.example"]);
/// ```
pub fn timing_allow_origins(headers: &HeaderMap) -> Vec<String> {
    let value = get(headers, &HeaderName::from_static("timing-allow-origin"));
    let members = value.map(|value| decode_and_split(&value)).unwrap_or_default();
    members.iter().map(|member| isomorphic_decode(member)).collect()
}

/// Whether `X-Content-Type-Options` says `nosniff`, in whatever case: the first member of the list, and no
/// other, is asked.
///
/// <https://fetch.spec.whatwg.org/#determine-nosniff>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::is_nosniff;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-content-type-options", HeaderValue::from_static("NoSniff"));
/// assert!(is_nosniff(&headers));
///
/// headers.insert("x-content-type-options", HeaderValue::from_static("no, nosniff"));
/// assert!(!is_nosniff(&headers));
/// ```
pub fn is_nosniff(headers: &HeaderMap) -> bool {
    get(headers, &X_CONTENT_TYPE_OPTIONS).is_some_and(|value| says_nosniff(&value))
}

fn says_nosniff(value: &[u8]) -> bool {
    let members = decode_and_split(value);
    members.first().is_some_and(|first| first.eq_ignore_ascii_case(b"nosniff"))
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of `fetch/nosniff/parsing-nosniff.window.js` whose bytes the crate `http` refuses;
    /// `tests/embedding/wpt_embedding.rs` names them too.
    #[test]
    fn bytes_that_no_http_library_sends_are_not_trimmed() {
        for (row, value) in [
            ("nosniff/parsing#10", &b"nosniff\x0c"[..]),
            ("nosniff/parsing#11", b"nosniff\x0b"),
            ("nosniff/parsing#12", b"nosniff\x0b,nosniff"),
        ] {
            assert!(!says_nosniff(value), "{row}");
        }
        assert!(says_nosniff(b"nosniff \t,no"));
    }
}
