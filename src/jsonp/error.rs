use std::{convert::Infallible, error::Error};

use crate::{
    config::{ConfigError, Diagnostic, Diagnostics, Message, UnknownKey, display_message},
    limits::{CALLBACK_BYTES, LISTED_NAMES},
    request::path::PathErrorKind,
};

/// A setting that is an error.
pub type Fault = Diagnostic<FaultKind>;

/// All faults of a configuration.
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

/// The kind of a [`Fault`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A key of a file that is not a setting of its section.
    UnknownKey(UnknownKey),
    /// An invalid or ambiguous path.
    Path(PathErrorKind),
    /// More callbacks or parameters than [`LISTED_NAMES`].
    TooManyNames,
    /// An empty name of a query parameter.
    EmptyParameter,
    /// An empty list of callbacks.
    NoCallbacks,
    /// An empty prefix.
    EmptyPrefix,
    /// An invalid callback, prefix of callbacks, or list of pending callbacks.
    ///
    /// [`CallbackPolicy::custom`](super::CallbackPolicy::custom) can allow
    /// [dangerous](CallbackError::Dangerous) callbacks.
    Callback(CallbackError),
    /// A file name with a character that would need quoting.
    MalformedFileName,
}

impl FaultKind {
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::UnknownKey(key) => key.message(),
            Self::Path(kind) => kind.message(),
            Self::TooManyNames => {
                Message::too_many(LISTED_NAMES, "names", "use one fixed name, or a prefix")
            }
            Self::EmptyParameter => Message::new(
                "the parameter name is empty",
                "requests send the callback in the query parameter with the name",
                "use a name such as \"callback\"",
            ),
            Self::NoCallbacks => Message::new(
                "the list of callbacks is empty",
                "the layer would wrap no response",
                "list a callback, or leave JSONP out",
            ),
            Self::EmptyPrefix => Message::new(
                "the prefix is empty",
                "every identifier begins with the empty prefix",
                "use a longer prefix, or set callbacks = \"identifier\"",
            ),
            Self::Callback(error) => error.message(),
            Self::MalformedFileName => Message::new(
                "the file name has a character that needs quoting",
                "the layer sends the name in Content-Disposition without quoting",
                "use letters, digits, dots, hyphens and underscores, such as \"f.txt\"",
            ),
        }
    }
}

/// The error of an invalid or disallowed callback.
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
    /// More bytes than [`CALLBACK_BYTES`].
    TooLong,
    /// A name that is not a path of ASCII identifiers with numeric indexes.
    Malformed,
    /// A reserved word of ECMAScript among the identifiers.
    ReservedWord,
    /// A function or an object of the browser, such as `postMessage` or `opener`.
    Dangerous,
    /// A callback that the policy does not allow.
    NotAllowed,
}

impl CallbackError {
    /// Returns a short label for metrics, such as `too-long`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Malformed => "malformed",
            Self::ReservedWord => "reserved-word",
            Self::Dangerous => "dangerous",
            Self::NotAllowed => "not-allowed",
        }
    }
}

impl CallbackError {
    /// Returns the message, which does not repeat the text of the request.
    pub(crate) fn message(self) -> Message {
        match self {
            Self::TooLong => Message::new(
                format!("the callback has more than {CALLBACK_BYTES} bytes"),
                "the response repeats the name, so the length is limited",
                "use a shorter name",
            ),
            Self::Malformed => Message::new(
                "the callback is not the name of a function",
                "other characters could inject code into the response",
                "use ASCII identifiers with numeric indexes, joined by dots, such as app.show[0]",
            ),
            Self::ReservedWord => Message::new(
                "the callback has a reserved word of ECMAScript",
                "browsers could not run the response as a script",
                "use a name without reserved words",
            ),
            Self::Dangerous => Message::new(
                "the callback is a function or an object of the browser",
                "the sender of the URL could act in the name of the page",
                "use a function that the page defines",
            ),
            Self::NotAllowed => Message::new(
                "the callback is not allowed",
                "a URL must not choose among all functions of a page",
                "use one identifier, or list the name in the settings: callbacks = { one_of = [\"app.show\"] }",
            ),
        }
    }
}

display_message!(FaultKind, CallbackError);

impl Error for CallbackError {}

/// Collects the faults of a configuration; it has no lints.
pub(super) type JsonpDiagnostics = Diagnostics<FaultKind, Infallible>;

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "JSONP";
