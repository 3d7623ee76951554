use std::convert::Infallible;

use super::host::HostPatternErrorKind;
use crate::{
    config::{ConfigError, Diagnostic, Diagnostics, Message, display_message},
    origin::OriginErrorKind,
    request::path::PathErrorKind,
};

/// A setting of a check that is an error.
pub type Fault = Diagnostic<FaultKind>;

/// The faults of all checks of a guard.
///
/// ```
/// use tower_cross_origin::guard::{Check, Csrf, FaultKind, HostCheck, HostPatternErrorKind};
/// # #[cfg(feature = "tower")] {
/// use tower_cross_origin::guard::GuardLayer;
///
/// let check = HostCheck::new(["https://api.example.com", "*"])
///     .and(Csrf::new().exempt_paths(["/hooks/payment", "hooks/refund"]));
/// let error = GuardLayer::new(check).unwrap_err();
/// let [scheme, everything, path] = error.faults() else { panic!("{error}") };
/// assert_eq!(scheme.setting(), "host.names[0]");
/// assert_eq!(scheme.value(), "https://api.example.com");
/// assert_eq!(scheme.kind(), &FaultKind::Host(HostPatternErrorKind::Scheme));
/// assert_eq!(
///     scheme.to_string(),
///     "host.names[0] = \"https://api.example.com\": the name has a scheme; \
///      a Host header has no scheme; remove the scheme; write \"api.example.com\"",
/// );
/// assert_eq!(everything.setting(), "host.names[1]");
/// assert_eq!(path.setting(), "csrf.exempt_paths[1]");
/// # }
/// ```
pub type GuardConfigError = ConfigError<FaultKind>;

/// The kind of a [`Fault`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// A [`HostCheck`](super::HostCheck) without any name.
    NoHosts,
    /// An invalid origin.
    Origin(OriginErrorKind),
    /// `*` as a trusted origin.
    AnyOriginTrusted,
    /// A trusted `http:` origin of another machine.
    InsecureOriginTrusted,
    /// A trusted regular expression that matches an `http:` origin of another machine.
    InsecureOriginRegexTrusted {
        /// An origin that the expression matches.
        matches: String,
    },
    /// Trusted subdomains of a public suffix.
    PublicSuffixTrusted,
    /// Trusted subdomains, in a program without the feature `public-suffix`.
    UnknownSuffixTrusted,
    /// A trusted pattern or regular expression that matches many domains and addresses.
    ManyDomainsTrusted {
        /// An origin that matches.
        matches: String,
    },
    /// A trusted regular expression that is too complex to analyze.
    RegexTooComplexTrusted,
    /// An invalid name of a host.
    Host(HostPatternErrorKind),
    /// An invalid or ambiguous path.
    Path(PathErrorKind),
}

impl FaultKind {
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::NoHosts => Message::new(
                "the list of host names is empty",
                "the guard would deny every request",
                "list the names under which clients reach the service, or allow loopback names",
            ),
            Self::Origin(kind) => kind.message(),
            Self::AnyOriginTrusted => Message::new(
                "every origin cannot be trusted",
                "any website could act as the logged-in user",
                "list the origins, or set dangerously_allow_credentials_for_any_origin = true",
            ),
            Self::InsecureOriginTrusted => Message::new(
                "the trusted origin uses plain HTTP",
                "a network attacker can change such a page and act as the user",
                "use https, or set dangerously_allow_insecure_origins = true",
            ),
            Self::InsecureOriginRegexTrusted { matches } => Message::new(
                format!("the trusted expression matches {matches}"),
                "a network attacker can change a plain HTTP page and act as the user",
                "match only https, or set dangerously_allow_insecure_origins = true",
            ),
            Self::PublicSuffixTrusted => Message::new(
                "the trusted pattern matches the subdomains of a public suffix",
                "anyone can register such a subdomain and act as the user",
                "list the domains, or set dangerously_allow_public_suffixes = true",
            ),
            Self::UnknownSuffixTrusted => Message::new(
                "the trusted domain may be a public suffix",
                "anyone may be able to register a subdomain of the domain",
                "list the domains, or set dangerously_allow_public_suffixes = true",
            ),
            Self::ManyDomainsTrusted { matches } => Message::new(
                format!("the trusted value matches {matches} and other domains"),
                "websites of others could act as the user",
                "name the domains, or set dangerously_allow_credentials_for_any_origin = true",
            ),
            Self::RegexTooComplexTrusted => Message::new(
                "the trusted expression is too complex to analyze",
                "the server cannot detect that websites of others match and act as the user",
                "simplify or split the expression, or list the origins",
            ),
            Self::Host(kind) => kind.message(),
            Self::Path(kind) => kind.message(),
        }
    }
}

display_message!(FaultKind);

/// Returns the error with these faults, if there are any.
#[cfg(feature = "tower")]
pub(crate) fn check_faults(faults: Vec<Fault>) -> Result<(), GuardConfigError> {
    let mut diagnostics = Diagnostics::<FaultKind, Infallible>::default();
    for fault in faults {
        diagnostics.fault(fault);
    }
    diagnostics.check("guard")
}
