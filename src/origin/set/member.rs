use std::fmt;

/// What an [`OriginSet`](super::OriginSet) is made of: how one of its patterns or regular expressions
/// is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Member<'a> {
    /// An [`OriginPattern`](super::OriginPattern).
    Pattern(&'a str),
    /// A regular expression.
    Regex(&'a str),
}

impl<'a> Member<'a> {
    /// The member as it is written.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Pattern(text) | Self::Regex(text) => text,
        }
    }
}

/// The member as it is written.
impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
