use std::fmt;

use crate::limits::{REGEX_BYTES, REGEX_COMPILED_BYTES, REGEXES};

/// What can be wrong with a regular expression of origins; its `Display` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginRegexFault {
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

impl fmt::Display for OriginRegexFault {
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
