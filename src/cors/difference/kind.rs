use std::time::Duration;

use super::Names;

/// What changes. The order is that of a review: what pages gain, what is not known, how the service
/// answers, what pages lose.
///
/// ```
/// use tower_cross_origin::cors::{ChangeKind, Effect};
///
/// assert_eq!(ChangeKind::CredentialsGained.effect(), Effect::Gained);
/// assert!(ChangeKind::CredentialsGained < ChangeKind::OriginsLost);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Pages that could not read may, with credentials.
    OriginsGainedWithCredentials,
    /// Pages that could read may do so with credentials.
    CredentialsGained,
    /// Pages that could not read may, without credentials.
    OriginsGained,
    /// Pages may use these methods. `GET`, `HEAD` and `POST`, which all may use, are left out.
    MethodsGained(Names),
    /// Pages may set these request headers.
    RequestHeadersGained(Names),
    /// Pages may read these response headers. Those that all may read are left out.
    ExposedHeadersGained(Names),
    /// On what this regular expression covers it depends whether pages gain or lose.
    UndecidedRegex {
        /// The expression as it is written.
        regex: String,
    },
    /// On what a predicate covers it depends whether pages gain or lose.
    UndecidedPredicate,
    /// A setting of the whole policy.
    Setting {
        /// Its name, such as `enforce`.
        setting: &'static str,
        /// Its value before, as a file has it; the order of a list's members counts for nothing.
        old: String,
        /// Its value after.
        new: String,
    },
    /// For how long a browser may keep a preflight's answer. Unset is the same as 5 seconds.
    MaxAge {
        /// Before.
        old: Option<Duration>,
        /// After.
        new: Option<Duration>,
    },
    /// Pages that could read no longer may.
    OriginsLost,
    /// Pages may read without credentials alone.
    CredentialsLost,
    /// Pages may no longer use these methods.
    MethodsLost(Names),
    /// Pages may no longer set these request headers.
    RequestHeadersLost(Names),
    /// Pages may no longer read these response headers.
    ExposedHeadersLost(Names),
}

impl ChangeKind {
    /// Whether pages gain by it or lose.
    pub fn effect(&self) -> Effect {
        match self {
            Self::OriginsGainedWithCredentials
            | Self::CredentialsGained
            | Self::OriginsGained
            | Self::MethodsGained(_)
            | Self::RequestHeadersGained(_)
            | Self::ExposedHeadersGained(_) => Effect::Gained,
            Self::UndecidedRegex { .. } | Self::UndecidedPredicate => Effect::Undecided,
            Self::Setting { .. } | Self::MaxAge { .. } => Effect::Changed,
            Self::OriginsLost
            | Self::CredentialsLost
            | Self::MethodsLost(_)
            | Self::RequestHeadersLost(_)
            | Self::ExposedHeadersLost(_) => Effect::Lost,
        }
    }
}

/// Whether pages may do more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// More.
    Gained,
    /// More or less, or the same: that was not told.
    Undecided,
    /// Neither: the service answers in another way.
    Changed,
    /// Less.
    Lost,
}
