use http::{HeaderMap, HeaderValue, header::CACHE_CONTROL};

use crate::request::fields::list_members;

/// Says that no cache keeps the response.
///
/// In the place of what is there, not beside it: `must-understand` undoes a `no-store`. `no-transform` is
/// kept: it is not about storing, and holds back proxies that would compress a body that streams.
/// RFC 9111, sections 5.2.2.3, 5.2.2.5 and 5.2.2.6
pub(super) fn put(headers: &mut HeaderMap) {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let keeps_bytes =
        lines.flat_map(list_members).any(|one| one.eq_ignore_ascii_case(b"no-transform"));
    let value = if keeps_bytes { "no-store, no-transform" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
}
