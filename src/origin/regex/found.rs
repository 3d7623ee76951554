/// Something about a legal regular expression that is probably not meant. Every witness is an origin
/// that it admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegexLint {
    /// A dot without a backslash, where a dot of a name is meant.
    UnescapedDot {
        /// `https://wwwxexample.com`
        witness: String,
        /// The same text with each such dot escaped.
        instead: String,
    },
    /// Beside what its literals name, it admits hosts of another registrable domain.
    OtherDomain {
        /// `https://aexample.com`
        witness: String,
    },
    /// No origin was found that it admits.
    NoOrigin,
    /// It is too intricate to look for origins that it admits: nothing is known of it.
    TooIntricate,
}
