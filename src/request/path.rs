//! Sets of paths in a configuration. Paths with more than one interpretation never match.

use std::fmt;

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
    /// [`PathFault`] if the path is invalid or ambiguous.
    fn add(&mut self, path: &str) -> Result<(), PathFault> {
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
        mut fault: impl FnMut(usize, &'a str, PathFault),
    ) -> Self {
        let mut paths = Self::default();
        for (index, path) in list.iter().enumerate() {
            if let Err(found) = paths.add(path) {
                fault(index, path, found);
            }
        }
        paths
    }

    /// Returns `true` if the set matches the path. Ambiguous paths never match.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let is_listed = self.exact.iter().any(|one| one == path)
            || self.prefixes.iter().any(|start| path.starts_with(start.as_str()));
        is_listed && path_ambiguity(path).is_none()
    }
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathFault {
    /// It does not begin with `/`.
    Relative,
    /// It has a query or a fragment, which no path has.
    QueryOrFragment,
    /// `//`
    EmptySegment,
    /// `.` or `..`, also percent-encoded.
    DotSegment,
    /// `%2F` or `%5C`.
    EncodedSlash,
    /// `\`, which some take for a slash.
    Backslash,
    /// A byte that no path has unencoded.
    Unencoded,
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relative => "write it from its first slash on, \"/hooks/payment\"",
            Self::QueryOrFragment => "write the path alone; it is exempt with any query",
            Self::EmptySegment => {
                "a router may read another path where two slashes follow each other"
            }
            Self::DotSegment => "a router may read another path where a segment is . or ..",
            Self::EncodedSlash => "a router may read another path where a slash is encoded",
            Self::Backslash => {
                "a router may read another path where a backslash is taken for a slash"
            }
            Self::Unencoded => {
                "write what is no letter, digit or sign of a path percent-encoded, as requests do"
            }
        })
    }
}

/// Returns the reason why the path is ambiguous or invalid.
///
/// Routers may interpret an ambiguous path as another path.
pub(crate) fn path_ambiguity(path: &str) -> Option<PathFault> {
    let Some(segments) = path.strip_prefix('/') else { return Some(PathFault::Relative) };
    if path.contains("//") {
        return Some(PathFault::EmptySegment);
    }
    if path.contains(['?', '#']) {
        return Some(PathFault::QueryOrFragment);
    }
    if path.contains('\\') {
        return Some(PathFault::Backslash);
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(PathFault::Unencoded);
    }
    let is_encoded_slash =
        |code: &[u8]| code.eq_ignore_ascii_case(b"%2f") || code.eq_ignore_ascii_case(b"%5c");
    if path.as_bytes().windows(3).any(is_encoded_slash) {
        return Some(PathFault::EncodedSlash);
    }
    segments.split('/').any(is_dot_segment).then_some(PathFault::DotSegment)
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
            ("poll", PathFault::Relative),
            ("*", PathFault::Relative),
            ("/poll?a", PathFault::QueryOrFragment),
            ("/../*", PathFault::DotSegment),
            ("/é", PathFault::Unencoded),
        ] {
            assert_eq!(paths.add(path), Err(fault), "{path}");
        }
    }
}
