//! Paths that a policy and the upstream might read in two ways. They are refused where the policy goes by path.
//!
//! A policy that goes by path is asked for `/public/../private`, and the upstream may answer for
//! `/private`; so may it for `/public%2f..%2fprivate`, and for what stands before a NUL. Browsers resolve
//! dot segments before they send anything (<https://url.spec.whatwg.org/#path-state>), so that no page of
//! good will misses them; encoded slashes some services do use, and such a service is not one for policies
//! by path.

/// What of a path, as it came, may be read in two ways.
///
/// ```text
/// "/a/b.c/..d"       permitted
/// "/.well-known/x"   permitted
/// "/a?b=../%2f"      permitted: a query is no path
/// "/a/../b"          prohibited, "/a/%2e%2e/b" as well: the upstream may take it for "/b"
/// "/a/..;x/b"        prohibited: there are servers that cut parameters off before they resolve
/// "/a%2fb"           prohibited: the upstream may take it for "/a/b"
/// "/a\b"             prohibited, "/a%5cb" as well: there are servers that take it for "/a/b"
/// "/a%00b"           prohibited: the upstream may take it for "/a"
/// ```
pub(crate) fn ambiguity(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or(path).to_ascii_lowercase();
    let has = |written: &[&str]| written.iter().any(|written| path.contains(written));
    if path.split(['/', '\\']).any(is_dot_segment) {
        return Some("the path has a dot segment");
    }
    if has(&["%2f"]) {
        return Some("the path has an encoded slash");
    }
    if has(&["\\", "%5c"]) {
        return Some("the path has a backslash");
    }
    has(&["\0", "%00"]).then_some("the path has a NUL")
}

/// <https://url.spec.whatwg.org/#single-dot-path-segment>, with or without parameters.
fn is_dot_segment(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or(segment);
    matches!(name.replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_meaning_or_is_refused() {
        let (dots, slash, backslash, nul) = (
            Some("the path has a dot segment"),
            Some("the path has an encoded slash"),
            Some("the path has a backslash"),
            Some("the path has a NUL"),
        );
        #[rustfmt::skip]
        let cases = [
            ("/", None),
            ("*", None),
            ("/a/b/", None),
            ("/a//b", None),
            ("/a/b.c", None),
            ("/a/..b/c../...", None),
            ("/.well-known/acme", None),
            ("/a/.%41", None),
            ("/a/;x/b;y=..", None),
            ("/%7Euser/%C3%BC%20b", None),
            // Decoded once, it is a text and no slash.
            ("/a/%252e%252e/b%252f", None),
            ("/a?b=/../&c=%2f%5c%00", None),
            ("/.", dots),
            ("/..", dots),
            ("/./a", dots),
            ("/a/../b", dots),
            ("/a/..", dots),
            ("/a/..?b", dots),
            ("/a/%2e%2e/b", dots),
            ("/a/%2E./b", dots),
            ("/a/.%2e", dots),
            ("/a/%2e", dots),
            ("/a/..;/b", dots),
            ("/a/%2e%2E;x=1/b", dots),
            ("/a\\..\\b", dots),
            ("/a%2fb", slash),
            ("/a%2F..%2Fb", slash),
            ("/a\\b", backslash),
            ("/a%5Cb", backslash),
            ("/a%00.png", nul),
            ("/a\0b", nul),
        ];
        for (path, expected) in cases {
            assert_eq!(ambiguity(path), expected, "{path:?}");
        }
    }
}
