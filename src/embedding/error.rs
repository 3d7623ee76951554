use crate::{
    config::{ConfigError, Diagnostic, Diagnostics, Message, UnknownKey, display_message},
    limits::LISTED_NAMES,
    origin::{MemberFault, OriginErrorKind},
};

/// A setting that is an error.
pub type Fault = Diagnostic<FaultKind>;

impl Fault {
    /// Creates the fault of an item of a list of origins.
    pub(super) fn from_member(setting: String, text: &str, fault: &MemberFault) -> Self {
        match fault {
            MemberFault::UnknownList => Self::new(setting, text, FaultKind::UnknownList),
            MemberFault::TooManyOrigins => Self::new(setting, text, FaultKind::TooManyNamedOrigins),
            MemberFault::Origin(error) => Self::new(setting, text, FaultKind::Origin(error.kind()))
                .with_suggestion(error.suggestion()),
        }
    }
}

/// All faults of a configuration.
///
/// ```
/// use tower_cross_origin::embedding::{CrossOriginOpenerPolicy, EmbeddingConfig, EmbeddingPolicy};
///
/// let error = EmbeddingPolicy::new(
///     EmbeddingConfig::new()
///         .opener_policy(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
///         .reporting_endpoint("Other", "http://reports.example.com/"),
/// )
/// .unwrap_err();
/// assert_eq!(error.faults().len(), 3);
/// println!("{error}");
/// ```
pub type EmbeddingConfigError = ConfigError<FaultKind>;

/// The kind of a [`Fault`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// A key of a file that is not a setting of its section.
    UnknownKey(UnknownKey),
    /// A configuration that sets no header.
    NoHeaders,
    /// The opener policy `noopener-allow-popups`, report-only.
    NoopenerReportOnly,
    /// A policy that reports to an endpoint that is not configured.
    UnknownEndpoint,
    /// More endpoints than [`LISTED_NAMES`].
    TooManyEndpoints,
    /// More origins in the value of `Timing-Allow-Origin` than [`LISTED_NAMES`].
    TooManyTimingOrigins,
    /// An endpoint's name that is not a key of a structured field.
    MalformedEndpointName,
    /// An endpoint's name that another endpoint has.
    RepeatedEndpoint,
    /// An endpoint's address that browsers ignore, since it uses plain HTTP.
    InsecureEndpoint,
    /// An endpoint's address with an invalid origin.
    EndpointOrigin(OriginErrorKind),
    /// An endpoint's address with an invalid path, or with a fragment.
    MalformedEndpointPath,
    /// An empty list of origins for `Timing-Allow-Origin`.
    NoOrigins,
    /// An invalid origin or pattern.
    Origin(OriginErrorKind),
    /// `@partners`, where the configuration has no list of origins with the name.
    UnknownList,
    /// More origins from named lists than [`NAMED_ORIGINS`](crate::limits::NAMED_ORIGINS).
    TooManyNamedOrigins,
    /// A pattern, `*` or `null`, where each origin must be exact.
    NotSingleOrigin,
    /// An origin or a regular expression that `frame-ancestors` cannot contain.
    NotFrameAncestor,
    /// More origins in `frame-ancestors` than [`LISTED_NAMES`].
    TooManyFrameAncestors,
    /// Origins whose pages may activate access to cookies, and that others can control.
    UntrustedStorageAccess,
}

impl FaultKind {
    pub(crate) fn message(self) -> Message {
        match self {
            Self::UnknownKey(key) => key.message(),
            Self::NoHeaders => Message::new(
                "the configuration sets no header",
                "the layer would have no effect",
                "set a policy, or leave embedding out",
            ),
            Self::NoopenerReportOnly => Message::new(
                "the policy cannot be report-only",
                "browsers do not report the effects of noopener-allow-popups",
                "set the policy as opener_policy, or use another policy",
            ),
            Self::UnknownEndpoint => Message::new(
                "no endpoint has the name",
                "browsers would send no reports",
                "add the endpoint to reporting_endpoints, or correct the name",
            ),
            Self::TooManyEndpoints => Message::too_many(
                LISTED_NAMES,
                "endpoints",
                "use one endpoint for several policies",
            ),
            Self::TooManyTimingOrigins => Message::too_many(
                LISTED_NAMES,
                "origins",
                "write timing_allow_origin = { matching = [...] }, which sends the request origin",
            ),
            Self::TooManyNamedOrigins => Message::too_many_named_origins(),
            // https://www.rfc-editor.org/rfc/rfc9651#section-3.1.2
            Self::MalformedEndpointName => Message::new(
                "the endpoint name is invalid",
                "browsers ignore Reporting-Endpoints if one name is invalid",
                "use lower-case letters, digits, \"_\", \"-\", \".\" and \"*\", with a letter or \
                 \"*\" first",
            ),
            Self::RepeatedEndpoint => Message::new(
                "another endpoint has the same name",
                "browsers use only the last endpoint with the name",
                "rename one of the endpoints",
            ),
            Self::InsecureEndpoint => Message::new(
                "the address is not secure",
                "browsers send reports only over https or to the user's own machine",
                "use https",
            ),
            Self::EndpointOrigin(kind) | Self::Origin(kind) => kind.message(),
            Self::MalformedEndpointPath => Message::new(
                "the path of the address is invalid",
                "browsers send no reports to such an address",
                "use one leading slash, no fragment, and percent-encoded characters",
            ),
            Self::UnknownList => Message::unknown_list(),
            Self::NoOrigins => Message::new(
                "the list of origins is empty",
                "the setting has no effect",
                "list an origin, or remove the setting",
            ),
            Self::NotSingleOrigin => Message::not_single_origin(),
            Self::NotFrameAncestor => Message::new(
                "frame-ancestors cannot contain the origin",
                "the directive permits only domains and IPv4 addresses, without a dot at the end",
                "list such origins or patterns, or remove the origin",
            ),
            Self::TooManyFrameAncestors => Message::too_many(
                LISTED_NAMES,
                "origins",
                "use patterns such as https://*.example.com",
            ),
            Self::UntrustedStorageAccess => Message::new(
                "others can control an origin that matches",
                "its pages could send requests with the user's cookies",
                "list https origins, and patterns below domains of known owners",
            ),
        }
    }
}

display_message!(FaultKind, LintKind);

/// A setting that is legal, but without effect or probably not intended.
///
/// ```
/// use tower_cross_origin::embedding::{
///     CrossOriginEmbedderPolicy, EmbeddingConfig, EmbeddingPolicy, LintKind,
/// };
///
/// let embedding = EmbeddingConfig::new().embedder_policy(CrossOriginEmbedderPolicy::RequireCorp);
/// let policy = EmbeddingPolicy::new(embedding)?;
/// assert_eq!(policy.lints()[0].kind(), &LintKind::NotIsolated);
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
pub type Lint = Diagnostic<LintKind>;

/// The kind of a [`Lint`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LintKind {
    /// An embedder policy without the opener policy `same-origin`.
    NotIsolated,
    /// A report-only policy without an endpoint.
    ReportOnlyWithoutEndpoint,
}

impl LintKind {
    pub(crate) fn message(self) -> Message {
        match self {
            // https://html.spec.whatwg.org/#obtain-coop
            Self::NotIsolated => Message::new(
                "the embedder policy does not isolate pages",
                "a page is crossOriginIsolated only with the opener policy same-origin",
                "set opener_policy = \"same-origin\", unless the policy is only for frames or workers",
            ),
            // https://w3c.github.io/reporting/#queue-report
            Self::ReportOnlyWithoutEndpoint => Message::new(
                "the report-only policy has no endpoint",
                "browsers send no reports, so the policy has no effect",
                "set report_to to the name of an endpoint",
            ),
        }
    }
}

/// Collects the faults and lints of a configuration.
pub(super) type EmbeddingDiagnostics = Diagnostics<FaultKind, LintKind>;

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "embedding";
