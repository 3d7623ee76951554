use super::{ANY, Rule, texts};
use crate::{cors::OriginPredicate, origin::OriginSet};

/// Whom a rule is for.
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
    /// // "https://example.com/"      prohibited: an origin has no path; write "https://example.com"
    /// // "https://example.com:443"   prohibited: the default port is elided by browsers
    /// // "example.com"               prohibited: an origin begins with a scheme
    /// // "null"                      prohibited: see `dangerously_allow_null_origin`
    /// let rule = Rule::for_origins(["https://example.com", "http://localhost:3000"]);
    /// ```
    ///
    /// All forms: [`OriginPattern`](crate::origin::OriginPattern).
    pub fn for_origins<I>(origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::new(Origins::Written(texts(origins)))
    }

    /// A rule for pages of the origins in `set`, which other rules and layers may share.
    ///
    /// ```
    /// use tower_cross_origin::{cors::Rule, origin::OriginSet};
    ///
    /// let partners = OriginSet::parse(["https://a.example", "https://b.example"])?;
    /// let rule = Rule::for_origin_set(partners.clone());
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    pub fn for_origin_set(set: OriginSet) -> Self {
        Self::new(Origins::Set(set))
    }

    /// Covers these origins, beside the others. For a preset and some more.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_loopback_origins().or_origins(["https://inspector.example"]);
    /// # CorsPolicy::new(rule)?;
    /// // Rule::for_any_origin().or_origins([..])   prohibited: it covers them already
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// The rule then has a list of its own: where others share its [set](Self::for_origin_set), what they
    /// have stays as it is.
    pub fn or_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut written = match self.origins {
            Origins::Written(written) => written,
            Origins::Set(set) => {
                self.origin_regexes.extend(set.regexes().map(str::to_owned));
                set.patterns().map(|(text, _)| text.to_owned()).collect()
            }
        };
        written.extend(texts(origins));
        self.origins = Origins::Written(written);
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
    /// let policy = CorsPolicy::new(Rule::for_any_origin().expose_response_headers(["etag"]))?;
    /// assert!(CorsPolicy::new(Rule::for_any_origin().allow_credentials()).is_err());
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
        Self::new(Origins::Written(Vec::new())).or_origins_where(predicate)
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
    ///     .or_origins_where(OriginPredicate::new(|origin, _head| origin.scheme() == Some("capacitor")));
    /// ```
    pub fn or_origins_where(mut self, predicate: OriginPredicate) -> Self {
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
    /// let rule = Rule::for_origins(["https://app.example.com"]).dangerously_allow_null_origin();
    /// ```
    pub fn dangerously_allow_null_origin(mut self) -> Self {
        self.dangerously_allow_null_origin = true;
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
    ///     .allow_credentials()
    ///     .dangerously_allow_insecure_origins();
    /// ```
    pub fn dangerously_allow_insecure_origins(mut self) -> Self {
        self.dangerously_allow_insecure_origins = true;
        self
    }

    /// Takes `https://*.example` with credentials where anyone can register a name below `example`: at
    /// a registry, as below `com` and `co.uk`, or at a hoster, as below `github.io`. Everyone who does
    /// reads everything that the rule lets pages read.
    ///
    /// Such names are those of the [Public Suffix List]. The list is a part of the program: it is as old
    /// as the release of the crate `psl` in `Cargo.lock`, at the oldest that of 2026-11-05, and
    /// `cargo update -p psl` takes a newer one. A newer list can make a configuration a fault that was
    /// none, or mend one; it never changes what a request is answered. A domain that is no suffix itself
    /// and has one below, such as `amazonaws.com` with `s3.amazonaws.com`, is not told from others.
    ///
    /// Without the feature `public-suffix` there is no list, and every pattern for subdomains needs this
    /// setting beside credentials.
    ///
    /// [Public Suffix List]: https://publicsuffix.org/
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://*.our-hosting.example"])
    ///     .allow_credentials()
    ///     .dangerously_allow_public_suffixes();
    /// ```
    pub fn dangerously_allow_public_suffixes(mut self) -> Self {
        self.dangerously_allow_public_suffixes = true;
        self
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cors) enum Origins {
    Written(Vec<String>),
    Set(OriginSet),
}
