use http::{HeaderMap, HeaderName};

use crate::browser::{
    Mode,
    origins::PageOrigin,
    request::{Request, Tainting},
    values::{decode_and_split, get, isomorphic_decode},
};

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

/// Whether the page sees how long this hop took; where one fails, all later ones do.
///
/// <https://fetch.spec.whatwg.org/#concept-tao-check>
pub(in crate::browser) fn tao_check(request: &Request, headers: &HeaderMap) -> bool {
    if request.timing_allow_failed {
        return false;
    }
    let members = timing_allow_origins(headers);
    let origin = request.serialized_origin();
    if members.iter().any(|member| member == "*" || member == origin) {
        return true;
    }
    let is_elsewhere =
        request.url().is_some_and(|url| !request.origin.is_same_as(&PageOrigin::of(url)));
    !(request.mode == Mode::Navigate && is_elsewhere) && request.tainting == Tainting::Basic
}
