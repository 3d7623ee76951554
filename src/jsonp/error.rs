use std::{convert::Infallible, error::Error, fmt};

use crate::{
    config::{ConfigError, Diagnostic, Diagnostics},
    request::path::PathFault,
};

/// A setting for which no policy is made.
pub type Fault = Diagnostic<FaultKind>;

/// A configuration has faults; all of them are here.
///
/// ```
/// use tower_cross_origin::jsonp::{
///     CallbackError, CallbackPolicy, JsonpConfig, FaultKind, JsonpPolicy,
/// };
///
/// let config = JsonpConfig::new()
///     .parameters([""])
///     .callbacks(CallbackPolicy::OneOf(vec!["show".into(), "alert".into()]));
/// let error = JsonpPolicy::new(config).unwrap_err();
/// let [parameter, callback] = error.faults() else { panic!("{error}") };
/// assert_eq!(parameter.kind(), &FaultKind::EmptyParameter);
/// assert_eq!(callback.setting(), "callbacks.one_of[1]");
/// assert_eq!(callback.value(), "alert");
/// assert_eq!(callback.kind(), &FaultKind::Callback(CallbackError::Dangerous));
/// ```
pub type JsonpConfigError = ConfigError<FaultKind>;

/// What can be wrong with a setting; its `Display` says why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A path that is none, or that a router may read as another one.
    Path(PathFault),
    /// A parameter without a name.
    EmptyParameter,
    /// A list of callbacks without one.
    NoCallbacks,
    /// A prefix of nothing.
    EmptyPrefix,
    /// A callback, the beginning of one or a list of them, that is none.
    Callback(CallbackError),
    /// A name of a file that would need quoting.
    MalformedFileName,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path(fault) => return fault.fmt(f),
            Self::EmptyParameter => {
                "the parameter that names the callback has a name, such as \"callback\""
            }
            Self::NoCallbacks => {
                "without a callback nothing is ever wrapped; name one, or leave the layer out"
            }
            Self::EmptyPrefix => {
                "every identifier begins with nothing; write CallbackPolicy::Identifier"
            }
            Self::Callback(CallbackError::Dangerous) => {
                "this leads through what has power over the page; name a function of the page's own, \
                 or decide by CallbackPolicy::custom"
            }
            Self::Callback(error) => return error.fmt(f),
            Self::MalformedFileName => {
                "write letters, digits, dots, hyphens and underscores, such as \"f.txt\""
            }
        })
    }
}

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

/// Collects the faults of a configuration; it has no lints.
pub(super) type JsonpDiagnostics = Diagnostics<FaultKind, Infallible>;

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "JSONP";
