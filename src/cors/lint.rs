use std::fmt;

use crate::config::Diagnostic;

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
    /// The setting `own_origins` without `enforce`.
    NothingEnforced,
    /// An origin of `diagnostics` that no rule covers.
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
