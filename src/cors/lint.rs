use std::fmt;

use super::Finding;

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
pub type Lint = Finding<LintKind>;

/// What is legal, but without effect or probably not meant; its `Display` says why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// The same origin twice in a rule.
    RepeatedOrigin,
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
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RepeatedOrigin => "the rule has this origin already",
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
        })
    }
}
