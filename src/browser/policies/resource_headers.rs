//! Headers that control how pages may use a response.

use http::{HeaderMap, HeaderName, header::X_CONTENT_TYPE_OPTIONS};

use super::tokens::{RESOURCE_POLICIES, value_of};
use crate::{
    browser::header_values::{decode_and_split, get, isomorphic_decode},
    embedding::CrossOriginResourcePolicy,
};

/// Parses `Cross-Origin-Resource-Policy`; `None` means no policy.
///
/// Browsers ignore an unknown value, a wrong case, a list and a second field line. The result is `None`
/// in these cases too.
///
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::resource_policy;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("cross-origin-resource-policy", HeaderValue::from_static("Same-Origin"));
/// assert_eq!(resource_policy(&headers), None, "the value is case-sensitive");
/// ```
pub fn resource_policy(headers: &HeaderMap) -> Option<CrossOriginResourcePolicy> {
    value_of(RESOURCE_POLICIES, &get(headers, &RESOURCE_POLICY)?)
}

/// Returns the members of `Timing-Allow-Origin`.
///
/// This header allows a list, unlike `Access-Control-Allow-Origin`.
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

/// Returns whether `X-Content-Type-Options` is `nosniff`, in any case.
///
/// Browsers check only the first member of a list.
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
    get(headers, &X_CONTENT_TYPE_OPTIONS).is_some_and(|value| is_nosniff_value(&value))
}

fn is_nosniff_value(value: &[u8]) -> bool {
    let members = decode_and_split(value);
    members.first().is_some_and(|first| first.eq_ignore_ascii_case(b"nosniff"))
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests the rows of `fetch/nosniff/parsing-nosniff.window.js` with bytes that the crate `http`
    /// rejects.
    /// `tests/embedding/wpt_embedding.rs` lists them too.
    #[test]
    fn nosniff_with_control_characters_is_ignored() {
        for (row, value) in [
            ("nosniff/parsing#10", &b"nosniff\x0c"[..]),
            ("nosniff/parsing#11", b"nosniff\x0b"),
            ("nosniff/parsing#12", b"nosniff\x0b,nosniff"),
        ] {
            assert!(!is_nosniff_value(value), "{row}");
        }
        assert!(is_nosniff_value(b"nosniff \t,no"));
    }
}
