use std::{error::Error, fmt};

use crate::origin::OriginRegexFault;

/// A regular expression of origins that cannot be taken.
///
/// ```
/// use tower_cross_origin::origin::{OriginRegexFault, OriginSet};
///
/// let error = OriginSet::default().with_regexes([r"https://(a\.example"]).unwrap_err();
/// assert_eq!(error.kind(), OriginRegexFault::Malformed);
/// assert_eq!(error.written(), r"https://(a\.example");
/// assert_eq!(
///     error.to_string(),
///     r#""https://(a\\.example": not a regular expression: unclosed group, at byte 8"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRegexError {
    written: String,
    kind: OriginRegexFault,
    detail: Option<Detail>,
}

impl OriginRegexError {
    /// What is wrong with it; the first thing, where there are several.
    pub fn kind(&self) -> OriginRegexFault {
        self.kind
    }

    /// The text as it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What exactly, where the kind does not say it all: `unclosed group, at byte 8`.
    pub fn detail(&self) -> Option<String> {
        self.detail.as_ref().map(Detail::to_string)
    }

    pub(super) fn new(written: &str, kind: OriginRegexFault) -> Self {
        Self { written: written.to_owned(), kind, detail: None }
    }

    pub(super) fn at(self, byte: usize, reason: impl fmt::Display) -> Self {
        Self { detail: Some(Detail { reason: reason.to_string(), byte }), ..self }
    }
}

/// At most so many characters of the text are shown.
const SHOWN: usize = 120;

impl fmt::Display for OriginRegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.char_indices().nth(SHOWN).and_then(|(end, _)| self.written.get(..end)) {
            Some(beginning) => write!(f, "{beginning:?}...: {}", self.kind)?,
            None => write!(f, "{:?}: {}", self.written, self.kind)?,
        }
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl Error for OriginRegexError {}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Detail {
    reason: String,
    byte: usize,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {}", self.reason, self.byte)
    }
}
