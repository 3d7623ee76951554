use crate::{
    config::{
        ConfigError, Diagnostic, Diagnostics, Message, OriginList, UnknownKey, display_message,
    },
    cors, embedding, guard, jsonp,
    limits::LISTED_NAMES,
    origin::{MemberFault, NamedOrigins, OriginErrorKind, OriginSet},
    request::path::{PathErrorKind, PathSet},
};

/// A setting that is an error.
pub type Fault = Diagnostic<FaultKind>;

/// All faults of a configuration and its sections.
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

/// The kind of a [`Fault`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A key of a file that is not a setting of its section.
    UnknownKey(UnknownKey),
    /// A configuration without any section.
    NoLayers,
    /// A list's name that cannot be written as `@name`.
    MalformedListName,
    /// An invalid origin or pattern.
    Origin(OriginErrorKind),
    /// `@partners`, where the configuration has no list of origins with the name.
    UnknownList,
    /// More origins from named lists than [`NAMED_ORIGINS`](crate::limits::NAMED_ORIGINS).
    TooManyNamedOrigins,
    /// More media types than [`LISTED_NAMES`].
    TooManyMediaTypes,
    /// A pattern, `*` or `null`, where each origin must be exact.
    NotSingleOrigin,
    /// A setting of the section `cors` that is a setting of the whole configuration.
    SharedSetting,
    /// A fault of [`CrossOriginConfig::cors`](super::CrossOriginConfig::cors).
    Cors(cors::FaultKind),
    /// A fault of [`CrossOriginConfig::guard`](super::CrossOriginConfig::guard).
    Guard(guard::FaultKind),
    /// An invalid or ambiguous path.
    Path(PathErrorKind),
    /// A fault of [`CrossOriginConfig::embedding`](super::CrossOriginConfig::embedding).
    Embedding(embedding::FaultKind),
    /// A fault of [`CrossOriginConfig::jsonp`](super::CrossOriginConfig::jsonp).
    Jsonp(jsonp::FaultKind),
    /// An invalid header value.
    MalformedHeaderValue,
    /// An invalid media type, or `text/event-stream`.
    InvalidMediaType,
    /// An empty list of paths.
    NoPaths,
    /// A percentage of more than 100.
    InvalidPercentage,
    /// A setting that needs a clock, in a program without the feature `tokio`.
    ClockWithoutFeature,
    /// A guard that needs the rules of the section `cors`, which is missing.
    PreflightsWithoutCors,
}

impl FaultKind {
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::UnknownKey(key) => key.message(),
            Self::NoLayers => Message::new(
                "the configuration has no section",
                "the layer would have no effect",
                "add a section, such as cors, or leave the layer out",
            ),
            Self::MalformedListName => Message::new(
                "the list name has an invalid character",
                "other lists refer to the list as \"@name\"",
                "use only letters, digits, \"-\" and \"_\"",
            ),
            Self::Origin(kind) => kind.message(),
            Self::UnknownList => Message::unknown_list(),
            Self::TooManyNamedOrigins => Message::too_many_named_origins(),
            Self::TooManyMediaTypes => {
                Message::too_many(LISTED_NAMES, "media types", "remove media types")
            }
            Self::NotSingleOrigin => Message::not_single_origin(),
            Self::SharedSetting => Message::new(
                "the section cors cannot have the setting",
                "the guards use the same values",
                "move the setting to the top of the file, outside of all sections",
            ),
            Self::Cors(kind) => kind.message(),
            Self::Guard(kind) => kind.message(),
            Self::Path(kind) => kind.message(),
            Self::Embedding(kind) => kind.message(),
            Self::Jsonp(kind) => kind.message(),
            Self::MalformedHeaderValue => Message::new(
                "the value is not a valid header value",
                "a header value is one line of visible ASCII characters",
                "remove the other characters",
            ),
            Self::InvalidMediaType => Message::new(
                "the value is not the media type of another stream",
                "the layer compares only types and subtypes, and always handles text/event-stream",
                "use a value such as \"application/x-ndjson\"",
            ),
            Self::NoPaths => Message::new(
                "the list of paths is empty",
                "the section would have no effect",
                "list a path, or remove the section",
            ),
            Self::InvalidPercentage => Message::new(
                "the percentage is more than 100",
                "a time cannot vary by more than 100 percent",
                "use a number from 0 to 100",
            ),
            Self::ClockWithoutFeature => Message::new(
                "the program does not support settings that need a clock",
                "the feature `tokio` of tower-cross-origin is disabled",
                "rebuild the program with the feature, or remove the setting",
            ),
            Self::PreflightsWithoutCors => Message::new(
                "the guard needs the section cors",
                "the rules of the section decide which preflights are allowed",
                "add a rule to cors, or remove the guard",
            ),
        }
    }
}

display_message!(FaultKind, LintKind);

impl From<&MemberFault> for FaultKind {
    fn from(fault: &MemberFault) -> Self {
        match fault {
            MemberFault::UnknownList => Self::UnknownList,
            MemberFault::TooManyOrigins => Self::TooManyNamedOrigins,
            MemberFault::Origin(error) => Self::Origin(error.kind()),
        }
    }
}

/// A setting that is legal, but without effect or probably not intended.
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
/// assert_eq!(lint.kind(), &LintKind::WebSocketBeyondCors { matches: "https://a.example.com".into() });
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
pub type Lint = Diagnostic<LintKind>;

/// The kind of a [`Lint`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// A lint of the section [`cors`](super::CrossOriginConfig::cors).
    Cors(cors::LintKind),
    /// A lint of the section [`embedding`](super::CrossOriginConfig::embedding).
    Embedding(embedding::LintKind),
    /// A list of origins that no setting uses.
    UnusedList,
    /// A policy that requires a resource policy, which the responses do not have.
    NoResourcePolicy,
    /// An origin that gets timing information, but that no CORS rule allows.
    TimingBeyondCors {
        /// Such an origin.
        matches: String,
    },
    /// An origin that can open WebSockets, but that no CORS rule allows credentials.
    WebSocketBeyondCors {
        /// Such an origin.
        matches: String,
    },
    /// A fetch metadata guard that denies requests that CORS allows.
    CorsDeniedByFetchMetadata,
    /// A fetch metadata guard that denies WebSockets that the WebSocket guard allows.
    WebSocketsDeniedByFetchMetadata,
    /// A fetch metadata guard that denies JSONP, whose requests are scripts.
    JsonpDeniedByFetchMetadata,
    /// A guard that denies the pings of other sites' pages.
    PingsDenied,
    /// A CORS rule without credentials at a path of pings.
    ///
    /// Pages cannot send JSON with `sendBeacon`, which always sends cookies.
    JsonPingsWithoutCredentials {
        /// The path of the pings.
        path: String,
    },
    /// JSONP that responds with JSON to every request with a cookie.
    JsonpWithCookies,
    /// Keep-alive comments after a silence that is longer than any stream.
    KeepAliveAfterMaxAge,
    /// A jitter of the maximum age, without a maximum age.
    JitterWithoutMaxAge,
    /// More lints or more comparisons than the [`limits`](crate::limits) allow. Lints are missing.
    Incomplete,
    /// A service origin whose host the host guard denies.
    ServiceOriginDenied,
    /// Service origins in a configuration without `cors.enforce` and without a guard that uses them.
    UnusedServiceOrigins,
    /// Exempt paths in a configuration without `cors.enforce` and without a guard that uses them.
    UnusedExemptPaths,
    /// A CSRF guard that does not list an origin of a CORS rule with credentials.
    CorsDeniedByCsrf {
        /// Such an origin.
        matches: String,
    },
    /// A CSRF guard that denies every `POST` of an origin that CORS allows.
    ///
    /// The rule does not allow `content-type`.
    PostsDeniedByCsrf {
        /// Such an origin.
        matches: String,
    },
    /// A CSRF guard that denies some requests of a preset that CORS allows.
    PresetDeniedByCsrf {
        /// Such an origin.
        matches: String,
    },
    /// A CORS rule that lets every website change data, next to a CSRF guard.
    WritesByAnyOrigin {
        /// A method of the rule.
        method: String,
    },
}

impl LintKind {
    #[expect(clippy::too_many_lines, reason = "one table of all texts")]
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::Cors(kind) => kind.message(),
            Self::Embedding(kind) => kind.message(),
            Self::UnusedList => Message::new(
                "no setting uses the list",
                "the origins of the list have no effect",
                "add \"@name\" to a list of origins, or remove the list",
            ),
            Self::NoResourcePolicy => Message::new(
                "the responses have no resource policy",
                "a page of another origin with the same policy cannot embed the responses",
                "set embedding.resource_policy, or add a rule to cors",
            ),
            Self::TimingBeyondCors { matches } => Message::new(
                format!("pages of {matches} get timing information"),
                "the pages learn the load times and sizes of responses that no CORS rule lets \
                 them read",
                "remove the origin, or allow the origin in cors",
            ),
            Self::WebSocketBeyondCors { matches } => Message::new(
                format!("pages of {matches} can open WebSockets with the user's cookies"),
                "no CORS rule allows the origin credentials",
                "remove the origin, or allow the origin credentials in cors",
            ),
            Self::CorsDeniedByFetchMetadata => Message::new(
                "the guard denies CORS requests",
                "pages that a CORS rule allows cannot read responses",
                "set allow_cors = true",
            ),
            Self::WebSocketsDeniedByFetchMetadata => Message::new(
                "the guard denies WebSocket handshakes",
                "pages that guard.web_socket allows cannot open a WebSocket",
                "set allow_web_sockets = true",
            ),
            Self::JsonpDeniedByFetchMetadata => Message::new(
                "the guard denies scripts",
                "pages of other sites load JSONP responses as scripts",
                "add \"script\" to allow_destinations",
            ),
            Self::PingsDenied => Message::new(
                "the guard does not exempt the path of beacon",
                "pings that pages of other sites send to the path are denied",
                "add the path to exempt_paths, unless only same-site pages send pings",
            ),
            Self::JsonPingsWithoutCredentials { path } => Message::new(
                format!("pages cannot send JSON to {path} with sendBeacon"),
                "sendBeacon sends cookies, so the preflight of JSON needs credentials",
                "list the origins and set allow_credentials = true, or send JSON as text/plain",
            ),
            Self::JsonpWithCookies => Message::new(
                "requests with a cookie get JSON instead of a script",
                "any cookie counts, such as one of a statistics script",
                "set strip_credentials = true if the data is public",
            ),
            Self::KeepAliveAfterMaxAge => Message::new(
                "the setting has no effect",
                "a stream ends at max_age, before a silence of this length",
                "use a shorter time",
            ),
            Self::JitterWithoutMaxAge => Message::new(
                "the setting has no effect",
                "only streams with a maximum age end at random moments",
                "set max_age, or remove the setting",
            ),
            Self::Incomplete => Message::incomplete_lints(),
            Self::ServiceOriginDenied => Message::new(
                "guard.host does not allow the host of the origin",
                "every request to the origin is denied",
                "add the host to guard.host.names, or remove the origin",
            ),
            Self::UnusedServiceOrigins => Message::new(
                "the setting has no effect",
                "only cors.enforce, guard.csrf, guard.web_socket and guard.require_preflight use the \
                 service origins",
                "add one of them, or remove service_origins",
            ),
            Self::UnusedExemptPaths => Message::new(
                "the setting has no effect",
                "only cors.enforce, guard.csrf, guard.fetch_metadata and guard.require_preflight use \
                 the exempt paths",
                "add one of them, or remove exempt_paths",
            ),
            Self::CorsDeniedByCsrf { matches } => Message::new(
                format!("guard.csrf denies writes by pages of {matches}"),
                "a CORS rule allows the origin credentials, but the list lacks the origin",
                "add the origin, or remove trust_origins",
            ),
            Self::PostsDeniedByCsrf { matches } => Message::new(
                format!("guard.csrf denies every POST by pages of {matches}"),
                "without the header content-type, a form can send the same request",
                "allow the header, or trust the origin in guard.csrf",
            ),
            Self::PresetDeniedByCsrf { matches } => Message::new(
                format!("guard.csrf denies some POST requests of the client by pages of {matches}"),
                "a form can send such requests, which need no preflight",
                "add the origin to guard.csrf.trust_origins",
            ),
            Self::WritesByAnyOrigin { method } => Message::new(
                format!("every website can send {method}, without the user's credentials"),
                "guard.csrf does not protect a service that trusts an IP address or a network",
                "list the origins, or authenticate every such request",
            ),
        }
    }
}

/// Collects the faults and lints of a configuration.
pub(super) type CrossOriginDiagnostics = Diagnostics<FaultKind, LintKind>;

impl CrossOriginDiagnostics {
    /// Returns the policy of a section, or adds the section's faults.
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
            let suggestion = match &fault {
                MemberFault::UnknownList | MemberFault::TooManyOrigins => None,
                MemberFault::Origin(error) => error.suggestion(),
            };
            let fault = Fault::new(format!("{setting}[{index}]"), text, FaultKind::from(&fault));
            self.fault(fault.with_suggestion(suggestion));
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
