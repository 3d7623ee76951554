use std::fmt;

use crate::{
    config::{ConfigError, Diagnostic},
    cors, embedding,
    guard::HostPatternFault,
    jsonp::JsonpFaultKind,
    origin::{MemberFault, OriginFault, UNKNOWN_LIST},
    request::path::PathFault,
};

/// A setting for which no policy is made.
pub type Fault = Diagnostic<FaultKind>;

/// A configuration has faults; all of them are here, those of every part.
///
/// ```
/// use tower_cross_origin::{
///     cors::{CorsConfig, Rule},
///     cross_origin::{CrossOrigin, CrossOriginPolicy, Guards, HostGuard},
/// };
///
/// let error = CrossOriginPolicy::try_from(CrossOrigin {
///     origins: [("ours".into(), vec!["https://app.example.com/".into()])].into(),
///     cors: Some(CorsConfig { rules: vec![Rule::for_origins(["@theirs"])], ..CorsConfig::default() }),
///     guard: Guards {
///         host: Some(HostGuard { names: vec!["https://api.example.com".into()], ..HostGuard::default() }),
///         ..Guards::default()
///     },
///     ..CrossOrigin::default()
/// })
/// .unwrap_err();
/// let settings: Vec<&str> = error.faults().iter().map(|fault| fault.setting()).collect();
/// assert_eq!(settings, ["origins.ours[0]", "cors.rules[0].origins[0]", "guard.host.names[0]"]);
/// println!("{error}");
/// ```
pub type CrossOriginError = ConfigError<FaultKind>;

/// What can be wrong with a setting; its `Display` says why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A configuration of nothing.
    NoLayers,
    /// The name of a list that no `@name` could be.
    MalformedListName,
    /// An origin as no browser sends it.
    Origin(OriginFault),
    /// `@partners`, where there is no list of that name.
    UnknownList,
    /// A pattern, where each origin is named.
    NotOneOrigin,
    /// Of [`CrossOrigin::cors`](super::CrossOrigin::cors).
    Cors(cors::FaultKind),
    /// A guard of hosts that passes none.
    NoHosts,
    /// No name that a service can be called by.
    Host(HostPatternFault),
    /// A path that is none, or that a router may read as another one.
    Path(PathFault),
    /// Of [`CrossOrigin::embedding`](super::CrossOrigin::embedding).
    Embedding(embedding::FaultKind),
    /// Of [`CrossOrigin::jsonp`](super::CrossOrigin::jsonp).
    Jsonp(JsonpFaultKind),
    /// What no line of a header can say.
    MalformedHeaderValue,
    /// What is no media type, or that of events.
    MediaType,
    /// A list of paths without one.
    NoPaths,
    /// More than 100 percent.
    NoPercentage,
    /// What needs a clock, in a program without the feature `tokio`.
    WithoutClock,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLayers => {
                "nothing is configured; name a part, such as [cors], or leave the layer out"
            }
            Self::MalformedListName => {
                "the name of a list has letters, digits, \"-\" and \"_\", and is written \"@name\" where \
                 its origins are meant"
            }
            Self::Origin(fault) => return fault.fmt(f),
            Self::UnknownList => UNKNOWN_LIST,
            Self::NotOneOrigin => "this stands for several origins; name each of them",
            Self::Cors(kind) => return kind.fmt(f),
            Self::NoHosts => {
                "without a name every request is refused; write the name that the service is called by, \
                 or loopback = true"
            }
            Self::Host(fault) => return fault.fmt(f),
            Self::Path(fault) => return fault.fmt(f),
            Self::Embedding(kind) => return kind.fmt(f),
            Self::Jsonp(kind) => return kind.fmt(f),
            Self::MalformedHeaderValue => "a header's value is visible ASCII on one line",
            Self::MediaType => {
                "write a type and a subtype, such as \"application/x-ndjson\"; events are covered anyhow"
            }
            Self::NoPaths => "without a path it does nothing; name one, or leave the part out",
            Self::NoPercentage => "write 0 to 100",
            Self::WithoutClock => {
                "this program has no clock: it is built without the feature `tokio` of \
                 tower-cross-origin; build it with that, or leave the key out"
            }
        })
    }
}

impl From<&MemberFault> for FaultKind {
    fn from(fault: &MemberFault) -> Self {
        match fault {
            MemberFault::UnknownList => Self::UnknownList,
            MemberFault::Origin(error) => Self::Origin(error.kind()),
        }
    }
}

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "cross-origin";
