//! Faults and lints of a CORS configuration.

use crate::{
    config::{ConfigError, Diagnostic, Diagnostics, Message, UnknownKey, display_message},
    limits::{LISTED_NAMES, MAX_AGE_SECONDS, POLICY_REGEXES, RULES},
    origin::{OriginErrorKind, OriginPatternError, OriginRegexErrorKind},
    request::path::PathErrorKind,
};

/// A setting that is an error.
pub type Fault = Diagnostic<FaultKind>;

impl Fault {
    /// Creates the fault of a text that is neither an origin nor a pattern.
    pub(super) fn from_origin_error(
        setting: impl Into<String>,
        text: &str,
        error: &OriginPatternError,
    ) -> Self {
        let kind = FaultKind::Origin(error.kind());
        Self::new(setting, text, kind).with_suggestion(error.suggestion())
    }
}

/// All faults of a configuration.
pub type CorsConfigError = ConfigError<FaultKind>;

/// The kind of a [`Fault`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A key of a file that is not a setting of its section.
    UnknownKey(UnknownKey),
    /// A configuration without rules.
    NoRules,
    /// More rules than [`RULES`].
    TooManyRules,
    /// An invalid or ambiguous path of a rule or of `not_handled`.
    Path(PathErrorKind),
    /// A rule with an empty list of paths.
    NoPaths,
    /// An additional public suffix that is not a domain in the form that browsers send.
    MalformedPublicSuffix,
    /// A rule's name with other characters than letters, digits, `-` and `_`.
    MalformedRuleName,
    /// A rule's name that another rule has.
    RepeatedRuleName,
    /// A rule that matches no origin.
    NoOrigins,
    /// An invalid origin or pattern.
    Origin(OriginErrorKind),
    /// `*` in a list with other origins.
    AnyOriginNextToOthers,
    /// `@partners`, where the configuration has no list of origins with the name.
    UnknownList,
    /// More origins from named lists than [`NAMED_ORIGINS`](crate::limits::NAMED_ORIGINS).
    TooManyNamedOrigins,
    /// More regular expressions in all rules than [`POLICY_REGEXES`].
    TooManyRegexes,
    /// More methods or headers in one list than [`LISTED_NAMES`].
    TooManyNames,
    /// An invalid regular expression.
    OriginRegex {
        /// The kind of error.
        fault: OriginRegexErrorKind,
        /// The position and the reason in words, where the kind alone is not enough.
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
    /// A regular expression that matches an `http:` origin of another machine, with credentials.
    InsecureOriginRegexWithCredentials {
        /// An origin that the expression matches.
        matches: String,
    },
    /// Subdomains of a public suffix, with credentials.
    PublicSuffixWithCredentials,
    /// Subdomains with credentials, in a program without the feature `public-suffix`.
    UnknownSuffixWithCredentials,
    /// A pattern or a regular expression that matches many domains and addresses, with credentials.
    ManyDomainsWithCredentials {
        /// An origin that matches.
        matches: String,
    },
    /// A regular expression that is too complex to analyze, with credentials.
    RegexTooComplexWithCredentials,
    /// `static_origin` in a rule that has other origins.
    StaticOriginNextToOthers,
    /// `static_origin` in a policy with several rules.
    StaticOriginWithOtherRules,
    /// `static_origin` together with `enforce`.
    StaticOriginWithEnforce,
    /// A preset that does not exist.
    UnknownPreset,
    /// A method that is not a token.
    MalformedMethod,
    /// `CONNECT`, `TRACE` or `TRACK`.
    ForbiddenMethod,
    /// A method such as `put`, which browsers send as `PUT`.
    UnnormalizedMethod,
    /// `*` inside a method, such as `P*`.
    WildcardInMethod,
    /// A header name that is not a token.
    MalformedHeaderName,
    /// `*` inside a header name, such as `auth*`. Only prefixes that end in `-*` match several names.
    WildcardInHeaderName,
    /// A request header that no page can set.
    ForbiddenRequestHeader,
    /// A CORS response header in the list of request headers.
    ResponseHeaderAsRequestHeader,
    /// `Set-Cookie` or `Set-Cookie2`, which no page can read.
    ForbiddenResponseHeader,
    /// A CORS request header in the list of exposed response headers.
    RequestHeaderAsResponseHeader,
    /// Every response header exposed, with credentials.
    AnyResponseHeaderWithCredentials,
    /// A time that is not a whole number of seconds.
    FractionalMaxAge,
    /// A time longer than [`MAX_AGE_SECONDS`].
    MaxAgeTooLong,
    /// A preflight status that browsers treat as a failure.
    PreflightStatusNotOk,
    /// A pattern, `*` or `null`, where each origin must be exact.
    NotSingleOrigin,
    /// A rule to change whose index is out of range.
    RuleIndexOutOfRange {
        /// The number of rules.
        rules: usize,
    },
    /// A rule to change whose name is unknown.
    UnknownRuleName,
    /// An origin to add or to remove, where the rule allows any origin.
    RuleForAnyOrigin,
    /// An origin to add or to remove, where the rule has a static origin.
    RuleWithStaticOrigin,
}

impl FaultKind {
    #[expect(clippy::too_many_lines, reason = "one table of all texts")]
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::UnknownKey(key) => key.message(),
            Self::NoRules => Message::new(
                "the list of rules is empty",
                "browsers then let no page of another origin read a response",
                "add a rule, or leave CORS out",
            ),
            Self::TooManyRules => Message::new(
                format!("the list has more than {RULES} rules"),
                "rules are compared in their order, so requests become slow",
                "list the origins of many tenants in one rule",
            ),
            Self::Path(kind) => kind.message(),
            Self::NoPaths => Message::new(
                "the rule has an empty list of paths",
                "a rule without paths never applies",
                "list at least one path, or leave paths out",
            ),
            Self::MalformedPublicSuffix => Message::new(
                "the public suffix is not a domain in lower case",
                "the text is compared with the domains of patterns",
                "write a domain without a scheme and a port, such as \"apps.example.com\"",
            ),
            Self::MalformedRuleName => Message::new(
                "the rule name has an invalid character",
                "logs and paths such as rules.partners identify the rule by the name",
                "use only letters, digits, \"-\" and \"_\"",
            ),
            Self::RepeatedRuleName => Message::new(
                "another rule has the same name",
                "logs and updates identify a rule by the name",
                "give each rule a different name",
            ),
            Self::NoOrigins => Message::new(
                "the rule has no origin",
                "a rule without origins never applies",
                "list at least one origin, or \"*\" alone",
            ),
            Self::Origin(kind) => kind.message(),
            Self::AnyOriginNextToOthers => Message::new(
                "\"*\" cannot be listed with other origins",
                "\"*\" already matches every origin",
                "list \"*\" alone or remove it",
            ),
            Self::UnknownList => Message::unknown_list(),
            Self::TooManyNamedOrigins => Message::too_many_named_origins(),
            Self::TooManyRegexes => Message::new(
                format!("the rules have more than {POLICY_REGEXES} regular expressions"),
                "each is compiled and analyzed, so the policy would take long to load",
                "list origins, or patterns such as \"https://*.example.com\"",
            ),
            Self::TooManyNames => Message::too_many(
                LISTED_NAMES,
                "names",
                "list fewer names, a prefix such as \"x-amz-*\" for headers, or \"*\"",
            ),
            Self::OriginRegex { fault, help } => fault.message(help.as_ref()),
            Self::OriginRegexWithoutFeature => Message::new(
                "the program does not support regular expressions",
                "the feature `regex` of tower-cross-origin is disabled",
                "rebuild the program with the feature, or list the origins",
            ),
            Self::AnyOriginWithCredentials => Message::new(
                "credentials cannot be allowed for every origin",
                "any website could act as the logged-in user",
                "list the allowed origins, or set \
                 dangerously_allow_credentials_for_any_origin = true",
            ),
            Self::NullOriginWithCredentials => Message::new(
                "credentials cannot be allowed for the origin \"null\"",
                "any website can create a page with the origin \"null\" and act as the user",
                "allow \"null\" in a separate rule without credentials",
            ),
            Self::InsecureOriginWithCredentials => Message::new(
                "the origin uses plain HTTP and the rule allows credentials",
                "a network attacker can change such a page and act as the user",
                "use https, or set dangerously_allow_insecure_origins = true",
            ),
            Self::InsecureOriginRegexWithCredentials { matches } => Message::new(
                format!("the expression matches {matches}, with credentials"),
                "a network attacker can change a plain HTTP page and act as the user",
                "match only https, or set dangerously_allow_insecure_origins = true",
            ),
            Self::PublicSuffixWithCredentials => Message::new(
                "the pattern matches the subdomains of a public suffix, with credentials",
                "anyone can register such a subdomain and act as the user",
                "list the domains, or set dangerously_allow_public_suffixes = true",
            ),
            Self::UnknownSuffixWithCredentials => Message::new(
                "the domain may be a public suffix",
                "without the feature `public-suffix` the program cannot detect that anyone can \
                 register a subdomain",
                "list the domains, or set dangerously_allow_public_suffixes = true",
            ),
            Self::ManyDomainsWithCredentials { matches } => Message::new(
                format!("the value matches {matches} and other domains, with credentials"),
                "websites of others could act as the user",
                "name the domains, or set dangerously_allow_credentials_for_any_origin = true",
            ),
            Self::RegexTooComplexWithCredentials => Message::new(
                "the expression is too complex to analyze, with credentials",
                "the server cannot detect that websites of others match and act as the user",
                "simplify or split the expression, or list the origins",
            ),
            Self::StaticOriginNextToOthers => Message::new(
                "a static origin cannot be combined with other origins",
                "each response contains one origin, which must not depend on the request",
                "remove the other origins, or list all of them in origins",
            ),
            Self::StaticOriginWithOtherRules => Message::new(
                "a rule with a static origin must be the only rule",
                "every response contains the static origin, so no other rule could apply",
                "remove the other rules, or list the origin in origins",
            ),
            Self::StaticOriginWithEnforce => Message::new(
                "a static origin cannot be combined with enforce",
                "the response to a request would then depend on the origin",
                "set enforce = false, or list the origin in origins",
            ),
            Self::UnknownPreset => Message::new(
                "the preset does not exist",
                "each preset contains the methods and headers of one client library",
                "correct the name, or list the headers",
            ),
            Self::MalformedMethod => Message::new(
                "the value is not a valid method",
                "browsers send a single token, such as PUT",
                "list each method as a separate string",
            ),
            Self::ForbiddenMethod => Message::new(
                "the method is forbidden",
                "browsers let no page send CONNECT, TRACE or TRACK",
                "remove the method",
            ),
            Self::UnnormalizedMethod => Message::new(
                "the method is not in upper case",
                "methods are case-sensitive, and browsers send upper case",
                "use upper case",
            ),
            Self::WildcardInMethod => Message::new(
                "\"*\" cannot be part of a method",
                "methods match only as a whole",
                "list each method, or use \"*\" alone for every method",
            ),
            Self::MalformedHeaderName => Message::new(
                "the value is not a valid header name",
                "a header name is a single token, such as x-request-id",
                "list each name as a separate string",
            ),
            Self::WildcardInHeaderName => Message::new(
                "\"*\" is not at the end of a prefix",
                "only a prefix that ends with \"-*\" matches several header names",
                "list each name, or use a prefix such as x-amz-*",
            ),
            Self::ForbiddenRequestHeader => Message::new(
                "the header is forbidden for pages",
                "browsers set the header and let no page change the value",
                "remove the header",
            ),
            Self::ResponseHeaderAsRequestHeader => Message::new(
                "the header is a CORS response header",
                "pages never send CORS response headers",
                "remove the header",
            ),
            Self::ForbiddenResponseHeader => Message::new(
                "the header cannot be exposed",
                "browsers hide Set-Cookie and Set-Cookie2 from every page",
                "remove the header",
            ),
            Self::RequestHeaderAsResponseHeader => Message::new(
                "the header is a CORS request header",
                "responses do not have the header",
                "remove the header",
            ),
            Self::AnyResponseHeaderWithCredentials => Message::new(
                "\"*\" cannot expose all headers with credentials",
                "browsers then treat \"*\" as the name of a header",
                "list the header names",
            ),
            Self::FractionalMaxAge => Message::new(
                "the time is not a whole number of seconds",
                "Access-Control-Max-Age counts seconds",
                "round the time to seconds",
            ),
            Self::MaxAgeTooLong => Message::new(
                format!("the time is longer than {MAX_AGE_SECONDS} seconds"),
                "no browser caches a preflight response for longer",
                "shorten the time",
            ),
            Self::PreflightStatusNotOk => Message::new(
                "the status is not a success",
                "browsers reject a preflight response with a status other than 200 to 299",
                "use a success status",
            ),
            Self::NotSingleOrigin => Message::not_single_origin(),
            Self::UnknownRuleName => Message::new(
                "no rule has the name",
                "only an existing rule can be changed",
                "use the name of a rule of the policy",
            ),
            Self::RuleIndexOutOfRange { rules } => rule_index_out_of_range(*rules),
            Self::RuleForAnyOrigin => Message::new(
                "the rule allows every origin",
                "adding or removing a single origin would have no effect",
                "replace the policy by one whose rule lists origins",
            ),
            Self::RuleWithStaticOrigin => Message::new(
                "the rule has a static origin",
                "each response contains one origin, which must not depend on the request",
                "replace the policy by one whose rule lists origins",
            ),
        }
    }
}

display_message!(FaultKind, LintKind);

fn rule_index_out_of_range(rules: usize) -> Message {
    let problem = "no rule has the index";
    match rules {
        0 => Message::new(problem, "the policy has no rules", "create a policy with a rule"),
        1 => Message::new(problem, "the policy has one rule", "use the index 0"),
        rules => {
            let last = rules - 1;
            let reason = format!("the policy has {rules} rules");
            Message::new(problem, reason, format!("use an index from 0 to {last}"))
        }
    }
}

/// A setting that is legal, but without effect or probably not intended.
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

/// The kind of a [`Lint`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// An origin that is listed twice.
    RepeatedOrigin,
    /// An origin or a pattern that another pattern of the rule matches.
    RedundantOrigin,
    /// A host with a label that begins with `xn--` but is not an A-label.
    MalformedALabel,
    /// Subdomains of a public suffix, without credentials.
    PublicSuffix,
    /// A regular expression with an unescaped dot in place of a dot.
    UnescapedDot {
        /// An origin that the expression matches because of the dot.
        matches: String,
    },
    /// A regular expression that also matches a registrable domain that is not written in it.
    OtherDomain {
        /// An origin of the other domain.
        matches: String,
    },
    /// A regular expression that is too complex to analyze.
    RegexTooComplex,
    /// A regular expression for which no matching origin was found.
    NoOriginMatches,
    /// An origin that an earlier rule matches.
    ShadowedOrigin,
    /// A rule whose origins are all matched by earlier rules.
    ShadowedRule,
    /// A rule that matches more origins at a path of an earlier rule.
    MoreOriginsAtPath {
        /// The path of the earlier rule.
        path: String,
        /// An origin that only this rule matches.
        matches: String,
    },
    /// An origin on the user's own machine, with a port and with credentials.
    LoopbackOriginWithCredentials,
    /// A loopback origin without a port, with credentials. Mobile and desktop applications have such origins.
    ApplicationOriginWithCredentials,
    /// The origin of every application of a framework, such as `tauri://localhost`, with credentials.
    FrameworkOriginWithCredentials,
    /// Subdomains of `.local`, with credentials.
    LocalNamesWithCredentials,
    /// Many hosts of a scheme without domains, such as `chrome-extension`, with credentials.
    OpenHostWithCredentials {
        /// An origin that matches.
        matches: String,
    },
    /// The setting `dangerously_allow_null_origin` in addition to `*`.
    NullNextToAnyOrigin,
    /// The setting `dangerously_allow_insecure_origins` in a rule that does not need it.
    NoInsecureOrigin,
    /// The setting `dangerously_allow_public_suffixes` in a rule that does not need it.
    NoPublicSuffix,
    /// The setting `dangerously_allow_credentials_for_any_origin` in a rule that does not need it.
    NoCredentialsForAnyOrigin,
    /// A preset that is listed twice.
    RepeatedPreset,
    /// A method or a header that a preset of the rule contains.
    ContainedInPreset,
    /// A method that is listed twice.
    RepeatedMethod,
    /// `GET`, `HEAD` or `POST`.
    SafelistedMethod,
    /// A method in lower case, such as `patch`, which is not `PATCH`.
    LowerCaseMethod,
    /// A header that is listed twice.
    RepeatedHeader,
    /// The prefix `x-*`, which matches most headers of applications.
    BroadHeaderPrefix,
    /// A prefix of headers that browsers and proxies use, such as `sec-*` and `proxy-*`.
    ReservedHeaderPrefix,
    /// A prefix that begins with another prefix of the list.
    RedundantHeaderPrefix,
    /// A method or a header in addition to `*`, which matches it.
    RedundantNextToAny,
    /// A request header that pages may set without a preflight.
    SafelistedRequestHeader,
    /// A response header that every page may read.
    SafelistedResponseHeader,
    /// A header of responses to preflights, which no page can read.
    PreflightResponseHeader,
    /// A time that is longer than some browser caches a preflight response.
    MaxAgeAboveCap,
    /// More lints or more comparisons than the [`limits`](crate::limits) allow. Lints are missing.
    Incomplete,
    /// The setting `service_origins` without `enforce`.
    ServiceOriginsWithoutEnforce,
    /// The setting `exempt_paths` without `enforce`.
    ExemptPathsWithoutEnforce,
}

impl LintKind {
    #[expect(clippy::too_many_lines, reason = "one table of all texts")]
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::RepeatedOrigin => Message::new(
                "the origin is listed twice",
                "the second entry has no effect",
                "remove one entry",
            ),
            Self::RedundantOrigin => Message::new(
                "another pattern of the rule matches the origin",
                "the entry has no effect",
                "remove the entry",
            ),
            Self::MalformedALabel => Message::new(
                "a label of the host begins with \"xn--\" but is not an A-label",
                "browsers never send such a host",
                "correct the label",
            ),
            Self::PublicSuffix => Message::new(
                "the pattern matches the subdomains of a public suffix",
                "anyone can register such a subdomain",
                "list the domains",
            ),
            Self::UnescapedDot { matches } => Message::new(
                "the expression has a dot without a backslash",
                format!("such a dot matches any character, so {matches} matches too"),
                "escape the dot",
            ),
            Self::OtherDomain { matches } => Message::new(
                "the expression matches a different domain",
                format!("pages of {matches} are allowed too"),
                "limit the expression to the intended domain",
            ),
            Self::RegexTooComplex => Message::new(
                "the expression is too complex to analyze",
                "the server cannot detect unintended matches",
                "simplify or split the expression",
            ),
            Self::NoOriginMatches => Message::new(
                "no origin was found that the expression matches",
                "the expression must match a whole origin, such as \
                 https://app.example.com:8443",
                "correct the expression",
            ),
            Self::ShadowedOrigin => Message::new(
                "an earlier rule matches the origin",
                "only the first matching rule applies",
                "remove the origin, or reorder the rules",
            ),
            Self::ShadowedRule => Message::new(
                "earlier rules match every origin of the rule",
                "the rule never applies",
                "remove the rule, or move the rule up",
            ),
            Self::MoreOriginsAtPath { path, matches } => Message::new(
                format!("the rule also allows {matches} at {path}"),
                "an earlier rule lists this path and does not allow the origin",
                "add paths to the rule, or allow the origin in the earlier rule",
            ),
            Self::LoopbackOriginWithCredentials => Message::new(
                "the origin is on the user's own machine and the rule allows credentials",
                "the origin is for development, since any program on the machine can serve it",
                "remove the origin in production",
            ),
            Self::ApplicationOriginWithCredentials => Message::new(
                "the origin is on the user's own machine and the rule allows credentials",
                "apps of Capacitor and Tauri also have it in production, and any local program can \
                 serve it",
                "keep it only for such an app",
            ),
            Self::FrameworkOriginWithCredentials => Message::new(
                "every app of the framework has the origin, with credentials",
                "an app of others can use the cookies that its own webview stores",
                "use tokens, or keep the origin if users sign in only in known apps",
            ),
            Self::LocalNamesWithCredentials => Message::new(
                "the value matches names below .local, with credentials",
                "every device of the network can take such a name and act as the user",
                "list the names of the devices",
            ),
            Self::OpenHostWithCredentials { matches } => Message::new(
                format!("the value matches {matches} and other hosts, with credentials"),
                "every extension or app with the scheme could act as the user",
                "name the hosts, such as the identifier of the extension",
            ),
            Self::NullNextToAnyOrigin => Message::new(
                "the setting has no effect",
                "\"*\" already matches \"null\"",
                "remove the setting",
            ),
            Self::NoInsecureOrigin => Message::new(
                "the setting has no effect",
                "the rule does not combine a plain HTTP origin with credentials",
                "remove the setting",
            ),
            Self::NoPublicSuffix => Message::new(
                "the setting has no effect",
                "the rule does not combine subdomains of a public suffix with credentials",
                "remove the setting",
            ),
            Self::NoCredentialsForAnyOrigin => Message::new(
                "the setting has no effect",
                "the rule does not combine many domains with credentials",
                "remove the setting",
            ),
            Self::RepeatedPreset => Message::new(
                "the preset is listed twice",
                "the second entry has no effect",
                "remove one entry",
            ),
            Self::ContainedInPreset => Message::new(
                "a preset of the rule contains the name",
                "the entry has no effect",
                "remove the entry",
            ),
            Self::RepeatedMethod => Message::new(
                "the method is listed twice",
                "the second entry has no effect",
                "remove one entry",
            ),
            Self::SafelistedMethod => Message::new(
                "the method needs no permission",
                "browsers let every page send GET, HEAD and POST",
                "remove the method",
            ),
            Self::LowerCaseMethod => Message::new(
                "the method has lower-case letters",
                "methods are case-sensitive, and the upper-case form does not match",
                "use upper case",
            ),
            Self::RepeatedHeader => Message::new(
                "the header is listed twice",
                "the second entry has no effect",
                "remove one entry",
            ),
            Self::BroadHeaderPrefix => Message::new(
                "the prefix matches most headers of applications",
                "headers that the service uses later match too",
                "use a longer prefix, such as x-amz-*, or list the names",
            ),
            Self::ReservedHeaderPrefix => Message::new(
                "the prefix belongs to headers of browsers, proxies and CORS",
                "pages cannot set such request headers, and rarely need such response headers",
                "remove the prefix, or list the names",
            ),
            Self::RedundantHeaderPrefix => Message::new(
                "a shorter prefix of the list matches the same names",
                "the entry has no effect",
                "remove one of the two prefixes",
            ),
            Self::RedundantNextToAny => Message::new(
                "\"*\" already matches the name",
                "the entry has no effect",
                "remove the entry",
            ),
            Self::SafelistedRequestHeader => Message::new(
                "the header usually needs no permission",
                "browsers let every page set the header, except to values over 128 bytes or with \
                 unsafe bytes",
                "remove the header unless pages send such values",
            ),
            Self::SafelistedResponseHeader => Message::new(
                "the header needs no permission",
                "browsers let every allowed page read the header",
                "remove the header",
            ),
            Self::PreflightResponseHeader => Message::new(
                "only responses to preflights have the header",
                "pages never see the response to a preflight, so the entry has no effect",
                "remove the header, or list the request headers in allow_headers",
            ),
            Self::MaxAgeAboveCap => Message::new(
                "the time is above the limit of some browsers",
                "WebKit caches a preflight response for 600 seconds, Chromium for 7200, Firefox \
                 for 86400",
                "use at most 600 for the same time in all browsers",
            ),
            Self::Incomplete => Message::incomplete_lints(),
            Self::ServiceOriginsWithoutEnforce => Message::new(
                "the setting has no effect",
                "only the setting enforce uses the service origins",
                "set enforce = true, or remove service_origins",
            ),
            Self::ExemptPathsWithoutEnforce => Message::new(
                "the setting has no effect",
                "only the setting enforce uses the exempt paths",
                "set enforce = true, or remove exempt_paths",
            ),
        }
    }
}

/// Collects the faults and lints of a configuration.
pub(super) type CorsDiagnostics = Diagnostics<FaultKind, LintKind>;

/// The configuration's name in messages.
pub(super) const SUBJECT: &str = "CORS";
