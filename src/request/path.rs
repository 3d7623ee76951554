//! Sets of paths in a configuration. Paths with more than one interpretation never match.

use crate::{
    config::{Message, display_message},
    limits::PATHS,
};

/// A set of exact paths and path prefixes.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathSet {
    exact: Vec<String>,
    /// Each prefix ends with a slash.
    prefixes: Vec<String>,
}

impl PathSet {
    /// Adds a path. `/poll` matches only this path; `/poll/*` matches every path below it.
    ///
    /// # Errors
    ///
    /// [`PathErrorKind`] if the path is invalid or ambiguous.
    fn add(&mut self, path: &str) -> Result<(), PathErrorKind> {
        let (list, path) = match path.strip_suffix('*') {
            Some(path) if path.ends_with('/') => (&mut self.prefixes, path),
            _ => (&mut self.exact, path),
        };
        match path_ambiguity(path) {
            None => {
                list.push(path.to_owned());
                Ok(())
            }
            Some(fault) => Err(fault),
        }
    }

    /// Parses a list of paths. Calls `fault` with the index of each invalid path.
    pub(crate) fn parse<'a>(
        list: &'a [String],
        mut fault: impl FnMut(usize, &'a str, PathErrorKind),
    ) -> Self {
        let mut paths = Self::default();
        for (index, path) in list.iter().enumerate() {
            if index == PATHS {
                fault(index, path, PathErrorKind::TooMany);
                break;
            }
            if let Err(found) = paths.add(path) {
                fault(index, path, found);
            }
        }
        paths
    }

    /// Returns each path of the list, and an example of a request path.
    #[cfg(feature = "cors")]
    pub(crate) fn examples(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let exact = self.exact.iter().map(|path| (path.clone(), path.clone()));
        let prefixes = self.prefixes.iter();
        exact
            .chain(prefixes.map(|start| (format!("{start}*"), format!("{start}{EXAMPLE_SEGMENT}"))))
    }

    /// Returns the number of comparisons between the paths of both sets.
    #[cfg(feature = "cors")]
    pub(crate) fn comparisons(&self, other: &Self) -> usize {
        let len = |set: &Self| set.exact.len() + set.prefixes.len();
        len(self).saturating_mul(len(other)).max(1)
    }

    /// Returns whether the set matches every path that the other set matches.
    #[cfg(feature = "cors")]
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let has_prefix = |path: &str| self.prefixes.iter().any(|start| path.starts_with(&**start));
        other.prefixes.iter().all(|start| has_prefix(start))
            && other.exact.iter().all(|path| self.exact.contains(path) || has_prefix(path))
    }

    /// Returns `true` if the set matches the path. Ambiguous paths never match.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let is_listed = self.exact.iter().any(|one| one == path)
            || self.prefixes.iter().any(|start| path.starts_with(start.as_str()));
        is_listed && path_ambiguity(path).is_none()
    }
}

/// A segment that no configuration has.
#[cfg(feature = "cors")]
pub(crate) const EXAMPLE_SEGMENT: &str = "~example";

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
    /// More paths than [`PATHS`] in one list.
    TooMany,
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
            Self::TooMany => Message::too_many(
                PATHS,
                "paths",
                "list fewer paths, or a prefix such as \"/hooks/*\" where the setting allows it",
            ),
        }
    }
}

display_message!(PathErrorKind);

/// Returns the reason why the path is ambiguous or invalid.
///
/// Routers may interpret an ambiguous path as another path.
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
    segments.split('/').any(is_dot_segment).then_some(PathErrorKind::DotSegment)
}

/// Returns `true` for single-dot and double-dot segments, also if they are percent-encoded.
///
/// <https://url.spec.whatwg.org/#single-dot-path-segment>
fn is_dot_segment(segment: &str) -> bool {
    // Some routers treat the text after `;` as a parameter of the segment.
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
    fn exact_paths_and_prefixes_match() {
        let mut paths = PathSet::default();
        for path in ["/poll", "/api/*", "/star*"] {
            assert_eq!(paths.add(path), Ok(()));
        }
        for (path, is_match) in [
            ("/poll", true),
            ("/poll/", false),
            ("/Poll", false),
            ("/api/", true),
            ("/api/a/b", true),
            ("/api", false),
            ("/apis", false),
            // A `*` is a wildcard only after a slash.
            ("/star*", true),
            ("/starry", false),
            ("/api/../poll", false),
            ("/api/%2e%2e/secret", false),
            ("/api/..;/secret", false),
            ("/api//secret", false),
            ("/api/a%2fb", false),
            ("/api/a\\b", false),
        ] {
            assert_eq!(paths.matches(path), is_match, "{path}");
        }
    }

    #[test]
    fn invalid_path_has_fault() {
        let mut paths = PathSet::default();
        for (path, fault) in [
            ("poll", PathErrorKind::Relative),
            ("*", PathErrorKind::Relative),
            ("/poll?a", PathErrorKind::QueryOrFragment),
            ("/../*", PathErrorKind::DotSegment),
            ("/é", PathErrorKind::Unencoded),
        ] {
            assert_eq!(paths.add(path), Err(fault), "{path}");
        }
    }
}
