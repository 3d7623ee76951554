use std::fmt;

use crate::{
    config::{ConfigError, Diagnostic, Diagnostics},
    origin::{ExactOriginFault, MemberFault, OriginErrorKind, UNKNOWN_LIST},
};

/// A setting for which no policy is made.
pub type Fault = Diagnostic<FaultKind>;

impl Fault {
    /// Of a text that is not one origin.
    pub(super) fn of_exact(setting: String, text: &str, fault: ExactOriginFault) -> Self {
        match fault {
            ExactOriginFault::SeveralOrigins => Self::new(setting, text, FaultKind::NotOneOrigin),
            ExactOriginFault::Origin(error) => {
                Self::of_member(setting, text, &MemberFault::Origin(error))
            }
        }
    }

    /// Of a member of a list of origins.
    pub(super) fn of_member(setting: String, text: &str, fault: &MemberFault) -> Self {
        match fault {
            MemberFault::UnknownList => Self::new(setting, text, FaultKind::UnknownList),
            MemberFault::Origin(error) => Self::new(setting, text, FaultKind::Origin(error.kind()))
                .with_suggestion(error.suggestion()),
        }
    }
}

/// A configuration has faults; all of them are here.
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

/// What can be wrong with a setting; its `Display` says why, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// No header at all.
    NoHeaders,
    /// `noopener-allow-popups`, report-only.
    NoopenerReportOnly,
    /// A policy reports to an endpoint that there is not.
    UnknownEndpoint,
    /// An endpoint's name that is no key of a structured field.
    MalformedEndpointName,
    /// The same name twice.
    RepeatedEndpoint,
    /// An endpoint's address that browsers pass over, as it could be read on the way.
    InsecureEndpoint,
    /// An endpoint's address with an origin as no browser writes it.
    EndpointOrigin(OriginErrorKind),
    /// An endpoint's address with what no path has, such as a space, or with a fragment.
    MalformedEndpointPath,
    /// No origin for `Timing-Allow-Origin`.
    NoOrigins,
    /// An origin as no browser sends it.
    Origin(OriginErrorKind),
    /// `@partners`, where the configuration has no list of origins of that name.
    UnknownList,
    /// A pattern, where each origin is named.
    NotOneOrigin,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHeaders => "without a header the layer does nothing; leave it out instead",
            Self::NoopenerReportOnly => {
                "browsers do not report what this policy would do; enforce it, or report another"
            }
            Self::UnknownEndpoint => {
                "there is no endpoint of this name; add it by reporting_endpoint"
            }
            Self::MalformedEndpointName => {
                "a name has lower-case letters, digits, \"_\", \"-\", \".\" and \"*\", \
                 a letter or \"*\" first"
            }
            Self::RepeatedEndpoint => "there is an endpoint of this name already",
            Self::InsecureEndpoint => {
                "browsers report over https alone, or to the machine that they run on"
            }
            Self::EndpointOrigin(fault) | Self::Origin(fault) => return fault.fmt(f),
            Self::MalformedEndpointPath => {
                "an address has only characters of a URL, others percent-encoded, and no fragment"
            }
            Self::UnknownList => UNKNOWN_LIST,
            Self::NoOrigins => "a list without origins lets nobody see; name one, or leave it out",
            Self::NotOneOrigin => "this stands for several origins; name each of them",
        })
    }
}

/// A setting that is legal, but without effect or probably not what was meant.
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

/// What is legal, but without effect or probably not meant; its `Display` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LintKind {
    /// An embedder policy without the opener policy `same-origin`.
    NotIsolated,
    /// A report-only policy that names no endpoint.
    ReportedToNobody,
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            // https://html.spec.whatwg.org/#obtain-coop
            Self::NotIsolated => {
                "a page is not crossOriginIsolated without the opener policy same-origin beside it; \
                 for frames and workers alone it is right"
            }
            // https://w3c.github.io/reporting/#queue-report
            Self::ReportedToNobody => "a report-only policy without report_to tells nobody",
        })
    }
}

/// Collects the faults and lints of a configuration.
pub(super) type EmbeddingDiagnostics = Diagnostics<FaultKind, LintKind>;

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "embedding";
