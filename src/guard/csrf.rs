use http::Method;

use super::{
    check::{Check, Evaluate, Evaluation, Verdict},
    error::Fault,
    exemptions::{Exemptions, TrustedOrigins},
    rejection::Rejection,
};
#[cfg(feature = "cors")]
use crate::cors::CorsPolicy;
#[cfg(all(feature = "cross-origin", feature = "difference"))]
use crate::origin::OriginSet;
use crate::{
    RequestHead,
    origin::IntoOrigins,
    request::{
        RequestFacts, fetch_metadata::FetchSite, fields::FieldValue,
        same_origin::matches_request_target,
    },
};

/// Denies cross-site request forgery: cross-origin requests that can change data. No tokens are needed.
///
/// The rules are the same as in `CrossOriginProtection` of Go 1.25:
///
/// | request | verdict |
/// |---|---|
/// | `GET`, `HEAD`, `OPTIONS` | allow: these methods must not change data |
/// | `Sec-Fetch-Site: same-origin` or `none` | allow |
/// | any other `Sec-Fetch-Site` | deny, unless exempt |
/// | neither `Sec-Fetch-Site` nor `Origin` | allow: the client is not a browser |
/// | no `Sec-Fetch-Site`, and an `Origin` with the host and port of the request | allow |
/// | no `Sec-Fetch-Site`, and any other `Origin` | deny, unless exempt |
///
/// [Trusted origins](Self::trust_origins), [exempt paths](Self::exempt_paths) and requests that [a
/// function](Self::skip_if) selects are exempt.
///
/// The check does not compare schemes, since a service behind a TLS-terminating proxy does not know its own
/// scheme. A plain-HTTP page of the same host is therefore allowed if the browser sends no `Sec-Fetch-Site`.
/// Prevent such pages with `Strict-Transport-Security`.
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
    exemptions: Exemptions,
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

    /// Replaces the CORS policy whose credentialed origins are trusted.
    ///
    /// Pages of these origins may send every request: the policy allows their preflights anyway.
    #[cfg(feature = "cors")]
    pub fn trust_policy(mut self, policy: CorsPolicy) -> Self {
        self.trusted.set_policy(policy);
        self
    }

    /// Adds paths to which every page may send requests.
    ///
    /// ```
    /// use tower_cross_origin::guard::{Check, Csrf};
    ///
    /// let check = Csrf::new().exempt_paths(["/hooks/payment"]); // exactly this path, with any query
    /// assert!(check.faults().is_empty());
    /// // "/hooks/" is valid, but exempts neither "/hooks" nor "/hooks/payment".
    /// let check = check.exempt_paths([
    ///     "hooks/payment",   // fault: a path begins with a slash
    ///     "/hooks/../admin", // fault: a router may read a different path
    /// ]);
    /// assert_eq!(check.faults()[0].setting(), "csrf.exempt_paths[1]");
    /// assert_eq!(check.faults()[1].setting(), "csrf.exempt_paths[2]");
    /// ```
    ///
    /// Paths are compared byte for byte with the path in the request. A request with an
    /// [ambiguous path](super::PathErrorKind) is never exempt, since a router may read it as a different path
    /// (CVE-2025-47910). Inside a router that removes a prefix, the check sees the path without the prefix.
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
        [self.trusted.faults(), self.exemptions.faults().to_vec()].concat()
    }
}

#[cfg(all(feature = "cross-origin", feature = "difference"))]
impl Csrf {
    /// Returns the trusted origins, listed here or by the CORS policy.
    pub(crate) fn trusted_origins(&self) -> OriginSet {
        self.trusted.listed()
    }
}

impl Evaluate for Csrf {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        if matches!(*facts.head().method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Evaluation::allow("requests with this method must change nothing");
        }
        match facts.fetch_site() {
            FetchSite::SameOrigin => Evaluation::allow(
                "a page of the same origin sent the request (Sec-Fetch-Site: same-origin)",
            ),
            FetchSite::None => {
                Evaluation::allow("the user sent the request (Sec-Fetch-Site: none)")
            }
            FetchSite::Absent => match facts.origin() {
                FieldValue::Absent => Evaluation::allow(
                    "the request has neither Sec-Fetch-Site nor Origin, so no browser sent it",
                ),
                FieldValue::Single(origin) if matches_request_target(facts, origin.as_bytes()) => {
                    Evaluation::allow("Origin has the host and port of the request")
                }
                _ => self.unless_exempt(
                    facts,
                    Rejection::CsrfOrigin,
                    "Origin is not the origin of the service, and Sec-Fetch-Site is missing",
                ),
            },
            _ => self.unless_exempt(
                facts,
                Rejection::CsrfSite,
                "another origin sent the request according to Sec-Fetch-Site",
            ),
        }
    }
}

impl Csrf {
    fn unless_exempt(
        &self,
        facts: &RequestFacts<'_>,
        rejection: Rejection,
        reason: &'static str,
    ) -> Evaluation {
        let origin = facts.origin().single();
        if origin.is_some_and(|origin| self.trusted.contains(facts.head(), origin)) {
            Evaluation::allow_by("trust_origins", "the request origin is trusted")
        } else if origin.is_some_and(|origin| self.trusted.is_allowed_null(origin)) {
            Evaluation::allow_by("dangerously_allow_null_origin", "the origin \"null\" is allowed")
        } else if self.exemptions.matches(facts.head()) {
            Evaluation::allow_by("exempt_paths", "the request is exempt")
        } else {
            Evaluation::deny(rejection, "trust_origins", reason)
        }
    }
}
