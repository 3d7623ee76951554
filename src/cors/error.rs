//! What can be wrong with a configuration.

use std::fmt;

use crate::{
    config::{ConfigError, Diagnostic, Diagnostics},
    limits::MAX_AGE_SECONDS,
    origin::{OriginErrorKind, OriginPatternError, OriginRegexErrorKind, UNKNOWN_LIST},
};

/// A setting for which no policy is made.
pub type Fault = Diagnostic<FaultKind>;

impl Fault {
    /// Of a text that is no origin and no pattern.
    pub(super) fn of_origin(
        setting: impl Into<String>,
        text: &str,
        error: &OriginPatternError,
    ) -> Self {
        let kind = FaultKind::Origin(error.kind());
        Self::new(setting, text, kind).with_suggestion(error.suggestion())
    }
}

/// A configuration has faults; all of them are here.
pub type CorsConfigError = ConfigError<FaultKind>;

/// What can be wrong with a setting; its `Display` says why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A configuration without rules.
    NoRules,
    /// A rule's name that has other characters than letters, digits, `-` and `_`.
    MalformedRuleName,
    /// A rule's name that another rule has.
    RepeatedRuleName,
    /// A rule that covers no origin.
    NoOrigins,
    /// An origin as no browser sends it.
    Origin(OriginErrorKind),
    /// `@partners`, where the configuration has no list of origins of that name.
    UnknownList,
    /// A regular expression that cannot be taken.
    OriginRegex {
        /// What is wrong with it.
        fault: OriginRegexErrorKind,
        /// What exactly, where that does not say it all.
        help: Option<String>,
    },
    /// A regular expression, in a program without the feature `regex`.
    OriginRegexWithoutFeature,
    /// `*` with credentials.
    AnyOriginWithCredentials,
    /// `null` with credentials.
    NullOriginWithCredentials,
    /// An `http:` origin of another machine, with credentials.
    InsecureOriginWithCredentials,
    /// A regular expression that covers such an origin, with credentials.
    InsecureOriginRegexWithCredentials {
        /// One of them.
        admits: String,
    },
    /// Subdomains of a public suffix, with credentials.
    PublicSuffixWithCredentials,
    /// Subdomains, with credentials, where nothing tells whether they are those of a public suffix.
    UnknownSuffixWithCredentials,
    /// A method that is no token.
    MalformedMethod,
    /// `CONNECT`, `TRACE` or `TRACK`.
    ForbiddenMethod,
    /// `put` for `PUT`, and its like.
    UnnormalizedMethod,
    /// A header's name that is no token.
    MalformedHeaderName,
    /// A request header that no page can set.
    ForbiddenRequestHeader,
    /// A CORS response header among the request headers.
    ResponseHeaderAsRequestHeader,
    /// `Set-Cookie` or `Set-Cookie2`, which no page can read.
    ForbiddenResponseHeader,
    /// A CORS request header among the exposed response headers.
    RequestHeaderAsResponseHeader,
    /// Every response header exposed, with credentials.
    AnyResponseHeaderWithCredentials,
    /// A part of a second.
    FractionalMaxAge,
    /// More than [`MAX_AGE_SECONDS`].
    MaxAgeTooLong,
    /// A preflight's status that browsers take for a failure.
    PreflightStatusNotOk,
    /// A pattern, where each origin is named.
    NotOneOrigin,
    /// `*` among the origins of `debug_origins`.
    AnyOriginDiagnosed,
    /// A rule to be changed that is not there.
    NoSuchRule {
        /// How many rules there are.
        rules: usize,
    },
    /// No rule has the name of the rule to be changed.
    NoRuleOfThisName,
    /// An origin to be added to a rule for any origin, or to be taken out of it.
    AnyOriginCovered,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRules => {
                "without a rule no page may read anything; leave the layer out instead"
            }
            Self::MalformedRuleName => "a rule's name has only letters, digits, \"-\" and \"_\"",
            Self::RepeatedRuleName => "another rule has this name; give each rule its own",
            Self::NoOrigins => "a rule without an origin never applies; name one, or \"*\" alone",
            Self::Origin(fault) => return fault.fmt(f),
            Self::UnknownList => UNKNOWN_LIST,
            Self::OriginRegex { fault, help: None } => return fault.fmt(f),
            Self::OriginRegex { fault, help: Some(help) } => {
                return write!(f, "{fault}: {help}");
            }
            Self::OriginRegexWithoutFeature => {
                "this program reads no regular expressions: it is built without the feature `regex` of \
                 tower-cross-origin; build it with that, or name the origins"
            }
            Self::AnyOriginWithCredentials => {
                "every page there is would act as the user who looks at it; name the origins"
            }
            Self::NullOriginWithCredentials => {
                "any page can become \"null\", and would act as the user who looks at it; \
                 give \"null\" a rule of its own, without credentials"
            }
            Self::InsecureOriginWithCredentials => {
                "whoever sits between such a page and its user can act as that user; \
                 if that is meant, set dangerously_allow_insecure_origins"
            }
            Self::InsecureOriginRegexWithCredentials { admits } => {
                return write!(
                    f,
                    "it covers {admits}, and whoever sits between such a page and its user can act as \
                     that user; if that is meant, set dangerously_allow_insecure_origins"
                );
            }
            Self::PublicSuffixWithCredentials => {
                "anyone can register a name there, and would act as the user who looks at it; \
                 if that is meant, set dangerously_allow_public_suffixes"
            }
            Self::UnknownSuffixWithCredentials => {
                "without the feature `public-suffix` nothing here tells whether anyone can register \
                 a name there; if nobody can, set dangerously_allow_public_suffixes"
            }
            Self::MalformedMethod => {
                "a method is a token, such as PUT, and each stands in a text of its own"
            }
            Self::ForbiddenMethod => "no page can use this method",
            Self::UnnormalizedMethod => {
                "browsers send this method in upper case, and compare it with case"
            }
            Self::MalformedHeaderName => {
                "a header's name is a token, such as x-request-id, and each stands in a text of its own"
            }
            Self::ForbiddenRequestHeader => {
                "no page can set this header: browsers set it themselves"
            }
            Self::ResponseHeaderAsRequestHeader => "this is a response header",
            Self::ForbiddenResponseHeader => "no page can read this header",
            Self::RequestHeaderAsResponseHeader => "this is a request header",
            Self::AnyResponseHeaderWithCredentials => {
                "with credentials browsers take \"*\" for the name of a header; name the headers"
            }
            Self::FractionalMaxAge => "the header counts whole seconds",
            Self::MaxAgeTooLong => {
                return write!(f, "no browser keeps an answer for over {MAX_AGE_SECONDS} seconds");
            }
            Self::PreflightStatusNotOk => {
                "browsers take only 200 to 299 for the answer to a preflight; 204 is usual"
            }
            Self::NotOneOrigin => "this stands for several origins; name each of them",
            Self::AnyOriginDiagnosed => {
                "to tell every page that a rule covers, write debug_origins = \"all\""
            }
            Self::NoRuleOfThisName => "no rule has this name",
            Self::NoSuchRule { rules: 0 } => "the policy has no rule; make one that has",
            Self::NoSuchRule { rules: 1 } => "there is one rule, and its number is 0",
            Self::NoSuchRule { rules } => {
                return write!(f, "there are {rules} rules, and the first one's number is 0");
            }
            Self::AnyOriginCovered => {
                "the rule is for any origin, whatever else it would name; \
                 put a policy in its place whose rule names the origins"
            }
        })
    }
}

/// A setting that is legal, but without effect or probably not what was meant.
///
/// ```
/// use tower_cross_origin::cors::{CorsPolicy, LintKind, Rule};
///
/// let policy = CorsPolicy::new(Rule::for_any_origin().allow_methods(["POST", "patch"]))?;
/// let kinds: Vec<&LintKind> = policy.lints().iter().map(|lint| lint.kind()).collect();
/// assert_eq!(kinds, [&LintKind::SafelistedMethod, &LintKind::LowerCaseMethod]);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
pub type Lint = Diagnostic<LintKind>;

/// What is legal, but without effect or probably not meant; its `Display` says why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// The same origin twice in a rule.
    RepeatedOrigin,
    /// An origin or a pattern that another pattern of the rule covers.
    CoveredOrigin,
    /// A host with a label that begins with `xn--` and is the A-label of nothing.
    MalformedALabel,
    /// Subdomains of a public suffix, without credentials.
    PublicSuffix,
    /// A regular expression with a dot, in the place of a dot, that is any character.
    UnescapedDot {
        /// An origin that it covers by that.
        admits: String,
    },
    /// A regular expression that covers another registrable domain than it names.
    OtherDomain {
        /// An origin there.
        admits: String,
    },
    /// A regular expression that stands for too much to be looked through.
    IntricateRegex,
    /// A regular expression that covers no origin that could be found.
    NoOriginMatches,
    /// An origin of an earlier rule, which decides alone.
    ShadowedOrigin,
    /// A rule all of whose origins earlier rules have.
    ShadowedRule,
    /// An origin of the user's own machine, with credentials.
    LoopbackOriginWithCredentials,
    /// The setting `dangerously_allow_null_origin` beside `*`.
    NullBesideAnyOrigin,
    /// The setting `dangerously_allow_insecure_origins` where nothing needs it.
    NoInsecureOrigin,
    /// The setting `dangerously_allow_public_suffixes` where nothing needs it.
    NoPublicSuffix,
    /// The same method twice in a rule.
    RepeatedMethod,
    /// `GET`, `HEAD` or `POST`.
    SafelistedMethod,
    /// `patch`, which is not `PATCH`, and its like.
    LowerCaseMethod,
    /// The same header twice in a rule.
    RepeatedHeader,
    /// A method or a header beside `*`, which covers it.
    CoveredByAny,
    /// A request header that pages may set without asking.
    SafelistedRequestHeader,
    /// A response header that pages may read anyhow.
    SafelistedResponseHeader,
    /// More than some browser keeps a preflight's answer.
    MaxAgeAboveCap,
    /// The setting `service_origins` without `enforce`.
    NothingEnforced,
    /// An origin of `debug_origins` that no rule covers.
    NeverTold,
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RepeatedOrigin => "the rule has this origin already",
            Self::CoveredOrigin => "another pattern of the rule covers it already",
            Self::MalformedALabel => {
                "no browser sends a host like this: what begins with \"xn--\" is no A-label"
            }
            Self::PublicSuffix => "anyone can register a name there",
            Self::UnescapedDot { admits } => {
                return write!(
                    f,
                    "a dot without a backslash is any character: it covers {admits} too"
                );
            }
            Self::OtherDomain { admits } => {
                return write!(f, "it covers another domain than it names: {admits}");
            }
            Self::IntricateRegex => {
                "it stands for too much to be looked through: whether it covers more than is meant \
                 was not told"
            }
            Self::NoOriginMatches => {
                "no origin was found that it matches; it has to match a whole one, such as \
                 https://app.example.com:8443"
            }
            Self::ShadowedOrigin => "an earlier rule covers this origin, and the first one decides",
            Self::ShadowedRule => {
                "earlier rules cover every origin of this one, which therefore never applies"
            }
            Self::LoopbackOriginWithCredentials => {
                "any program on a user's machine can serve this origin; \
                 meant for development, leave it out in production"
            }
            Self::NullBesideAnyOrigin => "\"*\" covers \"null\" already",
            Self::NoInsecureOrigin => "the rule has no origin that needs this setting",
            Self::NoPublicSuffix => "the rule has no pattern that needs this setting",
            Self::RepeatedMethod => "the rule has this method already",
            Self::SafelistedMethod => "every page may use this method without asking",
            Self::LowerCaseMethod => {
                "methods are compared with case: only a page that writes it so can use it"
            }
            Self::RepeatedHeader => "the rule has this header already",
            Self::CoveredByAny => "\"*\" covers it already",
            Self::SafelistedRequestHeader => {
                "pages may set this header without asking, but for values over 128 bytes or with \
                 unsafe bytes"
            }
            Self::SafelistedResponseHeader => "every page may read this header",
            Self::MaxAgeAboveCap => {
                "browsers keep answers for less: WebKit 600 seconds, Chromium 7200, Firefox 86400"
            }
            Self::NothingEnforced => "without enforce = true it has no effect",
            Self::NeverTold => "no rule covers this origin, and a refused origin is told nothing",
        })
    }
}

/// Collects the faults and lints of a configuration.
pub(super) type CorsDiagnostics = Diagnostics<FaultKind, LintKind>;

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "CORS";
