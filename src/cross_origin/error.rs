use std::fmt;

use crate::{
    config::{ConfigError, Diagnostic, Diagnostics, OriginList},
    cors, embedding, guard, jsonp,
    origin::{MemberFault, NamedOrigins, OriginErrorKind, OriginSet, UNKNOWN_LIST},
    request::path::{PathFault, PathSet},
};

/// A setting for which no policy is made.
pub type Fault = Diagnostic<FaultKind>;

/// A configuration has faults; all of them are here, those of every part.
///
/// ```
/// use tower_cross_origin::{
///     cors::Rule,
///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, GuardConfig, HostConfig},
/// };
///
/// let rule = Rule::for_origins(["@theirs"]);
/// let error = CrossOriginPolicy::new(
///     CrossOriginConfig::new()
///         .origins("ours", ["https://app.example.com/"])
///         .cors(rule)
///         .guard(GuardConfig::new().host(HostConfig::new().names(["https://api.example.com"]))),
/// )
/// .unwrap_err();
/// let settings: Vec<&str> = error.faults().iter().map(|fault| fault.setting()).collect();
/// assert_eq!(settings, ["origins.ours[0]", "cors.rules[0].origins[0]", "guard.host.names[0]"]);
/// println!("{error}");
/// ```
pub type CrossOriginConfigError = ConfigError<FaultKind>;

/// What can be wrong with a setting; its `Display` says why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A configuration of nothing.
    NoLayers,
    /// The name of a list that no `@name` could be.
    MalformedListName,
    /// An origin as no browser sends it.
    Origin(OriginErrorKind),
    /// `@partners`, where there is no list of that name.
    UnknownList,
    /// A pattern, where each origin is named.
    NotOneOrigin,
    /// Of [`CrossOriginConfig::cors`](super::CrossOriginConfig::cors).
    Cors(cors::FaultKind),
    /// Of [`CrossOriginConfig::guard`](super::CrossOriginConfig::guard).
    Guard(guard::FaultKind),
    /// A path that is none, or that a router may read as another one.
    Path(PathFault),
    /// Of [`CrossOriginConfig::embedding`](super::CrossOriginConfig::embedding).
    Embedding(embedding::FaultKind),
    /// Of [`CrossOriginConfig::jsonp`](super::CrossOriginConfig::jsonp).
    Jsonp(jsonp::FaultKind),
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
            Self::Guard(kind) => return kind.fmt(f),
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

/// A setting that is legal, but without effect or probably not what was meant.
///
/// ```
/// use tower_cross_origin::{
///     cors::Rule,
///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, GuardConfig, LintKind, WebSocketConfig},
/// };
///
/// let rule = Rule::for_origins(["https://app.example.com"]).allow_credentials(true);
/// let policy = CrossOriginPolicy::new(
///     CrossOriginConfig::new()
///         .cors(rule)
///         .guard(GuardConfig::new().web_socket(WebSocketConfig::new().trust_origins(["https://*.example.com"]))),
/// )?;
/// let [lint] = policy.lints() else { panic!() };
/// assert_eq!(lint.setting(), "guard.web_socket.trust_origins");
/// assert_eq!(lint.kind(), &LintKind::WebSocketBeyondCors { admits: "https://a.example.com".into() });
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
pub type Lint = Diagnostic<LintKind>;

/// What is legal, but without effect or probably not meant; its `Display` says why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// Of CORS alone.
    Cors(cors::LintKind),
    /// Of embedding alone.
    Embedding(embedding::LintKind),
    /// A list of origins that nothing names.
    UnusedList,
    /// Documents embed only what says that it may be, and what this service gives does not say so.
    NoResourcePolicy,
    /// Pages see how long it takes to load what they may not read.
    TimingBeyondCors {
        /// An origin of such a page.
        admits: String,
    },
    /// Pages may open a WebSocket as the user who looks at them, and may not read as that user.
    WebSocketBeyondCors {
        /// An origin of such a page.
        admits: String,
    },
    /// The guard by fetch metadata refuses what CORS lets pages read.
    CorsRefusedByMetadata,
    /// The guard by fetch metadata refuses the WebSockets that another guard lets pages open.
    WebSocketsRefusedByMetadata,
    /// The guard by fetch metadata refuses the scripts that JSONP is.
    JsonpRefusedByMetadata,
    /// A guard refuses the pings of other sites' pages.
    PingsRefused,
    /// One of the service's own origins, by whose host the guard of hosts lets nobody call it.
    OwnOriginRefused,
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cors(kind) => return kind.fmt(f),
            Self::Embedding(kind) => return kind.fmt(f),
            Self::UnusedList => "nothing names this list",
            Self::NoResourcePolicy => {
                "a page of another origin of yours that has this policy too cannot embed what this \
                 service gives: set embedding.resource_policy, or a rule of CORS"
            }
            Self::TimingBeyondCors { admits } => {
                return write!(
                    f,
                    "a page of {admits} sees how long loading takes and how many bytes come, and no rule \
                     of CORS lets it read them"
                );
            }
            Self::WebSocketBeyondCors { admits } => {
                return write!(
                    f,
                    "a page of {admits} may open a WebSocket with the user's cookies, and no rule of CORS \
                     allows it credentials"
                );
            }
            Self::CorsRefusedByMetadata => {
                "pages that a rule of CORS lets read are refused by this guard; set allow_cors"
            }
            Self::WebSocketsRefusedByMetadata => {
                "pages that guard.web_socket lets open one are refused by this guard; set \
                 allow_web_sockets"
            }
            Self::JsonpRefusedByMetadata => {
                "the scripts that JSONP answers are refused by this guard; add \"script\""
            }
            Self::PingsRefused => {
                "pings that pages of other sites send there are refused by this guard; if they are meant, \
                 exempt the path"
            }
            Self::OwnOriginRefused => {
                "guard.host has no such name, so that every request to it is refused"
            }
        })
    }
}

/// Collects the faults and lints of a configuration.
pub(super) type CrossOriginDiagnostics = Diagnostics<FaultKind, LintKind>;

impl CrossOriginDiagnostics {
    /// Returns the policy of a section, or adds its faults to those of the whole.
    pub(super) fn section<T, K: Clone>(
        &mut self,
        section: &str,
        policy: Result<T, ConfigError<K>>,
        kind: fn(K) -> FaultKind,
    ) -> Option<T> {
        policy.map_err(|error| self.section_faults(section, &error, kind)).ok()
    }

    /// Compiles a list of origins and names of lists.
    pub(super) fn origins(
        &mut self,
        setting: &str,
        written: &OriginList,
        lists: &NamedOrigins,
    ) -> OriginSet {
        written.to_set(lists, |index, text, fault| {
            let instead = match &fault {
                MemberFault::UnknownList => None,
                MemberFault::Origin(error) => error.suggestion(),
            };
            let fault = Fault::new(format!("{setting}[{index}]"), text, FaultKind::from(&fault));
            self.fault(fault.with_suggestion(instead));
        })
    }

    /// Compiles the paths of a section.
    pub(super) fn paths(&mut self, section: &str, written: &[String]) -> PathSet {
        let setting = format!("{section}.paths");
        if written.is_empty() {
            self.fault(Fault::new(&setting, "", FaultKind::NoPaths));
        }
        PathSet::parse(written, |index, path, fault| {
            self.fault(Fault::new(format!("{setting}[{index}]"), path, FaultKind::Path(fault)));
        })
    }
}

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "cross-origin";
