use std::{error::Error, fmt, sync::Arc};

use crate::RequestHead;

/// Requests that a check does not look at, by their path or by whatever a function reads.
#[derive(Clone, Default)]
pub(super) struct Exemptions {
    paths: Vec<String>,
    skipped: Vec<Arc<Skipped>>,
}

type Skipped = dyn Fn(&RequestHead<'_>) -> bool + Send + Sync;

impl Exemptions {
    pub(super) fn add_paths<I>(&mut self, paths: I) -> Result<(), ExemptPathError>
    where
        I: IntoIterator<Item: Into<String>>,
    {
        for path in paths {
            let path = path.into();
            match fault_of(&path) {
                Some(fault) => return Err(ExemptPathError { path, fault }),
                None => self.paths.push(path),
            }
        }
        Ok(())
    }

    pub(super) fn skip_if<F>(&mut self, is_skipped: F)
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.skipped.push(Arc::new(is_skipped));
    }

    /// Never where a router behind might read another path than this one: then what is exempt here would
    /// be another's (CVE-2025-47910).
    pub(super) fn cover(&self, head: &RequestHead<'_>) -> bool {
        if self.paths.is_empty() && self.skipped.is_empty() {
            return false;
        }
        let path = head.uri().path();
        fault_of(path).is_none()
            && (self.paths.iter().any(|exempt| exempt == path)
                || self.skipped.iter().any(|is_skipped| is_skipped(head)))
    }
}

impl fmt::Debug for Exemptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemptions")
            .field("paths", &self.paths)
            .field("skipped", &self.skipped.len())
            .finish()
    }
}

/// A path that cannot be exempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptPathError {
    path: String,
    fault: PathFault,
}

impl ExemptPathError {
    /// The path, as it was written.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    pub fn kind(&self) -> PathFault {
        self.fault
    }
}

impl fmt::Display for ExemptPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot be exempt: {}", self.path, self.fault)
    }
}

impl Error for ExemptPathError {}

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

fn fault_of(path: &str) -> Option<PathFault> {
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
    segments.split('/').any(is_dots).then_some(PathFault::DotSegment)
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
