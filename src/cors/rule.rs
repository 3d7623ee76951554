use std::{sync::Arc, time::Duration};

#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

#[cfg(feature = "schemars")]
use super::client_presets::Preset;
use super::predicate::{OriginPredicate, Predicates};
#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, is_default},
};
use crate::{
    config::add_texts,
    origin::{AllowedRisks, IntoOrigins, OriginSet, Origins},
};

/// Origins that may read responses, and the requests that they may send.
///
/// A rule is plain data. [`CorsPolicy::new`] validates it and reports all faults at once. Setters of lists
/// add to the list. Methods and header names can be given as [`http::Method`], as [`http::HeaderName`], or as
/// strings. Comparisons of rules ignore predicates.
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
/// With the feature `serde`, rules can be read and written, as [`CorsConfig`](crate::cors::CorsConfig) shows.
/// A shared set is written as its patterns and regular expressions. Predicates are not written. A
/// [`max_age`](Self::max_age) with a fraction of a second is a fault, and cannot be written.
///
/// [`CorsPolicy::new`]: crate::cors::CorsPolicy::new
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a rule has no effect until it is part of a `CorsPolicy`"]
pub struct Rule {
    pub(super) settings: RuleSettings,
    /// Origins that are shared with other rules and layers. The settings then list no origins.
    pub(super) origin_set: Option<OriginSet>,
    pub(super) predicates: Predicates,
}

impl Rule {
    /// Replaces the name of the rule.
    ///
    /// Diagnostics, explanations and [`Decision::rule_name`] show the name. [`CorsPolicy::with_origin`] finds
    /// the rule by its name.
    ///
    /// A name consists of letters, digits, `-` and `_`, and must be unique within the policy.
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

    /// Adds paths at which the rule applies. Without paths, it applies at every path.
    ///
    /// At a path, only the rules that apply there are compared, in their order. If no rule applies, no origin
    /// is allowed.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome, Rule}};
    ///
    /// // "/feed"     this path, with any query
    /// // "/api/*"    every path below "/api/"
    /// let policy = CorsPolicy::new([
    ///     Rule::for_any_origin().paths(["/.well-known/*"]),
    ///     Rule::for_origins(["https://app.example.com"]).allow_credentials(true).paths(["/api/*"]),
    /// ])?;
    /// let outcome = |path: &str| {
    ///     let request = Request::get(path).header("origin", "https://b.example").body(()).unwrap();
    ///     policy.decide(&RequestHead::from(&request)).outcome()
    /// };
    /// assert_eq!(outcome("/.well-known/oauth-protected-resource"), Outcome::Allowed);
    /// assert_eq!(outcome("/api/items"), Outcome::Rejected);
    /// assert_eq!(outcome("/"), Outcome::Rejected);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// Paths are compared byte for byte, as the request has them. A router may interpret an ambiguous path as
    /// another path (CVE-2025-47910). If any rule of a policy has paths, no rule applies to an ambiguous path, and
    /// such a path of a rule is a fault:
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// // "/a//b", "/a/../b", "/a/%2e%2e/b"   prohibited: an empty segment, dot segments
    /// // "/a\b", "/a%5Cb", "/a%2Fb"         prohibited: a backslash, an encoded slash
    /// // "/a;b", "/a%3Bb"                    prohibited: a semicolon
    /// // "/a%25b", "/a%20b", "/a%00b"        prohibited: an encoded `%`, space or control character
    /// // "/%61", "/a%7Eb"                    prohibited: write "/a" and "/a~b"
    /// // "/%C3%A9t%C3%A9"                     permitted
    /// assert!(CorsPolicy::new(Rule::for_any_origin().paths(["/a/%2e%2e/b"])).is_err());
    /// ```
    ///
    /// A later rule that allows more origins at a path of an earlier rule is a lint. To leave CORS to the service at
    /// some paths, use [`CorsConfig::not_handled`](crate::cors::CorsConfig::not_handled).
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(self.settings.paths.get_or_insert_default(), paths);
        self
    }

    /// Sets whether pages may read responses to requests with credentials.
    ///
    /// Credentials are cookies, client certificates and HTTP authentication. The default is `false`.
    /// <https://fetch.spec.whatwg.org/#http-access-control-allow-credentials>
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"]).allow_credentials(true);
    /// ```
    pub fn allow_credentials(mut self, allow: bool) -> Self {
        self.settings.allow_credentials = allow;
        self
    }

    /// Adds methods that pages may use. `GET`, `HEAD` and `POST` are always allowed.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "PUT", "PATCH", "CHICKEN"   permitted
    /// // "GET", "HEAD", "POST"       permitted, but redundant: every page may use them
    /// // "patch"                     permitted, but not the same method as "PATCH"
    /// // "put"                       prohibited: browsers send "PUT"
    /// // "CONNECT", "TRACE", "TRACK" prohibited: no page can use them
    /// // "*"                         permitted: the same as `allow_any_method()`
    /// // "P*"                        prohibited: methods match only as a whole
    /// let rule = Rule::for_any_origin().allow_methods([http::Method::PUT]).allow_methods(["CHICKEN"]);
    /// ```
    ///
    /// `QUERY` has a body, as `POST` has, and must change nothing (RFC 10008). Browsers always send a preflight first,
    /// and do not change `query` to upper case. Most requests also have a `content-type` that needs permission:
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"])
    ///     .allow_methods(["QUERY"])
    ///     .allow_headers(["content-type"]);
    /// ```
    pub fn allow_methods<I>(mut self, methods: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.allow_methods, methods);
        self
    }

    /// Allows every method.
    ///
    /// The response contains `*` or, with credentials, echoes the requested method.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().allow_any_method();
    /// ```
    pub fn allow_any_method(self) -> Self {
        self.allow_methods([ANY])
    }

    /// Adds request headers that pages may set. Safelisted headers are always allowed.
    ///
    /// A name that ends with `-*` is a prefix: `x-amz-*` allows every name that begins with `x-amz-`. The response to
    /// a preflight contains the listed names and the requested names that match, in lower case. A prefix never
    /// allows `authorization` or a name with `*`.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "content-type"              permitted: for values such as "application/json"
    /// // "Authorization"             permitted
    /// // "accept-language"           permitted, but redundant: only unusual values need a preflight
    /// // "cookie", "sec-fetch-site"  prohibited: no page can set them
    /// // "access-control-allow-..."  prohibited: a response header
    /// // "x header"                  prohibited: not a token
    /// // "*"                         permitted: the same as `allow_any_header()`
    /// // "x-amz-*"                   permitted: a prefix
    /// // "x-*"                       permitted, with a lint: matches most headers of applications
    /// // "auth*", "x-*-id"           prohibited: a prefix ends with "-*"
    /// let rule = Rule::for_any_origin().allow_headers(["content-type", "authorization"]);
    /// ```
    pub fn allow_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.allow_headers, names);
        self
    }

    /// Allows every request header except `Authorization`, which must be listed explicitly.
    ///
    /// The response contains `*` or, with credentials, echoes the requested names.
    /// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
    ///
    /// In Chromium, Firefox and Safari, a `*` in the response includes `Authorization` anyway
    /// (<https://github.com/whatwg/fetch/issues/1919>). The layer rejects a preflight that requests
    /// `Authorization`, unless the rule lists it.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().allow_any_header();
    /// let with_tokens = rule.allow_headers([http::header::AUTHORIZATION]);
    /// ```
    pub fn allow_any_header(self) -> Self {
        self.allow_headers([ANY])
    }

    /// Adds response headers that pages may read, in addition to the seven safelisted ones.
    ///
    /// A name that ends with `-*` is a prefix: `x-amz-meta-*` exposes the headers of the service's response whose names
    /// begin with `x-amz-meta-`. It never exposes `set-cookie`, `set-cookie2` and `access-control-*`, and it does not
    /// apply to trailers or to headers that outer layers add. A 304 of such a rule has no
    /// `Access-Control-Expose-Headers`, so that a cache keeps the stored one.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "etag", "x-request-id"      permitted
    /// // "content-type"              permitted, but redundant: every page may read it
    /// // "set-cookie"                prohibited: no page can read it
    /// // "*"                         permitted without credentials: the same as `expose_any_header()`
    /// // "x-amz-meta-*"              permitted: a prefix
    /// // "etag*", "x-*-id"           prohibited: a prefix ends with "-*"
    /// let rule = Rule::for_any_origin().expose_headers(["etag", "x-request-id"]);
    /// ```
    pub fn expose_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.expose_headers, names);
        self
    }

    /// Lets pages read every response header.
    ///
    /// With credentials this is a fault, since browsers then treat `*` as the name of a header.
    /// <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().expose_any_header();
    /// ```
    pub fn expose_any_header(self) -> Self {
        self.expose_headers([ANY])
    }

    /// Replaces the time for which a browser may cache a preflight.
    ///
    /// By default, the response has no `Access-Control-Max-Age`, and browsers cache a preflight for 5
    /// seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_cross_origin::cors::Rule;
    /// // Duration::from_secs(600)      permitted: the maximum of WebKit
    /// // Duration::from_secs(7200)     permitted: the maximum of Chromium
    /// // Duration::ZERO                permitted: browsers send a preflight before every request
    /// // Duration::from_millis(1500)   prohibited: the header contains whole seconds
    /// // Duration::from_secs(86_401)   prohibited: no browser caches a preflight for more than a day
    /// let rule = Rule::for_any_origin().max_age(Duration::from_secs(600));
    /// ```
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.settings.max_age = Some(max_age);
        self
    }
}

/// Origins of a rule.
impl Rule {
    /// Creates a rule for pages of these origins.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "https://example.com"       permitted
    /// // "https://*.example.com"     permitted: every subdomain, but not https://example.com
    /// // "http://localhost:*"        permitted: every port
    /// // "http://localhost:3000"     permitted
    /// // "capacitor://localhost"     permitted: an application
    /// // "https://example.com."      permitted: only pages at the host with the dot
    /// // "*"                         permitted alone: the same as `Rule::for_any_origin()`
    /// // "https://example.com/"      prohibited: browsers send an origin without a path
    /// // "https://example.com:443"   prohibited: browsers omit the default port
    /// // "example.com"               prohibited: the origin has no scheme
    /// // "null", "file://"           prohibited: see `dangerously_allow_null_origin`
    /// let rule = Rule::for_origins(["https://example.com", "http://localhost:3000"]);
    /// ```
    ///
    /// [`OriginPattern`](crate::origin::OriginPattern) documents all forms.
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

    /// Adds origins to the rule, for example to a preset.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_loopback_origins().add_origins(["https://inspector.example"]);
    /// # CorsPolicy::new(rule)?;
    /// // Rule::for_any_origin().add_origins([..])   prohibited: the rule already matches them
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// If the rule shares a set with other rules, this set stays unchanged, and the rule gets its own set.
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

    /// Creates a rule for every origin.
    ///
    /// Use it for data that anyone can read anyway, for example with `curl`. The response contains `*`, and
    /// credentials are a fault without
    /// [`dangerously_allow_credentials_for_any_origin`](Self::dangerously_allow_credentials_for_any_origin). The
    /// rule does not read the value of `Origin`, so that it also matches values that no browser sends.
    ///
    /// Do not use it for a service that only the network protects: a page in a
    /// visitor's browser is inside that network.
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

    /// Creates a rule whose responses have the CORS headers for one origin.
    ///
    /// The headers are the same for every request origin.
    ///
    /// Use it for responses that a CDN stores once for everyone, although only pages of one origin may read
    /// them. The responses do not depend on `Origin`, and `Vary` does not contain it. They have the headers even if
    /// the request has no `Origin`. A browser compares the headers with the origin of its page. It therefore blocks
    /// pages of other origins, although the decision about their requests is
    /// [`Outcome::Allowed`](crate::cors::Outcome::Allowed).
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    ///
    /// The rule must be the only rule of its policy and has no other origins. It is a fault together with
    /// [`enforce`](crate::cors::CorsConfig::enforce). If the page may have several origins, use
    /// [`for_origins`](Self::for_origins).
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule}};
    ///
    /// // "https://app.example.com"     permitted
    /// // "https://*.example.com"       prohibited: a header contains one origin
    /// // "*", "null"                   prohibited: not a single origin
    /// let policy = CorsPolicy::new(Rule::for_static_origin("https://app.example.com"))?;
    ///
    /// let request = Request::get("/data.json").header("origin", "https://other.example").body(()).unwrap();
    /// let mut response = Response::new(());
    /// policy.decide(&RequestHead::from(&request)).apply_to(&mut response);
    /// assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
    /// assert!(!response.headers().contains_key("vary"), "a cache stores one response for all pages");
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn for_static_origin(origin: impl AsRef<str>) -> Self {
        let mut rule = Self::default();
        rule.settings.static_origin = Some(origin.as_ref().to_owned());
        rule
    }

    /// Creates a rule for pages of the origins that `predicate` matches.
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

    /// Adds a predicate that matches further origins.
    ///
    /// A predicate is code, so the policy cannot detect that it matches origins of other people.
    ///
    /// The rule calls it for well-formed origins that its other settings do not match, but never for `null`.
    /// It calls it for `file://` only if
    /// [`dangerously_allow_null_origin`](Self::dangerously_allow_null_origin) is set.
    /// With credentials, it calls the predicate for insecure origins only if
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

    /// Sets whether the rule also matches the origin `null`, and may list `file://`.
    ///
    /// Any page can open a sandboxed frame, which has the origin `null`. The setting therefore allows nearly
    /// every page, and is a fault together with credentials. Pages that are loaded from files need it.
    ///
    /// Browsers send `null` for local files. Some applications, and browsers that give files access to other
    /// files, send `file://`. Every local file has this origin, such as a saved page. The rule matches it only if
    /// it has this setting, and lists `file://` or has an expression or a predicate that matches it.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"]).dangerously_allow_null_origin(true);
    /// let hybrid_app = Rule::for_origins(["file://"]).dangerously_allow_null_origin(true);
    /// ```
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_null_origin = allow;
        self
    }

    /// Sets whether `http:` origins are allowed together with credentials.
    ///
    /// A network attacker can insert a script into such a page. The script can read everything that the rule
    /// lets the page read.
    ///
    /// The setting is not needed for `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`.
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

    /// Sets whether subdomains of a public suffix are allowed together with credentials.
    ///
    /// Anyone can register a name below a public suffix: at a registry, as for `com` and `co.uk`, or at a
    /// hosting provider, as for `github.io`. A page below `https://*.github.io` can then read everything that
    /// the rule lets pages read.
    ///
    /// Public suffixes are listed in the [Public Suffix List]. Each release of this crate contains a version
    /// of the list; this release contains the version of 2026-11-05. A newer list can add or remove faults of
    /// a configuration. It never changes the response to a request. Some domains are not public suffixes, but
    /// have one below them, such as `amazonaws.com` with `s3.amazonaws.com`. They are treated like any other
    /// domain.
    ///
    /// Names below `local`, `internal`, `test`, `home.arpa`, `localhost`, `example`, `invalid`, `lan`, `home` and
    /// `corp` cannot be registered, so these domains do not count as public suffixes.
    ///
    /// Without the feature `public-suffix`, the list is not available. Every pattern for subdomains then
    /// needs this setting if the rule allows credentials.
    ///
    /// The setting has no effect on regular expressions. See
    /// [`dangerously_allow_credentials_for_any_origin`](Self::dangerously_allow_credentials_for_any_origin).
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

    /// Adds domains that count as public suffixes, although the [Public Suffix List] lacks them.
    ///
    /// Examples are the domain of a company's hosting platform, where each team chooses a name, and the domains of
    /// hosts that are younger than this crate. The list of the crate itself has `claudemcpcontent.com` in addition.
    ///
    /// A pattern for the subdomains of such a domain, or of its parent domains, is then a fault or a lint in this rule,
    /// as for other public suffixes. This is useful for origins that others choose: for named lists in a file, and for
    /// [`CorsPolicy::with_origin`](super::CorsPolicy::with_origin). The setting never changes the response to a request.
    /// It has no effect on regular expressions, and on the `trust_origins` of guards.
    ///
    /// [Public Suffix List]: https://publicsuffix.org/
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, FaultKind, Rule};
    /// let rule = Rule::for_origins(["https://*.apps.example.com"])
    ///     .allow_credentials(true)
    ///     .public_suffixes(["apps.example.com"]);
    /// let error = CorsPolicy::new(rule).unwrap_err();
    /// assert_eq!(error.faults()[0].kind(), &FaultKind::PublicSuffixWithCredentials);
    /// ```
    pub fn public_suffixes<I>(mut self, domains: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.public_suffixes, domains);
        self
    }
}

/// Credentials for origins of any website.
impl Rule {
    /// Sets whether `*` and matchers of many domains may have credentials.
    ///
    /// The setting is for `*`, and for patterns and regular expressions that match the domains of other people.
    ///
    /// Any website can then act as the logged-in user, at every path of the rule. Use it only if the responses
    /// are the same for every user, or if every request proves by other means that the page is trusted.
    ///
    /// A rule for any origin then echoes the request origin, with `Vary: Origin`. It matches neither `null`
    /// nor `file://`, and plain HTTP origins only with
    /// [`dangerously_allow_insecure_origins`](Self::dangerously_allow_insecure_origins). Every other rule still
    /// matches only the listed origins.
    ///
    /// Without this setting, an expression is a fault if it matches more than
    /// [`REGEX_DOMAINS`](crate::limits::REGEX_DOMAINS) registrable domains and addresses. The same holds for a
    /// pattern such as `https://*.amazonaws.com`, which has public suffixes below its domain.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_any_origin().allow_credentials(true);
    /// assert!(CorsPolicy::new(rule.clone()).is_err());
    /// assert!(CorsPolicy::new(rule.dangerously_allow_credentials_for_any_origin(true)).is_ok());
    /// ```
    pub fn dangerously_allow_credentials_for_any_origin(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_credentials_for_any_origin = allow;
        self
    }
}

/// Origins of a rule by regular expressions.
impl Rule {
    /// Creates a rule for pages of the origins that one of `regexes` matches.
    ///
    /// Without the feature `regex`, each expression is a fault.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // r"https://pr-[0-9]+\.preview\.example\.com"   permitted
    /// // r"https://(app|admin)\.example\.com"          permitted, but two origins are clearer
    /// // r"https://.*\.vercel\.app"                    prohibited with credentials: anyone can register such
    /// //                                               a name; see
    /// //                                               `dangerously_allow_credentials_for_any_origin`
    /// // r"https://[a-z]+.example.com"                 permitted, with lints: a dot matches any character
    /// // r"example\.com"                               permitted, with a lint: it matches no origin, since
    /// //                                               an expression must match the whole origin
    /// // r"https://(a\.example"                        prohibited: not a regular expression
    /// // r"https://\p{L}+\.example"                    prohibited: origins are ASCII
    /// let rule = Rule::for_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"]);
    /// ```
    ///
    /// The crate [`regex`](https://docs.rs/regex/latest/regex/#syntax) documents the syntax; Unicode is not
    /// supported. An expression is compared with well-formed origins only, never with `null`, and with
    /// `file://` only if [`dangerously_allow_null_origin`](Self::dangerously_allow_null_origin) is set.
    pub fn for_origin_regexes<I>(regexes: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::default().add_origin_regexes(regexes)
    }

    /// Adds regular expressions that match further origins.
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
    /// Adds the members of a set as strings.
    fn add_members(&mut self, set: &OriginSet) {
        add_texts(&mut self.settings.origin_regexes, set.regexes());
        add_texts(&mut self.settings.origins, set.patterns().map(|(text, _)| text));
    }

    /// Returns the path of the rule in diagnostics, such as `rules[0]` or `rules.app`.
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

    pub(super) fn has_no_origins(&self) -> bool {
        let Self { settings, origin_set, predicates } = self;
        settings.origins.is_empty()
            && settings.origin_regexes.is_empty()
            && origin_set.as_ref().is_none_or(OriginSet::is_empty)
            && predicates.is_empty()
    }
}

// The settings of a rule in a file, each by its key. The doc comments are the descriptions in the schema.
/// Origins that may read responses, and the requests that they may send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each one is a separate setting")]
pub(crate) struct RuleSettings {
    /// The name of the rule in messages and metrics. It consists of letters, digits, `-` and `_`, and is
    /// unique.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "text", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "name_schema"))]
    pub(super) name: Option<String>,
    /// Paths at which the rule applies, such as `/feed`. `/api/*` matches every path below `/api/`. By default, the
    /// rule applies at every path.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_path_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub(super) paths: Option<Vec<String>>,
    /// Origins and patterns that the rule matches, such as `https://app.example.com`. The pattern
    /// `https://*.example.org` matches every subdomain, and `http://localhost:*` matches every port. The
    /// single item `*` matches every origin.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::origin_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origins: Vec<String>,
    /// One exact origin, instead of `origins`, for responses that a CDN stores once for everyone. Every response has
    /// the CORS headers for this origin, also for other request origins, and `Vary` does not contain `Origin`. The
    /// rule must be the only one.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "text", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "static_origin_schema"))]
    pub(super) static_origin: Option<String>,
    /// Regular expressions that match further origins, such as `https://pr-[0-9]+\.preview\.example\.com`. An
    /// expression must match the whole origin. Needs the feature `regex`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::regex_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origin_regexes: Vec<String>,
    /// Lets pages read responses to requests with cookies, client certificates or HTTP authentication.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) allow_credentials: bool,
    /// Presets for client libraries, such as `tus`. Each adds the methods and headers that the client needs.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::preset_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if, schema_with = "presets_schema"))]
    pub(super) presets: Vec<String>,
    /// Methods that pages may use in addition to GET, HEAD and POST. `*` allows every method.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::method_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) allow_methods: Vec<String>,
    /// Request headers that pages may set in addition to the safelisted ones. `*` allows every header except
    /// `authorization`, which must be listed explicitly. The prefix `x-amz-*` allows every name that begins with
    /// `x-amz-`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::header_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) allow_headers: Vec<String>,
    /// Response headers that pages may read in addition to the seven safelisted ones. Without credentials,
    /// `*` allows every header. The prefix `x-amz-meta-*` allows every header of the response whose name begins
    /// with `x-amz-meta-`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::header_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) expose_headers: Vec<String>,
    /// The time in seconds for which a browser may cache a preflight. With 0, browsers send a preflight
    /// before every request. By default, browsers cache a preflight for 5 seconds.
    #[cfg_attr(
        feature = "serde",
        serde(with = "whole_seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "max_age_schema"))]
    pub(super) max_age: Option<Duration>,
    /// Also matches the origin `null`, and allows `file://` in `origins`.
    ///
    /// Any page can obtain the origin `null`. Not allowed together with credentials.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_null_origin: bool,
    /// Allows `http:` origins of other machines together with credentials. A network attacker can modify such
    /// pages and act as their users.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_insecure_origins: bool,
    /// Allows subdomains of a public suffix, such as `https://*.github.io`, together with credentials. Anyone
    /// can register such a subdomain.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_public_suffixes: bool,
    /// Domains that count as public suffixes in addition to the list.
    ///
    /// Others choose names below such a domain, as below `apps.example.com`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::domain_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) public_suffixes: Vec<String>,
    /// Allows `*`, and patterns and expressions that match many domains, together with credentials. Any website
    /// can then act as the logged-in user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_credentials_for_any_origin: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) unknown_keys: UnknownKeys,
}

/// The settings of a rule that allow risky origins.
#[derive(Clone, Debug)]
pub(super) struct OriginRiskFlags {
    pub(super) credentials: bool,
    pub(super) allowed: AllowedRisks,
    /// `dangerously_allow_null_origin`
    pub(super) null_origin: bool,
    /// `public_suffixes`
    pub(super) suffixes: Arc<[String]>,
}

#[cfg(all(feature = "guard", feature = "tower"))]
impl Rule {
    pub(crate) fn allowed_risks(&self) -> AllowedRisks {
        OriginRiskFlags::from(&self.settings).allowed
    }

    pub(crate) fn additional_suffixes(&self) -> Arc<[String]> {
        OriginRiskFlags::from(&self.settings).suffixes
    }

    pub(crate) fn has_predicates(&self) -> bool {
        !self.predicates.is_empty()
    }
}

impl From<&RuleSettings> for OriginRiskFlags {
    fn from(settings: &RuleSettings) -> Self {
        Self {
            credentials: settings.allow_credentials,
            allowed: AllowedRisks {
                insecure_origins: settings.dangerously_allow_insecure_origins,
                public_suffixes: settings.dangerously_allow_public_suffixes,
                any_origin: settings.dangerously_allow_credentials_for_any_origin,
            },
            null_origin: settings.dangerously_allow_null_origin,
            suffixes: settings.public_suffixes.as_slice().into(),
        }
    }
}

/// Reads a rule from a file.
///
/// # Errors
///
/// Returns the error of the format for a value of a wrong type.
#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = file::table(deserializer, "a map with the settings of a rule")?;
        Ok(Self { settings, ..Self::default() })
    }
}

#[cfg(feature = "serde")]
file::sections_with_unknown_keys!(RuleSettings);

/// Writes a rule to a file.
///
/// # Errors
///
/// Returns the error of the format, or an error if `max_age` is not a whole number of seconds.
#[cfg(feature = "serde")]
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Predicates are functions, which a file cannot contain.
        let Self { settings, origin_set, predicates: _ } = self;
        let Some(set) = origin_set else { return settings.serialize(serializer) };
        // A set has no order. Patterns are sorted, so that equal sets result in equal files.
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

/// Reads and writes a maximum age as whole seconds.
#[cfg(feature = "serde")]
mod whole_seconds {
    use super::{Deserializer, Duration, Error, Serialize, Serializer, file};

    #[expect(clippy::ref_option, reason = "serde requires this signature")]
    pub(super) fn serialize<S>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
    {
        match age {
            Some(age) if age.subsec_nanos() != 0 => Err(S::Error::custom(format_args!(
                "max_age {age:?} has a fraction of a second; use a whole number of seconds"
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

/// Reads a string. A null is an error.
#[cfg(feature = "serde")]
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

#[cfg(feature = "schemars")]
fn name_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" })
}

#[cfg(feature = "schemars")]
fn presets_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let presets: Vec<_> = Preset::all()
        .map(|preset| schemars::json_schema!({ "const": preset.name, "description": preset.to_string() }))
        .collect();
    schemars::json_schema!({ "type": "array", "items": { "oneOf": presets } })
}

#[cfg(feature = "schemars")]
fn static_origin_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string" })
}

#[cfg(feature = "schemars")]
fn max_age_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "integer", "minimum": 0, "maximum": crate::limits::MAX_AGE_SECONDS })
}

pub(super) const ANY: &str = "*";
