use http::{HeaderValue, Method};

#[cfg(feature = "cross-origin")]
use super::preflight_proof::MissingProof;
#[cfg(feature = "cors")]
use super::preflight_proof::prove_preflight;
use super::{
    check::{Check, Evaluate, Evaluation, Verdict},
    error::Fault,
    exemptions::{CheckedOrigins, Exemptions, TrustedOrigins},
    rejection::Rejection,
};
#[cfg(feature = "cors")]
use crate::cors::CorsPolicy;
#[cfg(all(feature = "cross-origin", feature = "difference"))]
use crate::origin::OriginSet;
#[cfg(feature = "cross-origin")]
use crate::request::path::PathSet;
use crate::{
    RequestHead,
    origin::IntoOrigins,
    request::{
        RequestFacts,
        fetch_metadata::FetchSite,
        fields::FieldValue,
        same_origin::{as_browser_writes, is_service_origin, matches_request_target},
    },
};

/// Denies cross-site request forgery: cross-origin requests that can change data. No tokens are needed.
///
/// The rules are the same as in `CrossOriginProtection` of Go 1.25:
///
/// | request | verdict |
/// |---|---|
/// | `GET`, `HEAD`, `OPTIONS` | allow: these methods must not change data |
/// | `QUERY`, with [`query_is_safe`](Self::query_is_safe) | allow |
/// | `Sec-Fetch-Site: same-origin` or `none` | allow |
/// | any other `Sec-Fetch-Site` | deny, unless exempt |
/// | neither `Sec-Fetch-Site` nor `Origin` | allow: the client is not a browser |
/// | no `Sec-Fetch-Site`, and an `Origin` with the host and port of the request | allow |
/// | no `Sec-Fetch-Site`, and any other `Origin` | deny, unless exempt |
///
/// [Trusted origins](Self::trust_origins), [exempt paths](Self::exempt_paths) and requests that [a
/// function](Self::skip_if) selects are exempt. Next to a [CORS policy](Self::trust_policy), so are requests that
/// the policy allows and that no form can send.
///
/// Behind a proxy that changes the host, set the [service origins](Self::service_origins): they replace the
/// comparison with the host and port of the request. Without them, the check does not compare schemes, since a
/// service behind a TLS-terminating proxy does not know its own scheme. A plain-HTTP page of the same host is
/// therefore allowed if the browser sends no `Sec-Fetch-Site`.
///
/// Native clients write the origin with a default port or with a slash at the end. Before each comparison, the
/// check removes one slash and then the default port of `https` or `http`, and nothing else.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, Csrf, Rejection, Verdict}};
///
/// let check = Csrf::new().exempt_paths(["/hooks/payment"]);
/// let post = |path, site| {
///     let request = Request::post(path).header("sec-fetch-site", site).body(()).unwrap();
///     check.check(&RequestHead::from(&request))
/// };
/// assert_eq!(post("/transfer", "same-origin"), Verdict::Allow);
/// assert_eq!(post("/transfer", "cross-site"), Verdict::Deny(Rejection::CsrfSite));
/// assert_eq!(post("/hooks/payment", "cross-site"), Verdict::Allow);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a check does nothing before a layer uses it"]
pub struct Csrf {
    trusted: TrustedOrigins,
    service_origins: CheckedOrigins,
    exemptions: Exemptions,
    query_is_safe: bool,
    #[cfg(feature = "cors")]
    policy: Option<RulePolicy>,
}

/// The CORS policy next to the check.
#[cfg(feature = "cors")]
#[derive(Clone, Debug)]
struct RulePolicy {
    cors: CorsPolicy,
    /// Whether origins of rules with credentials are trusted.
    is_trusted: bool,
}

impl Csrf {
    /// Creates a check without exemptions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds trusted origins. Their pages may send every request.
    ///
    /// An origin is a fault if it would be a fault in a CORS rule with credentials, unless one of the
    /// `dangerously_allow` settings allows it. `file://`, the origin of every local file, needs the setting for
    /// `null`.
    ///
    /// ```
    /// use tower_cross_origin::guard::{Check, Csrf};
    ///
    /// let check = Csrf::new().trust_origins(["https://partner.example", "https://*.example.org"]);
    /// assert!(check.faults().is_empty());
    /// let check = check.trust_origins(["https://partner.example/"]); // fault: the origin ends with a slash
    /// assert_eq!(check.faults()[0].setting(), "csrf.trust_origins[2]");
    /// ```
    pub fn trust_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.trusted.add("csrf", origins);
        self
    }

    /// Replaces the CORS policy whose rules allow requests.
    ///
    /// The first rule of the policy that matches the path and the origin of a cross-origin request decides:
    ///
    /// - A rule with credentials: the check allows the methods of the rule, and `POST`.
    /// - A rule without credentials: the check allows requests without the user's cookies that a browser sends only
    ///   after a preflight that the rule allows.
    ///
    /// The second kind is for pages with bearer tokens. Such a request must meet all of these conditions:
    ///
    /// | part of the request | condition |
    /// |---|---|
    /// | `Sec-Fetch-Mode` | `cors`; or `Sec-Fetch-Site` is missing, too |
    /// | `Cookie` | missing |
    /// | `Authorization` | missing, unless the rule allows this header |
    /// | method | one that the rule allows and that needs a preflight, such as `PUT`; or `POST` with a `Content-Type` |
    /// | `Content-Type` of `POST` | one valid value that no form and no beacon sends, such as `application/json`; the rule allows `content-type` |
    ///
    /// A `POST` without `Content-Type` proves nothing, since a form can omit it (GHSA-2234-fmw7-43wr).
    ///
    /// The conditions prove that the request has no credentials of the user. They do not protect a service that
    /// trusts an IP address or a network. A layer that overrides methods, as with `X-HTTP-Method-Override`, must be
    /// inside of the check. WebSocket handshakes and other `CONNECT` requests need a rule with credentials.
    ///
    /// Give the same policy to [`CorsLayer`](crate::cors::CorsLayer). The check does not follow a source whose policy
    /// changes; a [`CrossOriginPolicy`](crate::cross_origin::CrossOriginPolicy) does.
    ///
    /// ```
    /// use http::{Method, Request, header::{AUTHORIZATION, CONTENT_TYPE}};
    /// use tower_cross_origin::{
    ///     RequestHead,
    ///     cors::{CorsPolicy, Rule},
    ///     guard::{Check, Csrf, Rejection, Verdict},
    /// };
    ///
    /// let rule = Rule::for_any_origin()
    ///     .allow_methods([Method::PUT])
    ///     .allow_headers([AUTHORIZATION, CONTENT_TYPE]);
    /// let check = Csrf::new().trust_policy(CorsPolicy::new(rule)?);
    /// let put = || {
    ///     Request::put("/files/1")
    ///         .header("origin", "https://app.example.com")
    ///         .header("sec-fetch-site", "cross-site")
    ///         .header("sec-fetch-mode", "cors")
    ///         .header("authorization", "Bearer token")
    /// };
    /// let verdict = |request: Request<()>| check.check(&RequestHead::from(&request));
    /// assert_eq!(verdict(put().body(())?), Verdict::Allow);
    /// let with_cookie = put().header("cookie", "session=1").body(())?;
    /// assert_eq!(verdict(with_cookie), Verdict::Deny(Rejection::CsrfSite));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "cors")]
    pub fn trust_policy(mut self, policy: CorsPolicy) -> Self {
        self.policy = Some(RulePolicy { cors: policy, is_trusted: true });
        self
    }

    /// Replaces the CORS policy, and does not trust the origins of its rules with credentials.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn allow_preflighted(mut self, policy: CorsPolicy) -> Self {
        self.policy = Some(RulePolicy { cors: policy, is_trusted: false });
        self
    }

    /// Adds origins under which browsers reach the service, for a proxy that changes the host.
    ///
    /// Service origins replace the comparison with `Host`. Otherwise an `http:` page of the same host, or a page
    /// whose own name resolves to this service, would pass. List all addresses of the service.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, guard::{Check, Csrf, Rejection, Verdict}};
    ///
    /// let check = Csrf::new().service_origins(["https://app.example"]);
    /// let post = |origin| {
    ///     // The proxy changes the host, and the browser sends no Sec-Fetch-Site.
    ///     let request = Request::post("/").header("host", "backend:3000").header("origin", origin);
    ///     check.check(&RequestHead::from(&request.body(()).unwrap()))
    /// };
    /// assert_eq!(post("https://app.example"), Verdict::Allow);
    /// assert_eq!(post("http://backend:3000"), Verdict::Deny(Rejection::CsrfServiceOrigin));
    /// assert_eq!(post("https://evil.example"), Verdict::Deny(Rejection::CsrfOrigin));
    /// ```
    pub fn service_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.service_origins.add("csrf.service_origins", origins);
        self
    }

    /// Adds paths to which every page may send requests.
    ///
    /// ```
    /// use tower_cross_origin::guard::{Check, Csrf};
    ///
    /// // Exactly this path, with any query; and all paths below "/saml/".
    /// let check = Csrf::new().exempt_paths(["/hooks/payment", "/saml/*"]);
    /// assert!(check.faults().is_empty());
    /// // "/hooks/" is valid, but exempts neither "/hooks" nor "/hooks/payment".
    /// let check = check.exempt_paths([
    ///     "hooks/payment",   // fault: a path begins with a slash
    ///     "/hooks/../admin", // fault: a router may read a different path
    /// ]);
    /// assert_eq!(check.faults()[0].setting(), "csrf.exempt_paths[2]");
    /// assert_eq!(check.faults()[1].setting(), "csrf.exempt_paths[3]");
    /// ```
    ///
    /// Paths are compared byte for byte with the path in the request. A request with an
    /// [ambiguous path](super::PathErrorKind) is never exempt, since a router may read it as a different path
    /// (CVE-2025-47910). Inside a router that removes a prefix, the check sees the path without the prefix.
    ///
    /// WebSocket handshakes and `CONNECT` are never exempt.
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.exemptions.add_paths("csrf", paths);
        self
    }

    /// Adds a function that selects requests to allow.
    ///
    /// Use this for requests that browsers do not send without a preflight, such as requests with a token in
    /// `Authorization`. A request with an [ambiguous path](super::PathErrorKind), such as `/a%20b`, is never
    /// exempt.
    pub fn skip_if<F>(mut self, is_skipped: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.exemptions.skip_if(is_skipped);
        self
    }

    /// Sets whether requests with the method `QUERY` are always allowed. The default is `false`.
    ///
    /// `QUERY` is safe, as `GET` is: the service must not change data (RFC 10008, section 2). Set this only if no
    /// handler of the service treats `QUERY` as another method, as a route for every method does.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, guard::{Check, Csrf, Rejection, Verdict}};
    ///
    /// let query = Request::builder().method("QUERY").header("sec-fetch-site", "cross-site");
    /// let query = query.body(()).unwrap();
    /// let verdict = |check: Csrf| check.check(&RequestHead::from(&query));
    /// assert_eq!(verdict(Csrf::new()), Verdict::Deny(Rejection::CsrfSite));
    /// assert_eq!(verdict(Csrf::new().query_is_safe(true)), Verdict::Allow);
    /// ```
    pub fn query_is_safe(mut self, is_safe: bool) -> Self {
        self.query_is_safe = is_safe;
        self
    }

    /// Sets whether requests with `Origin: null` are allowed. The default is `false`.
    ///
    /// Sandboxed frames send this origin. **Every page of the web** can create such a frame.
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.trusted.allow_null_origin(allow);
        self
    }

    /// Sets whether trusted origins may use `http:`. The default is `false`.
    ///
    /// A network attacker can insert a script into such a page. The setting is not needed for loopback hosts.
    pub fn dangerously_allow_insecure_origins(mut self, allow: bool) -> Self {
        self.trusted.allow_insecure_origins(allow);
        self
    }

    /// Sets whether subdomains of a public suffix may be trusted. The default is `false`.
    ///
    /// Anyone can register a name below a public suffix, such as `github.io`.
    pub fn dangerously_allow_public_suffixes(mut self, allow: bool) -> Self {
        self.trusted.allow_public_suffixes(allow);
        self
    }

    /// Sets whether `*`, and patterns and expressions that match many domains, may be trusted.
    ///
    /// The default is `false`. Any website can then act as the logged-in user. `*` matches neither `null` nor
    /// `file://`, and plain HTTP origins only with
    /// [`dangerously_allow_insecure_origins`](Self::dangerously_allow_insecure_origins).
    pub fn dangerously_allow_credentials_for_any_origin(mut self, allow: bool) -> Self {
        self.trusted.allow_any_origin(allow);
        self
    }
}

impl Check for Csrf {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.evaluate(&RequestFacts::new(head)).verdict
    }

    fn faults(&self) -> Vec<Fault> {
        let service_origins = self.service_origins.faults(false);
        [self.trusted.faults(), service_origins, self.exemptions.faults().to_vec()].concat()
    }
}

#[cfg(feature = "cross-origin")]
impl Csrf {
    /// Replaces the exempt paths by paths without faults.
    pub(crate) fn with_exempt_paths(mut self, paths: PathSet) -> Self {
        self.exemptions.set_paths(paths);
        self
    }

    /// Returns the reason and a fix of a denial, if a rule matches the origin.
    pub(crate) fn rule_conflict(
        &self,
        facts: &RequestFacts<'_>,
    ) -> Option<(&'static str, &'static str)> {
        let policy = self.policy.as_ref()?;
        let origin = as_browser_writes(facts.origin().single()?);
        let rule = policy.cors.request_rule(facts.head(), &origin)?;
        if !rule.has_credentials() {
            return prove_preflight(facts, rule).err().map(MissingProof::texts);
        }
        if rule.allows_method(facts.head().method()) {
            Some((
                "trust_origins replaces the origins of CORS rules with credentials",
                "add the origin to guard.csrf.trust_origins, or remove trust_origins",
            ))
        } else {
            Some(MissingProof::Method.texts())
        }
    }

    /// Returns the trusted origins, listed here or by the CORS policy.
    #[cfg(feature = "difference")]
    pub(crate) fn trusted_origins(&self) -> OriginSet {
        let listed = self.trusted.listed();
        match &self.policy {
            Some(RulePolicy { cors, is_trusted: true }) => {
                listed.union(&cors.origins_with_credentials())
            }
            _ => listed,
        }
    }
}

impl Evaluate for Csrf {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        if matches!(*facts.head().method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Evaluation::allow("requests with this method must change nothing");
        }
        if self.query_is_safe && facts.head().method() == "QUERY" {
            return Evaluation::allow_by(
                "query_is_safe",
                "requests with the method QUERY must change nothing",
            );
        }
        match facts.fetch_site() {
            FetchSite::SameOrigin => Evaluation::allow(
                "a page of the same origin sent the request (Sec-Fetch-Site: same-origin)",
            ),
            FetchSite::None => {
                Evaluation::allow("the user sent the request (Sec-Fetch-Site: none)")
            }
            FetchSite::Absent => self.evaluate_origin(facts),
            _ => self.unless_exempt(
                facts,
                facts.origin().single().map(as_browser_writes).as_deref(),
                || {
                    Evaluation::deny(
                        Rejection::CsrfSite,
                        "trust_origins",
                        "another origin sent the request according to Sec-Fetch-Site",
                    )
                },
            ),
        }
    }
}

impl Csrf {
    /// Evaluates a request without `Sec-Fetch-Site`.
    fn evaluate_origin(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let deny = || {
            Evaluation::deny(
                Rejection::CsrfOrigin,
                "trust_origins",
                "Origin is not the origin of the service, and Sec-Fetch-Site is missing",
            )
        };
        let written = match facts.origin() {
            FieldValue::Absent => {
                return Evaluation::allow(
                    "the request has neither Sec-Fetch-Site nor Origin, so no browser sent it",
                );
            }
            FieldValue::Repeated => return self.unless_exempt(facts, None, deny),
            FieldValue::Single(origin) => as_browser_writes(origin),
        };
        let service_origins = self.service_origins.set();
        if is_service_origin(facts, written.as_bytes(), service_origins) {
            return Evaluation::allow(if service_origins.is_empty() {
                "Origin has the host and port of the request"
            } else {
                "Origin is a service origin"
            });
        }
        self.unless_exempt(facts, Some(&*written), || {
            if matches_request_target(facts, written.as_bytes()) {
                Evaluation::deny(
                    Rejection::CsrfServiceOrigin,
                    "service_origins",
                    "Origin has the host and port of the request, but service_origins replace this comparison",
                )
            } else {
                deny()
            }
        })
    }

    fn unless_exempt(
        &self,
        facts: &RequestFacts<'_>,
        origin: Option<&HeaderValue>,
        denial: impl FnOnce() -> Evaluation,
    ) -> Evaluation {
        if let Some(origin) = origin {
            if self.trusted.contains(facts.head(), origin) {
                return Evaluation::allow_by("trust_origins", "the request origin is trusted");
            }
            if self.trusted.is_allowed_null(origin) {
                return Evaluation::allow_by(
                    "dangerously_allow_null_origin",
                    "the origin \"null\" is allowed",
                );
            }
            if let Some(allowed) = self.evaluate_rule(facts, origin) {
                return allowed;
            }
        }
        if self.exemptions.matches(facts.head()) {
            return Evaluation::allow_by("exempt_paths", "the request is exempt");
        }
        denial()
    }

    /// Returns the verdict if the rule of the CORS policy allows the request.
    #[cfg(feature = "cors")]
    fn evaluate_rule(&self, facts: &RequestFacts<'_>, origin: &HeaderValue) -> Option<Evaluation> {
        let policy = self.policy.as_ref()?;
        let rule = policy.cors.request_rule(facts.head(), origin)?;
        if rule.has_credentials() {
            let is_allowed = policy.is_trusted && rule.allows_method(facts.head().method());
            return is_allowed.then(|| {
                Evaluation::allow("a CORS rule allows the origin and the method with credentials")
            });
        }
        prove_preflight(facts, rule).ok()?;
        Some(Evaluation::allow(
            "a CORS rule allows the preflight, and the request has no credentials of the user",
        ))
    }

    #[cfg(not(feature = "cors"))]
    #[expect(clippy::unused_self, reason = "the other half of the `cfg` reads the policy")]
    fn evaluate_rule(&self, _: &RequestFacts<'_>, _: &HeaderValue) -> Option<Evaluation> {
        None
    }
}
