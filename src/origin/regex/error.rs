#![cfg_attr(
    not(feature = "regex"),
    allow(dead_code, unreachable_pub, reason = "without the feature only the kinds are exported")
)]

use std::{error::Error, fmt};

use crate::{
    config::{Message, Quoted},
    limits::{REGEX_BYTES, REGEX_COMPILED_BYTES, REGEXES},
};

/// The kind of an error in a regular expression for origins.
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginRegexErrorKind {
    /// An empty text.
    Empty,
    /// More bytes than [`REGEX_BYTES`].
    TooLong,
    /// A text that does not have the syntax of the crate [`regex`](https://docs.rs/regex).
    Malformed,
    /// A character beyond ASCII, a Unicode class such as `\p{L}`, or the flag `u`.
    Unicode,
    /// More bytes when compiled than [`REGEX_COMPILED_BYTES`], for all expressions of the set.
    TooLarge,
    /// More regular expressions in one set than [`REGEXES`].
    TooMany,
}

impl OriginRegexErrorKind {
    /// Returns the message, with the position and the reason in words if they are known.
    pub(crate) fn message(self, detail: Option<&impl fmt::Display>) -> Message {
        let (problem, reason, fix) = match self {
            Self::Empty => (
                "the regular expression is empty".to_owned(),
                "an empty expression matches no origin".to_owned(),
                "use an expression that matches a whole origin, or remove the entry",
            ),
            Self::TooLong => (
                format!("the regular expression has more than {REGEX_BYTES} bytes"),
                "the length is limited to bound the time of a match".to_owned(),
                "shorten or split the expression",
            ),
            Self::Malformed => (
                "the regular expression is invalid".to_owned(),
                "only the syntax of the crate `regex` is supported".to_owned(),
                "correct the expression",
            ),
            Self::Unicode => (
                "the regular expression is not limited to ASCII".to_owned(),
                "browsers send origins in ASCII".to_owned(),
                "use ASCII characters and classes only",
            ),
            Self::TooLarge => (
                format!("the compiled expressions have more than {REGEX_COMPILED_BYTES} bytes"),
                "counted repetitions multiply the size".to_owned(),
                "use fewer repetitions",
            ),
            Self::TooMany => (
                format!("the set has more than {REGEXES} regular expressions"),
                "every expression adds to the time of a match".to_owned(),
                "combine expressions, or use patterns such as \"https://*.example.com\"",
            ),
        };
        match detail {
            Some(detail) => Message::new(format!("{problem} ({detail})"), reason, fix),
            None => Message::new(problem, reason, fix),
        }
    }
}

/// Writes the problem, the reason and the fix.
impl fmt::Display for OriginRegexErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message(None::<&String>).fmt(f)
    }
}

/// The error of an invalid regular expression for origins.
///
/// ```
/// use tower_cross_origin::origin::{OriginRegexErrorKind, OriginSet};
///
/// let error = OriginSet::default().with_regexes([r"https://(a\.example"]).unwrap_err();
/// assert_eq!(error.kind(), OriginRegexErrorKind::Malformed);
/// assert_eq!(error.input(), r"https://(a\.example");
/// assert_eq!(
///     error.to_string(),
///     "\"https://(a\\\\.example\": the regular expression is invalid (unclosed group, at byte 8); \
///      only the syntax of the crate `regex` is supported; correct the expression",
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
        let message = self.kind.message(self.detail.as_ref());
        write!(f, "{}: {message}", Quoted(&self.input))
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
