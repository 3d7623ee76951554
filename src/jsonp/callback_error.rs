use std::{error::Error, fmt};

/// Why a text is not the name of a callback.
///
/// ```
/// use tower_cross_origin::jsonp::{Callback, CallbackError};
///
/// let error = Callback::parse("alert(1)").unwrap_err();
/// assert_eq!(error, CallbackError::Malformed);
/// assert!(error.to_string().contains("app.show[0]"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallbackError {
    /// More than [`CALLBACK_BYTES`](crate::limits::CALLBACK_BYTES).
    TooLong,
    /// Not identifiers of ASCII with numbers in brackets, joined by dots.
    Malformed,
    /// A reserved word of ECMAScript among the identifiers.
    ReservedWord,
    /// A name that gives power over the page, such as `opener` or `constructor`.
    Dangerous,
    /// None that the policy takes.
    NotTaken,
}

impl CallbackError {
    /// A short name, for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Malformed => "malformed",
            Self::ReservedWord => "reserved-word",
            Self::Dangerous => "dangerous",
            Self::NotTaken => "not-taken",
        }
    }
}

/// What to write instead. Nothing of the text is in it.
impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a callback has at most 128 bytes",
            Self::Malformed => {
                "a callback is an identifier of ASCII, or a path of them with numbers in brackets, \
                 such as app.show[0]"
            }
            Self::ReservedWord => "a callback has no reserved word of ECMAScript within it",
            Self::Dangerous => {
                "a callback is a function of the page's own, and leads through nothing that has \
                 power over the page"
            }
            Self::NotTaken => "this is not a callback that the service takes",
        })
    }
}

impl Error for CallbackError {}
