//! `Vary`, merged and never replaced.

use http::{HeaderMap, HeaderValue, header::VARY};

/// Puts `names`, a comma-separated list of lower-case names, into the response's `Vary`.
///
/// Each name once, compared without case, and none beside `*`, which covers them all.
/// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>, RFC 9110, section 12.5.5
pub(crate) fn merge(headers: &mut HeaderMap, names: &HeaderValue) {
    let present = Members::of(headers);
    if present.any(b"*") {
        return;
    }
    let missing = || members(names.as_bytes()).filter(|name| !present.any(name));
    if missing().next().is_none() {
        return;
    }
    // One line, since some caches read the first one only.
    let lines = headers.get_all(VARY).iter();
    let own = lines.flat_map(|line| members(line.as_bytes()));
    let merged = own.chain(missing()).collect::<Vec<_>>().join(&b", "[..]);
    // Members of values, joined by commas, are a value: this cannot fail.
    if let Ok(merged) = HeaderValue::from_bytes(&merged) {
        headers.insert(VARY, merged);
    }
}

struct Members<'a>(&'a HeaderMap);

impl<'a> Members<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }

    fn any(&self, name: &[u8]) -> bool {
        let lines = self.0.get_all(VARY).iter();
        lines.flat_map(|line| members(line.as_bytes())).any(|one| one.eq_ignore_ascii_case(name))
    }
}

fn members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}
