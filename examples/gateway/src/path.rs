//! Detection of ambiguous paths. They are rejected if the policy matches on paths.
//!
//! For `/public/../private`, the policy may match `/public/`, while the upstream serves `/private`. The
//! same holds for `/public%2f..%2fprivate`, and for a path with a NUL. Browsers resolve dot segments before
//! they send a request (<https://url.spec.whatwg.org/#path-state>), so normal pages do not need such paths.
//! Some services use encoded slashes; such services must not use policies that match on paths.

/// Returns the reason why a path is ambiguous, if it is.
///
/// ```text
/// "/a/b.c/..d"       allowed
/// "/.well-known/x"   allowed
/// "/a?b=../%2f"      allowed: the query is not part of the path
/// "/a/../b"          rejected, like "/a/%2e%2e/b": the upstream may serve "/b"
/// "/a/..;x/b"        rejected: some servers remove parameters before they resolve dot segments
/// "/a%2fb"           rejected: the upstream may serve "/a/b"
/// "/a\b"             rejected, like "/a%5cb": some servers serve "/a/b"
/// "/a%00b"           rejected: the upstream may serve "/a"
/// ```
pub(crate) fn ambiguity(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or(path).to_ascii_lowercase();
    let has = |texts: &[&str]| texts.iter().any(|text| path.contains(text));
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

/// Returns whether the segment is a dot segment, with or without parameters.
///
/// <https://url.spec.whatwg.org/#single-dot-path-segment>
fn is_dot_segment(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or(segment);
    matches!(name.replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_paths_are_detected() {
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
            // Decoded once, this is `%2e%2e` and `%2f`, without a slash.
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
