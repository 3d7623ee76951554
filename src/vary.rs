//! `Vary`, merged and never replaced.

use http::{
    HeaderMap, HeaderValue,
    header::{Entry, VARY},
};

use crate::lines::members;

/// As [`merge`], where mostly there is none as yet: that allocates nothing.
#[inline]
pub(crate) fn put(headers: &mut HeaderMap, names: &HeaderValue) {
    match headers.try_entry(VARY) {
        Ok(Entry::Vacant(place)) => {
            // Where a map holds no more, nothing is put into it.
            let _ = place.try_insert(names.clone());
        }
        _ => merge(headers, names),
    }
}

/// Puts `names`, a comma-separated list of lower-case names, into the response's `Vary`.
///
/// Each name once, compared without case, and none beside `*`, which covers them all.
/// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>, RFC 9110, section 12.5.5
pub(crate) fn merge(headers: &mut HeaderMap, names: &HeaderValue) {
    let own = || headers.get_all(VARY).iter().flat_map(names_in);
    let is_present = |name: &[u8]| own().any(|one| one.eq_ignore_ascii_case(name));
    if is_present(b"*") {
        return;
    }
    let missing: Vec<&[u8]> = names_in(names).filter(|name| !is_present(name)).collect();
    if missing.is_empty() {
        return;
    }
    // One line, since some caches read the first one only.
    let merged = own().chain(missing).collect::<Vec<_>>().join(&b", "[..]);
    // Members of values, joined by commas, are a value: this cannot fail.
    if let Ok(merged) = HeaderValue::from_bytes(&merged) {
        headers.insert(VARY, merged);
    }
}

fn names_in(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    members(line).filter(|name| !name.is_empty())
}
