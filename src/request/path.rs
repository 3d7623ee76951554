//! Sets of paths in a configuration. Paths with more than one interpretation never match.

use super::RequestHead;
#[cfg(any(feature = "cors", feature = "guard"))]
use super::handshake::opens_tunnel;
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
    pub(crate) fn add(&mut self, path: &str) -> Result<(), PathErrorKind> {
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
        self.len().saturating_mul(other.len()).max(1)
    }

    /// Returns the number of paths.
    #[cfg(feature = "cors")]
    pub(crate) fn len(&self) -> usize {
        self.exact.len() + self.prefixes.len()
    }

    /// Returns whether the set matches every path that the other set matches.
    #[cfg(feature = "cors")]
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let has_prefix = |path: &str| self.prefixes.iter().any(|start| path.starts_with(&**start));
        other.prefixes.iter().all(|start| has_prefix(start))
            && other.exact.iter().all(|path| self.exact.contains(path) || has_prefix(path))
    }

    /// Returns whether the set exempts the request from a check of its origin.
    ///
    /// A path never exempts a request that opens a WebSocket or another tunnel.
    #[cfg(any(feature = "cors", feature = "guard"))]
    #[inline]
    pub(crate) fn exempts(&self, head: &RequestHead<'_>) -> bool {
        !self.is_empty() && self.matches(head.uri().path()) && !opens_tunnel(head)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.prefixes.is_empty()
    }

    /// Returns `true` if the set matches the path. Ambiguous paths never match.
    pub(crate) fn matches(&self, path: &str) -> bool {
        // The exact paths are not ambiguous.
        self.exact.iter().any(|one| one == path)
            || (self.prefixes.iter().any(|start| path.starts_with(start.as_str()))
                && path_ambiguity(path).is_none())
    }
}

/// A segment that no configuration has.
#[cfg(feature = "cors")]
pub(crate) const EXAMPLE_SEGMENT: &str = "~example";

/// The kind of an invalid or ambiguous path.
///
/// Servers read an ambiguous path in different ways: some decode it or remove parts of it before they compare it
/// with their routes. Such a path is a fault in a configuration, and no setting with paths matches a request that
/// has one.
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
    /// `;`, after which some routers expect a parameter.
    Semicolon,
    /// A percent-encoded character that only some routers decode, such as `%25` or `%41`.
    ///
    /// Also a `%` without two hexadecimal digits, and an overlong encoding such as `%C0%AE`.
    EncodedCharacter,
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
            Self::Semicolon => Message::new(
                "the path has a semicolon",
                "a router may treat the text after it as a parameter",
                "use a path without semicolons",
            ),
            Self::EncodedCharacter => Message::new(
                "the path has a percent-encoding that routers decode differently",
                "a router may treat such a path as a different one",
                "write letters, digits and \"-._~\" unencoded, without %20, %25, %3B or codes below %20",
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
/// Servers may interpret an ambiguous path as another path. Some decode it twice, or end it at NUL. Some remove
/// spaces, or the text after `;`. Some treat a backslash as a slash, or merge slashes.
///
/// A setting matches the path of the request as it is, so that it must not match such a path. All settings with
/// paths use this function.
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
    if path.contains(';') {
        return Some(PathErrorKind::Semicolon);
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(PathErrorKind::Unencoded);
    }
    if segments.split('/').any(is_dot_segment) {
        return Some(PathErrorKind::DotSegment);
    }
    escape_ambiguity(path)
}

/// Returns the reason why a percent-encoded character makes the path ambiguous.
fn escape_ambiguity(path: &str) -> Option<PathErrorKind> {
    let mut previous = 0;
    for text in path.split('%').skip(1) {
        // Servers that decode `%u002E` or `%2` differ.
        let Some(byte) = encoded_byte(text) else { return Some(PathErrorKind::EncodedCharacter) };
        // https://www.rfc-editor.org/rfc/rfc3986#section-2.3
        let is_decoded = byte.is_ascii_alphanumeric()
            || byte.is_ascii_control()
            || b"-._~ %;".contains(&byte)
            // https://www.rfc-editor.org/rfc/rfc3629#section-10: `%C0%AE` is `.` for some decoders.
            || matches!(
                (previous, byte),
                (_, 0xC0 | 0xC1) | (0xE0, 0x80..=0x9F) | (0xF0, 0x80..=0x8F)
            );
        match byte {
            b'/' | b'\\' => return Some(PathErrorKind::EncodedSlash),
            _ if is_decoded => return Some(PathErrorKind::EncodedCharacter),
            // Only adjacent codes belong to the same character.
            _ => previous = if text.len() == 2 { byte } else { 0 },
        }
    }
    None
}

/// Returns the byte whose two hexadecimal digits begin the text.
fn encoded_byte(text: &str) -> Option<u8> {
    let digits = text.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// Returns `true` for single-dot and double-dot segments, also if they are percent-encoded.
///
/// <https://url.spec.whatwg.org/#single-dot-path-segment>
fn is_dot_segment(segment: &str) -> bool {
    let (mut rest, mut dots) = (segment.as_bytes(), 0);
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

    // S15, DESIGN 17
    #[test]
    fn paths_with_two_readings_are_ambiguous() {
        for path in [
            "/a//b",
            "/a/./b",
            "/a/..",
            "/a\\b",
            "/a%2Fb",
            "/a%5cb",
            "/a;b",
            "/a/..;/b",
            "/..%3b/b",
            "/a%3Bb",
            "/a%25b",
            "/%252e%252e/b",
            "/..%00",
            "/a%0Ab",
            "/a%1f",
            "/a%7Fb",
            "/..%20",
            "/a%20b",
            "/%41",
            "/%7a",
            "/%30",
            "/a%2D",
            "/%2e",
            "/a%5f",
            "/a%7E",
            "/%2541",
            "/a%",
            "/a%4",
            "/a%zz",
            "/a%+f",
            "/%u002e%u002e/b",
            "/%c0%ae%c0%ae/b",
            "/%C1%9Cb",
            "/%e0%80%ae/b",
            "/%f0%80%80%ae/b",
            "*",
            "",
        ] {
            assert!(path_ambiguity(path).is_some(), "{path}");
        }
        for path in [
            "/",
            "/a",
            "/a/",
            "/...",
            "/.hidden",
            "/a%C3%A9",
            "/a%2A",
            "/a%3f",
            "/a%22",
            "/a%2bb",
            "/a+b",
            "/a:b@c",
            "/a,b=c",
            "/~a",
            "/%E0%A0%80",
            "/%F0%9F%98%80",
            "/%E9",
        ] {
            assert_eq!(path_ambiguity(path), None, "{path}");
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
