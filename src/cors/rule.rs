use std::time::Duration;

#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

use super::predicate::{OriginPredicate, Predicates};
#[cfg(feature = "serde")]
use crate::config::file::{self, is_default};
use crate::{
    config::add_texts,
    origin::{IntoOrigins, OriginSet, Origins},
};

/// Which origins may read responses, and what they may send.
///
/// A rule is plain data: nothing is looked at before [`CorsPolicy::new`] takes it and reports every
/// fault at once. A predicate lives in code alone, and is left out where rules are compared. Every
/// setter adds to what is there. Methods and names may be given as
/// [`http::Method`] and [`http::HeaderName`], or as text.
///
/// ```
/// use std::time::Duration;
/// use http::{Method, header::{CONTENT_TYPE, ETAG}};
/// use tower_cross_origin::cors::{CorsPolicy, Rule};
///
/// let policy = CorsPolicy::new(
///     Rule::for_origins(["https://app.example.com", "https://admin.example.com"])
///         .allow_credentials(true)
///         .allow_methods([Method::PUT, Method::DELETE])
///         .allow_headers([CONTENT_TYPE])
///         .expose_headers([ETAG])
///         .max_age(Duration::from_secs(600)),
/// )?;
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// With the feature `serde` a rule is read and written as [`CorsConfig`](crate::cors::CorsConfig) shows.
/// Of a shared set the patterns and the regular expressions are written, of predicates nothing. A
/// [`max_age`](Self::max_age) with a part of a second, which no policy takes, cannot be written.
///
/// [`CorsPolicy::new`]: crate::cors::CorsPolicy::new
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a rule does nothing before a `CorsPolicy` is made of it"]
pub struct Rule {
    pub(super) settings: RuleSettings,
    /// Origins that are shared with other rules and layers; then no origin is in the settings.
    pub(super) origin_set: Option<OriginSet>,
    pub(super) predicates: Predicates,
}

impl Rule {
    /// Replaces the name of the rule, which diagnostics, explanations and [`Decision::rule_name`] show, and by
    /// which [`CorsPolicy::with_origin`] finds the rule.
    ///
    /// A name has letters, digits, `-` and `_`, and no other rule of the policy has it.
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsPolicy, Rule};
    ///
    /// let rule = Rule::for_origins(["https://app.example.com/"]).name("app");
    /// let error = CorsPolicy::new(rule).unwrap_err();
    /// assert_eq!(error.faults()[0].setting(), "rules.app.origins[0]");
    /// ```
    ///
    /// [`Decision::rule_name`]: crate::cors::Decision::rule_name
    /// [`CorsPolicy::with_origin`]: crate::cors::CorsPolicy::with_origin
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Lets pages read what a request with the user's cookies, certificates or HTTP authentication
    /// was answered. <https://fetch.spec.whatwg.org/#http-access-control-allow-credentials>
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"]).allow_credentials(true);
    /// ```
    pub fn allow_credentials(mut self, allow: bool) -> Self {
        self.settings.allow_credentials = allow;
        self
    }

    /// Lets pages use these methods, beside `GET`, `HEAD` and `POST`, which always pass.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "PUT", "PATCH", "CHICKEN"   permitted
    /// // "GET", "HEAD", "POST"       permitted, without need: every page may use them
    /// // "patch"                     permitted, and another method than "PATCH"
    /// // "put"                       prohibited: browsers send "PUT"
    /// // "CONNECT", "TRACE", "TRACK" prohibited: no page can use them
    /// // "*"                         permitted: the same as `allow_any_method()`
    /// let rule = Rule::for_any_origin().allow_methods([http::Method::PUT]).allow_methods(["CHICKEN"]);
    /// ```
    pub fn allow_methods<I>(mut self, methods: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.allow_methods, methods);
        self
    }

    /// Lets pages use every method.
    ///
    /// Answered with `*`, or, with credentials, with the method that the page asks for.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().allow_any_method();
    /// ```
    pub fn allow_any_method(self) -> Self {
        self.allow_methods([ANY])
    }

    /// Lets pages set these request headers, beside those that need no preflight.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "content-type"              permitted: for values such as "application/json"
    /// // "Authorization"             permitted
    /// // "accept-language"           permitted, without need: hardly any value needs a preflight
    /// // "cookie", "sec-fetch-site"  prohibited: no page can set them
    /// // "access-control-allow-..."  prohibited: a response header
    /// // "x header"                  prohibited: not a token
    /// // "*"                         permitted: the same as `allow_any_header()`
    /// let rule = Rule::for_any_origin().allow_headers(["content-type", "authorization"]);
    /// ```
    pub fn allow_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.allow_headers, names);
        self
    }

    /// Lets pages set every request header but `Authorization`, which is always named explicitly.
    ///
    /// Answered with `*`, or, with credentials, with the names that the page asks for.
    /// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
    ///
    /// Chromium, Firefox and Safari let a `*` that they are answered cover `Authorization` all the same
    /// (<https://github.com/whatwg/fetch/issues/1919>); here a preflight that asks for it is refused
    /// unless it is named.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().allow_any_header();
    /// let with_tokens = rule.allow_headers([http::header::AUTHORIZATION]);
    /// ```
    pub fn allow_any_header(self) -> Self {
        self.allow_headers([ANY])
    }

    /// Lets pages read these response headers, beside the seven that every page may read.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "etag", "x-request-id"      permitted
    /// // "content-type"              permitted, without need: every page may read it
    /// // "set-cookie"                prohibited: no page can read it
    /// // "*"                         permitted without credentials: the same as `expose_any_header()`
    /// let rule = Rule::for_any_origin().expose_headers(["etag", "x-request-id"]);
    /// ```
    pub fn expose_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.expose_headers, names);
        self
    }

    /// Lets pages read every response header. With credentials this is a fault: browsers then take
    /// `*` for a name. <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().expose_any_header();
    /// ```
    pub fn expose_any_header(self) -> Self {
        self.expose_headers([ANY])
    }

    /// For how long a browser may keep a preflight's answer; 5 seconds where this is not set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_cross_origin::cors::Rule;
    /// // Duration::from_secs(600)      permitted: what WebKit keeps at most
    /// // Duration::from_secs(7200)     permitted: what Chromium keeps at most
    /// // Duration::ZERO                permitted: every request is preflighted
    /// // Duration::from_millis(1500)   prohibited: the header counts whole seconds
    /// // Duration::from_secs(86_401)   prohibited: no browser keeps it for longer than a day
    /// let rule = Rule::for_any_origin().max_age(Duration::from_secs(600));
    /// ```
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.settings.max_age = Some(max_age);
        self
    }
}

/// The origins of a rule.
impl Rule {
    /// A rule for pages of these origins.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "https://example.com"       permitted
    /// // "https://*.example.com"     permitted: every subdomain, but not https://example.com
    /// // "http://localhost:*"        permitted: every port
    /// // "http://localhost:3000"     permitted
    /// // "*"                         permitted alone: the same as `Rule::for_any_origin()`
    /// // "https://example.com/"      prohibited: browsers send an origin without a path
    /// // "https://example.com:443"   prohibited: browsers omit the default port
    /// // "example.com"               prohibited: the origin has no scheme
    /// // "null"                      prohibited: see `dangerously_allow_null_origin`
    /// let rule = Rule::for_origins(["https://example.com", "http://localhost:3000"]);
    /// ```
    ///
    /// All forms: [`OriginPattern`](crate::origin::OriginPattern).
    ///
    /// An [`OriginSet`] can be shared with other rules and layers:
    ///
    /// ```
    /// use tower_cross_origin::{cors::Rule, origin::OriginSet};
    ///
    /// let partners: OriginSet = "https://a.example, https://*.b.example".parse()?;
    /// let rule = Rule::for_origins(&partners);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_origins(origins: impl IntoOrigins) -> Self {
        Self::default().add_origins(origins)
    }

    /// Adds origins to those of the rule, for example to those of a preset.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_loopback_origins().add_origins(["https://inspector.example"]);
    /// # CorsPolicy::new(rule)?;
    /// // Rule::for_any_origin().add_origins([..])   prohibited: it covers them already
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// A set that is shared with other rules stays unchanged: the rule then has a set of its own.
    pub fn add_origins(mut self, origins: impl IntoOrigins) -> Self {
        match (origins.into_origins(), self.origin_set.take()) {
            (Origins::Set(set), None) if self.settings.origins.is_empty() => {
                self.origin_set = Some(set);
            }
            (Origins::Set(set), Some(own)) => self.origin_set = Some(own.union(&set)),
            (Origins::Set(set), None) => self.add_members(&set),
            (Origins::Texts(texts), own) => {
                if let Some(own) = own {
                    self.add_members(&own);
                }
                self.settings.origins.extend(texts);
            }
        }
        self
    }

    /// A rule for every page there is: what anyone with `curl` may read anyhow.
    ///
    /// It is answered with `*` and cannot have credentials. Do not use it for what is protected by
    /// the network alone: a page in a visitor's browser is inside that network.
    /// <https://fetch.spec.whatwg.org/#basic-safe-cors-protocol-setup>
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(Rule::for_any_origin().expose_headers(["etag"]))?;
    /// assert!(CorsPolicy::new(Rule::for_any_origin().allow_credentials(true)).is_err());
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn for_any_origin() -> Self {
        Self::for_origins([ANY])
    }

    /// A rule for pages of the origins that `predicate` says yes to.
    ///
    /// ```
    /// use tower_cross_origin::cors::{OriginPredicate, Rule};
    ///
    /// let rule = Rule::for_origins_where(OriginPredicate::new(|origin, _head| {
    ///     origin.scheme() == Some("https") && origin.port() == Some(8443)
    /// }));
    /// ```
    pub fn for_origins_where(predicate: OriginPredicate) -> Self {
        Self::default().add_origin_predicate(predicate)
    }

    /// Covers, beside the others, the origins that `predicate` says yes to.
    ///
    /// It is asked about origins that the rest of the rule does not cover: well-formed ones, never
    /// `null`, and with credentials no insecure one unless
    /// [`dangerously_allow_insecure_origins`](Self::dangerously_allow_insecure_origins) is set.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{OriginPredicate, Rule};
    /// let rule = Rule::for_origins(["https://app.example.com"])
    ///     .add_origin_predicate(OriginPredicate::new(|origin, _head| origin.scheme() == Some("capacitor")));
    /// ```
    pub fn add_origin_predicate(mut self, predicate: OriginPredicate) -> Self {
        self.predicates.push(predicate);
        self
    }

    /// Covers the origin `null` too.
    ///
    /// Any page can become `null` by opening a sandboxed frame, so that this is nearly every page
    /// there is; it cannot have credentials. Needed for pages loaded from files.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"]).dangerously_allow_null_origin(true);
    /// ```
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_null_origin = allow;
        self
    }

    /// Takes `http:` origins with credentials. Whoever sits between such a page and its user can put
    /// script into it and read everything that the rule lets the page read.
    ///
    /// Not needed for `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["http://intranet.example"])
    ///     .allow_credentials(true)
    ///     .dangerously_allow_insecure_origins(true);
    /// ```
    pub fn dangerously_allow_insecure_origins(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_insecure_origins = allow;
        self
    }

    /// Takes `https://*.example` with credentials where anyone can register a name below `example`: at
    /// a registry, as below `com` and `co.uk`, or at a hoster, as below `github.io`. Everyone who does
    /// reads everything that the rule lets pages read.
    ///
    /// Such names are those of the [Public Suffix List], of which each release of this crate contains the
    /// version of its time: this one that of 2026-11-05. A newer list can add a fault to a configuration,
    /// or remove one; it never changes the response to a request. A domain that is not a suffix and has
    /// one below, such as `amazonaws.com` with `s3.amazonaws.com`, is treated like any other.
    ///
    /// Without the feature `public-suffix` there is no list, and every pattern for subdomains needs this
    /// setting beside credentials.
    ///
    /// [Public Suffix List]: https://publicsuffix.org/
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://*.our-hosting.example"])
    ///     .allow_credentials(true)
    ///     .dangerously_allow_public_suffixes(true);
    /// ```
    pub fn dangerously_allow_public_suffixes(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_public_suffixes = allow;
        self
    }
}

/// Origins by regular expressions.
impl Rule {
    /// Creates a rule for pages of the origins that one of `regexes` matches. Without the feature `regex`, each
    /// expression is a fault.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // r"https://pr-[0-9]+\.preview\.example\.com"   permitted
    /// // r"https://(app|admin)\.example\.com"          permitted, and better as two origins
    /// // r"https://[a-z]+.example.com"                 permitted, with lints: its dots are any character
    /// // r"example\.com"                               permitted, with a lint: it matches no origin, since
    /// //                                               an expression is always matched whole
    /// // r"https://(a\.example"                        prohibited: not a regular expression
    /// // r"https://\p{L}+\.example"                    prohibited: origins are ASCII
    /// let rule = Rule::for_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"]);
    /// ```
    ///
    /// The syntax is that of the crate [`regex`](https://docs.rs/regex/latest/regex/#syntax), without
    /// Unicode. An expression is asked about well-formed origins alone, never about `null`.
    pub fn for_origin_regexes<I>(regexes: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::default().add_origin_regexes(regexes)
    }

    /// Covers, beside the others, the origins that one of `regexes` matches.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"])
    ///     .add_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"]);
    /// ```
    pub fn add_origin_regexes<I>(mut self, regexes: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.origin_regexes, regexes);
        self
    }
}

impl Rule {
    /// Adds the members of a set as texts.
    fn add_members(&mut self, set: &OriginSet) {
        add_texts(&mut self.settings.origin_regexes, set.regexes());
        add_texts(&mut self.settings.origins, set.patterns().map(|(text, _)| text));
    }

    /// Returns the rule as diagnostics write it: `rules[0]`, or `rules.app` if it has a name.
    pub(super) fn path(&self, index: usize) -> String {
        match &self.settings.name {
            Some(name) => format!("rules.{name}"),
            None => format!("rules[{index}]"),
        }
    }

    pub(super) fn is_for_any_origin(&self) -> bool {
        let Self { settings, origin_set, predicates } = self;
        settings.origins == [ANY]
            && settings.origin_regexes.is_empty()
            && origin_set.is_none()
            && predicates.is_empty()
    }

    pub(super) fn names_no_origin(&self) -> bool {
        let Self { settings, origin_set, predicates } = self;
        settings.origins.is_empty()
            && settings.origin_regexes.is_empty()
            && origin_set.as_ref().is_none_or(OriginSet::is_empty)
            && predicates.is_empty()
    }
}

// The settings of a rule that a file has, each under its key. The descriptions are those of the schema.
/// Which origins may read responses, and what they may send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(super) struct RuleSettings {
    /// The rule's name in messages and metrics: letters, digits, `-` and `_`. No other rule has it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "text", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "name_schema"))]
    pub(super) name: Option<String>,
    /// Origins and patterns of them: `https://app.example.com`, `https://*.example.org` for every
    /// subdomain, `http://localhost:*` for every port; or `*` alone, for every origin.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::origin_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origins: Vec<String>,
    /// Regular expressions of further origins, always matched whole, such as
    /// `https://pr-[0-9]+\.preview\.example\.com`. They need the feature `regex`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::regex_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origin_regexes: Vec<String>,
    /// Whether pages may read what a request with the user's cookies, certificates or HTTP
    /// authentication was answered.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) allow_credentials: bool,
    /// The methods that pages may use beside GET, HEAD and POST; or `*`, for every method.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::method_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) allow_methods: Vec<String>,
    /// The request headers that pages may set beside those that need no preflight; or `*`, for every
    /// one but `authorization`, which is always named.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::header_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) allow_headers: Vec<String>,
    /// The response headers that pages may read beside the seven that every page may read; or `*`,
    /// without credentials, for every one.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::header_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) expose_headers: Vec<String>,
    /// For how many seconds a browser may keep a preflight's answer. 0: every request is preflighted.
    /// Absent: for 5 seconds, as browsers do by themselves.
    #[cfg_attr(
        feature = "serde",
        serde(with = "whole_seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "max_age_schema"))]
    pub(super) max_age: Option<Duration>,
    /// Covers the origin `null` too, which any page can make its own. Never with credentials.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_null_origin: bool,
    /// Takes `http:` origins of other machines with credentials: whoever sits between such a page and
    /// its user can act as that user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_insecure_origins: bool,
    /// Takes the subdomains of a public suffix, such as `https://*.github.io`, with credentials: anyone
    /// can register one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_public_suffixes: bool,
}

/// What a rule permits of origins that credentials make dangerous.
#[derive(Clone, Copy, Debug)]
pub(super) struct OriginRiskFlags {
    pub(super) credentials: bool,
    /// `dangerously_allow_insecure_origins`
    pub(super) insecure_origins: bool,
    /// `dangerously_allow_public_suffixes`
    pub(super) public_suffixes: bool,
}

impl From<&RuleSettings> for OriginRiskFlags {
    fn from(settings: &RuleSettings) -> Self {
        Self {
            credentials: settings.allow_credentials,
            insecure_origins: settings.dangerously_allow_insecure_origins,
            public_suffixes: settings.dangerously_allow_public_suffixes,
        }
    }
}

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = file::table(deserializer, "the settings of a rule, by key")?;
        Ok(Self { settings, ..Self::default() })
    }
}

/// # Errors
///
/// The format's own, and where `max_age` has a part of a second: a file has whole ones.
#[cfg(feature = "serde")]
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A predicate is a function, which a file cannot have.
        let Self { settings, origin_set, predicates: _ } = self;
        let Some(set) = origin_set else { return settings.serialize(serializer) };
        // A set keeps no order of patterns. A file has one, so that two files of the same set are equal.
        let mut origins: Vec<String> = set.patterns().map(|(text, _)| text.to_owned()).collect();
        origins.sort_unstable();
        let regexes = set.regexes().map(str::to_owned);
        let origin_regexes = regexes.chain(settings.origin_regexes.iter().cloned()).collect();
        RuleSettings { origins, origin_regexes, ..settings.clone() }.serialize(serializer)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Rule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        file::unwrapped(RuleSettings::json_schema(generator))
    }
}

/// A maximum age, as whole seconds in a file.
#[cfg(feature = "serde")]
mod whole_seconds {
    use super::{Deserializer, Duration, Error, Serialize, Serializer, file};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
    {
        match age {
            Some(age) if age.subsec_nanos() != 0 => Err(S::Error::custom(format_args!(
                "max_age is {age:?}, and a file has whole seconds"
            ))),
            age => age.map(|age| age.as_secs()).serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D>(deserializer: D) -> Result<Option<Duration>, D::Error>
    where
        D: Deserializer<'de>,
    {
        file::seconds(deserializer).map(|seconds| seconds.map(Duration::from_secs))
    }
}

/// Reads a text, and no null.
#[cfg(feature = "serde")]
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

#[cfg(feature = "schemars")]
fn name_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" })
}

#[cfg(feature = "schemars")]
fn max_age_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "integer", "minimum": 0, "maximum": crate::limits::MAX_AGE_SECONDS })
}

pub(super) const ANY: &str = "*";
