//! Paths in a configuration. They match as written, and only where no router reads another path.

use crate::config::{Message, display_message};

/// A set of paths: single ones, and all below one.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathSet {
    exact: Vec<String>,
    /// Each ends with a slash.
    below: Vec<String>,
}

impl PathSet {
    /// `/poll` is that path alone, `/poll/*` everything below it.
    ///
    /// # Errors
    ///
    /// What is wrong with the path.
    fn add(&mut self, written: &str) -> Result<(), PathErrorKind> {
        let (list, path) = match written.strip_suffix('*') {
            Some(path) if path.ends_with('/') => (&mut self.below, path),
            _ => (&mut self.exact, written),
        };
        match path_ambiguity(path) {
            None => {
                list.push(path.to_owned());
                Ok(())
            }
            Some(fault) => Err(fault),
        }
    }

    /// Those that are written; what is none goes to `fault`, with its place.
    pub(crate) fn parse<'a>(
        written: &'a [String],
        mut fault: impl FnMut(usize, &'a str, PathErrorKind),
    ) -> Self {
        let mut paths = Self::default();
        for (index, path) in written.iter().enumerate() {
            if let Err(found) = paths.add(path) {
                fault(index, path, found);
            }
        }
        paths
    }

    /// Never a path that a router might read as another one.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let is_named = self.exact.iter().any(|one| one == path)
            || self.below.iter().any(|start| path.starts_with(start.as_str()));
        is_named && path_ambiguity(path).is_none()
    }
}

/// The kind of an invalid or ambiguous path in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathErrorKind {
    /// The path does not begin with `/`.
    Relative,
    /// The path has a query or a fragment.
    QueryOrFragment,
    /// `//`
    EmptySegment,
    /// A segment `.` or `..`, possibly percent-encoded.
    DotSegment,
    /// `%2F` or `%5C`.
    EncodedSlash,
    /// `\`, which some routers treat as a slash.
    Backslash,
    /// A character that must be percent-encoded.
    Unencoded,
}

impl PathErrorKind {
    pub(crate) fn message(self) -> Message {
        match self {
            Self::Relative => Message::new(
                "the path does not begin with \"/\"",
                "request paths begin with a slash, so the path matches no request",
                "use an absolute path, such as \"/hooks/payment\"",
            ),
            Self::QueryOrFragment => Message::new(
                "the path has a query or a fragment",
                "the layer compares paths only, with any query",
                "remove the query and the fragment",
            ),
            Self::EmptySegment => Message::new(
                "the path has two slashes in a row",
                "a router may treat such a path as a different one",
                "use single slashes",
            ),
            Self::DotSegment => Message::new(
                "the path has a segment \".\" or \"..\"",
                "a router may resolve such a path to a different one",
                "use the resolved path",
            ),
            Self::EncodedSlash => Message::new(
                "the path has an encoded slash or backslash",
                "a router may decode such a path to a different one",
                "use a path without %2F and %5C",
            ),
            Self::Backslash => Message::new(
                "the path has a backslash",
                "a router may treat a backslash as a slash",
                "use a path without backslashes",
            ),
            Self::Unencoded => Message::new(
                "the path has a character that is not visible ASCII",
                "requests have such characters percent-encoded",
                "percent-encode the character",
            ),
        }
    }
}

display_message!(PathErrorKind);

/// Why a router might read another path than this one, or what keeps it from being a path.
pub(crate) fn path_ambiguity(path: &str) -> Option<PathErrorKind> {
    let Some(segments) = path.strip_prefix('/') else { return Some(PathErrorKind::Relative) };
    if path.contains("//") {
        return Some(PathErrorKind::EmptySegment);
    }
    if path.contains(['?', '#']) {
        return Some(PathErrorKind::QueryOrFragment);
    }
    if path.contains('\\') {
        return Some(PathErrorKind::Backslash);
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(PathErrorKind::Unencoded);
    }
    let is_encoded_slash =
        |code: &[u8]| code.eq_ignore_ascii_case(b"%2f") || code.eq_ignore_ascii_case(b"%5c");
    if path.as_bytes().windows(3).any(is_encoded_slash) {
        return Some(PathErrorKind::EncodedSlash);
    }
    segments.split('/').any(is_dots).then_some(PathErrorKind::DotSegment)
}

/// <https://url.spec.whatwg.org/#single-dot-path-segment>, and the double-dot one
fn is_dots(segment: &str) -> bool {
    // What follows `;` is a parameter of the segment to some routers.
    let name = segment.split(';').next().unwrap_or_default().as_bytes();
    let (mut rest, mut dots) = (name, 0);
    while !rest.is_empty() {
        rest = match rest {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return false,
        };
        dots += 1;
    }
    matches!(dots, 1 | 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_covered_as_it_is_written_and_below_a_star() {
        let mut paths = PathSet::default();
        for written in ["/poll", "/api/*", "/star*"] {
            assert_eq!(paths.add(written), Ok(()));
        }
        for (path, is_covered) in [
            ("/poll", true),
            ("/poll/", false),
            ("/Poll", false),
            ("/api/", true),
            ("/api/a/b", true),
            ("/api", false),
            ("/apis", false),
            // It stands for what is below a slash, and else for itself.
            ("/star*", true),
            ("/starry", false),
            ("/api/../poll", false),
            ("/api/%2e%2e/secret", false),
            ("/api/..;/secret", false),
            ("/api//secret", false),
            ("/api/a%2fb", false),
            ("/api/a\\b", false),
        ] {
            assert_eq!(paths.matches(path), is_covered, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_none_has_a_fault() {
        let mut paths = PathSet::default();
        for (written, fault) in [
            ("poll", PathErrorKind::Relative),
            ("*", PathErrorKind::Relative),
            ("/poll?a", PathErrorKind::QueryOrFragment),
            ("/../*", PathErrorKind::DotSegment),
            ("/é", PathErrorKind::Unencoded),
        ] {
            assert_eq!(paths.add(written), Err(fault), "{written}");
        }
    }
}
