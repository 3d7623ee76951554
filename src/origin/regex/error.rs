#![cfg_attr(
    not(feature = "regex"),
    allow(dead_code, unreachable_pub, reason = "without the feature only the faults are exported")
)]

use std::{error::Error, fmt};

use crate::{
    config::Quoted,
    limits::{REGEX_BYTES, REGEX_COMPILED_BYTES, REGEXES},
};

/// What can be wrong with a regular expression of origins; its `Display` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginRegexErrorKind {
    /// Nothing is written.
    Empty,
    /// More bytes than [`REGEX_BYTES`].
    TooLong,
    /// Not a regular expression of the syntax of the crate [`regex`](https://docs.rs/regex).
    Malformed,
    /// Something beyond ASCII: a character, a class such as `\p{L}`, the flag `u`.
    Unicode,
    /// Compiled, more bytes than [`REGEX_COMPILED_BYTES`]: it alone, or with those before it.
    TooLarge,
    /// More regular expressions in one set than [`REGEXES`].
    TooMany,
}

impl fmt::Display for OriginRegexErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a regular expression is missing"),
            Self::TooLong => {
                write!(f, "a regular expression of origins has at most {REGEX_BYTES} bytes")
            }
            Self::Malformed => f.write_str("not a regular expression"),
            Self::Unicode => f.write_str(
                "origins are ASCII, and so is all that a regular expression of them says",
            ),
            Self::TooLarge => write!(
                f,
                "the regular expressions of a set take at most {REGEX_COMPILED_BYTES} bytes when \
                 compiled, which counted repetitions multiply"
            ),
            Self::TooMany => write!(f, "a set has at most {REGEXES} regular expressions"),
        }
    }
}

/// A regular expression for origins is invalid.
///
/// ```
/// use tower_cross_origin::origin::{OriginRegexErrorKind, OriginSet};
///
/// let error = OriginSet::default().with_regexes([r"https://(a\.example"]).unwrap_err();
/// assert_eq!(error.kind(), OriginRegexErrorKind::Malformed);
/// assert_eq!(error.input(), r"https://(a\.example");
/// assert_eq!(
///     error.to_string(),
///     r#""https://(a\\.example": not a regular expression: unclosed group, at byte 8"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRegexError {
    input: String,
    kind: OriginRegexErrorKind,
    detail: Option<Detail>,
}

impl OriginRegexError {
    /// Returns the kind of the first fault in the input.
    pub fn kind(&self) -> OriginRegexErrorKind {
        self.kind
    }

    /// Returns the text that was parsed.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Returns the reason and the position, if the kind does not imply them: `unclosed group, at byte 8`.
    pub fn help(&self) -> Option<String> {
        self.detail.as_ref().map(Detail::to_string)
    }

    pub(super) fn new(input: &str, kind: OriginRegexErrorKind) -> Self {
        Self { input: input.to_owned(), kind, detail: None }
    }

    pub(super) fn at(self, byte: usize, reason: impl fmt::Display) -> Self {
        Self { detail: Some(Detail { reason: reason.to_string(), byte }), ..self }
    }
}

impl fmt::Display for OriginRegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Quoted(&self.input), self.kind)?;
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
