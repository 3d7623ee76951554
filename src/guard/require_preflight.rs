use http::{
    Method,
    header::{CONTENT_TYPE, COOKIE},
};

use super::{
    check::{Check, Evaluate, Evaluation, Verdict},
    error::Fault,
    exemptions::{CheckedOrigins, Exemptions},
    rejection::Rejection,
};
#[cfg(feature = "cross-origin")]
use crate::request::path::PathSet;
use crate::{
    RequestHead,
    cors::CorsPolicy,
    fetch::{
        is_content_type_of_browser, is_cors_safelisted_method, is_cors_safelisted_request_header,
    },
    origin::IntoOrigins,
    request::{
        RequestFacts,
        fetch_metadata::FetchSite,
        fields::FieldValue,
        handshake::opens_tunnel,
        same_origin::{as_browser_writes, is_service_origin},
    },
};

/// Denies cross-origin requests that need a preflight which a CORS policy does not allow.
///
/// Browsers that follow the Fetch standard never send such a request: the preflight fails first. The check denies
/// the requests of browsers that do not. From 2025 until version 148, pages could use
/// `Content-Type: message/ad-auction-trusted-signals-request` without a preflight in Chrome
/// ([Chromium issue 488292218], GHSA-hff2-gcpx-8f4p, GHSA-9q82-xgwf-vj6h). A GraphQL server that treats every unusual
/// `Content-Type` as a proof of a preflight then executed `GET` queries of every page, with the user's cookies.
///
/// | request | verdict |
/// |---|---|
/// | `GET`, `HEAD`, `POST` without `Content-Type`, or with one that a page may send without a preflight | allow |
/// | `POST` with the `Content-Type` of a report or a ping, which the browser creates | allow |
/// | `OPTIONS`, `CONNECT`, WebSocket handshakes | allow: other checks decide |
/// | `Sec-Fetch-Site: same-origin` or `none` | allow |
/// | neither `Sec-Fetch-Site` nor `Origin` | allow: the client is not a browser |
/// | no `Sec-Fetch-Site`, and an `Origin` with the host and port of the request | allow |
/// | the first rule for the path and the origin allows the preflight | allow |
/// | a path at which the policy [does not handle](crate::cors::CorsConfig::not_handled) CORS | allow |
/// | any other request | deny, unless exempt |
///
/// A rule allows the preflight if it allows the method, and the header `content-type` if the request has such a
/// `Content-Type`. A request with a `Cookie` needs a rule with credentials, too. Other headers are ignored: a server
/// cannot know which ones the page set, and which ones the browser or a proxy added.
///
/// Add this check to a service that relies on preflights: it treats JSON, `PUT` or another `Content-Type` as a sign
/// that CORS allowed the request. Unlike [`enforce`](crate::cors::CorsConfig::enforce) and
/// [`FetchMetadata`](super::FetchMetadata), the check denies no request that a standard browser sends. Unlike
/// [`Csrf`](super::Csrf), it also checks `GET` and `HEAD`. It does not replace [`Csrf`](super::Csrf), since a form needs
/// no preflight.
///
/// [Exempt paths](Self::exempt_paths) and requests that [a function](Self::skip_if) selects are allowed. Without
/// [service origins](Self::service_origins), the check does not compare schemes, like [`Csrf`](super::Csrf).
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{
///     RequestHead,
///     cors::{CorsPolicy, Rule},
///     guard::{Check, Rejection, RequirePreflight, Verdict},
/// };
///
/// let rule = Rule::for_origins(["https://app.example.com"]).allow_headers(["content-type"]);
/// let check = RequirePreflight::new(CorsPolicy::new(rule)?);
/// let query = |origin, content_type| {
///     let request = Request::get("/graphql?query=%7Bme%7D")
///         .header("origin", origin)
///         .header("sec-fetch-site", "cross-site")
///         .header("content-type", content_type);
///     check.check(&RequestHead::from(&request.body(()).unwrap()))
/// };
/// let unusual = "message/ad-auction-trusted-signals-request";
/// assert_eq!(query("https://app.example.com", unusual), Verdict::Allow);
/// assert_eq!(query("https://evil.example", "text/plain"), Verdict::Allow);
/// let denied = Verdict::Deny(Rejection::PreflightNotAllowed);
/// assert_eq!(query("https://evil.example", unusual), denied);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// # Caches
///
/// The check adds nothing to `Vary`. Every page may send the same `GET` without the `Content-Type`, so a stored response
/// reveals nothing that the check protects. Caches do not store rejections.
///
/// # Limitations
///
/// - Over plain HTTP, browsers send no `Sec-Fetch-Site`. A `GET` in the mode `no-cors` then has no `Origin` either,
///   and the check allows it.
/// - Extensions can send requests without a preflight. Add a rule for their origins if the browser sends
///   `Sec-Fetch-Site: cross-site`.
/// - After a redirect to another origin, Firefox sends the preflight with the origin of the page, and the request with
///   `Origin: null`. The check denies such a request unless a rule allows `null`. The page cannot read the response
///   without such a rule either.
/// - A proxy that adds a `Content-Type` to a `GET` makes it look like one that needs a preflight. Use
///   [`report_only`](Check::report_only) first.
///
/// [Chromium issue 488292218]: https://issues.chromium.org/issues/488292218
#[derive(Clone, Debug)]
#[must_use = "a check does nothing before a layer uses it"]
pub struct RequirePreflight {
    policy: CorsPolicy,
    service_origins: CheckedOrigins,
    exemptions: Exemptions,
}

impl RequirePreflight {
    /// Creates a check that compares requests with a CORS policy.
    ///
    /// Give the same policy to [`CorsLayer`](crate::cors::CorsLayer). The check does not follow a source whose policy
    /// changes; a [`CrossOriginPolicy`](crate::cross_origin::CrossOriginPolicy) does.
    pub fn new(policy: CorsPolicy) -> Self {
        let (service_origins, exemptions) = (CheckedOrigins::default(), Exemptions::default());
        Self { policy, service_origins, exemptions }
    }

    /// Adds origins under which browsers reach the service; see
    /// [`Csrf::service_origins`](super::Csrf::service_origins).
    pub fn service_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.service_origins.add("require_preflight.service_origins", origins);
        self
    }

    /// Adds paths at which the check allows every request; see
    /// [`Csrf::exempt_paths`](super::Csrf::exempt_paths).
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.exemptions.add_paths("require_preflight", paths);
        self
    }

    /// Adds a function that selects requests to allow; see [`Csrf::skip_if`](super::Csrf::skip_if).
    pub fn skip_if<F>(mut self, is_skipped: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.exemptions.skip_if(is_skipped);
        self
    }
}

#[cfg(feature = "cross-origin")]
impl RequirePreflight {
    /// Replaces the exempt paths by paths without faults.
    pub(crate) fn with_exempt_paths(mut self, paths: PathSet) -> Self {
        self.exemptions.set_paths(paths);
        self
    }
}

impl Check for RequirePreflight {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.evaluate(&RequestFacts::new(head)).verdict
    }

    fn faults(&self) -> Vec<Fault> {
        [self.service_origins.faults(false), self.exemptions.faults().to_vec()].concat()
    }
}

impl Evaluate for RequirePreflight {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let head = facts.head();
        let content_type = FieldValue::get(head.headers(), &CONTENT_TYPE);
        match *head.method() {
            Method::GET | Method::HEAD | Method::POST if content_type.is_absent() => {
                Evaluation::allow("the request needs no preflight")
            }
            Method::OPTIONS | Method::CONNECT => {
                Evaluation::allow("the check does not apply to this method")
            }
            _ => match facts.fetch_site() {
                FetchSite::SameOrigin => Evaluation::allow(
                    "a page of the same origin sent the request (Sec-Fetch-Site: same-origin)",
                ),
                FetchSite::None => {
                    Evaluation::allow("the user sent the request (Sec-Fetch-Site: none)")
                }
                _ => self.evaluate_cross_origin(facts, content_type),
            },
        }
    }
}

impl RequirePreflight {
    /// Evaluates a request that may come from a page of another origin.
    #[inline(never)]
    fn evaluate_cross_origin(
        &self,
        facts: &RequestFacts<'_>,
        content_type: FieldValue<'_>,
    ) -> Evaluation {
        let head = facts.head();
        let has_unsafe_type = is_unsafe(head.method(), content_type);
        if is_cors_safelisted_method(head.method().as_str().as_bytes()) && !has_unsafe_type {
            return Evaluation::allow("the request needs no preflight");
        }
        let origin = facts.origin();
        if facts.fetch_site() == FetchSite::Absent {
            if origin.is_absent() {
                return Evaluation::allow(
                    "the request has neither Sec-Fetch-Site nor Origin, so no browser sent it",
                );
            }
            let written = origin.single().map(as_browser_writes);
            let service_origins = self.service_origins.set();
            if written.is_some_and(|one| is_service_origin(facts, one.as_bytes(), service_origins))
            {
                return Evaluation::allow(if service_origins.is_empty() {
                    "Origin has the host and port of the request"
                } else {
                    "Origin is a service origin"
                });
            }
        }
        match self.failing_part(facts, has_unsafe_type) {
            None => Evaluation::allow("a CORS rule allows the preflight"),
            Some(reason) => self.unless_exempt(head, reason),
        }
    }

    fn unless_exempt(&self, head: &RequestHead<'_>, reason: &'static str) -> Evaluation {
        if opens_tunnel(head) {
            return Evaluation::allow("the request opens a WebSocket or a tunnel");
        }
        if !self.policy.handles_path_of(head) {
            let reason = "the service itself handles CORS at the path";
            return Evaluation::allow_by("cors.not_handled", reason);
        }
        if self.exemptions.matches(head) {
            return Evaluation::allow_by("exempt_paths", "the request is exempt");
        }
        Evaluation::deny(Rejection::PreflightNotAllowed, "cors.rules", reason)
    }

    /// Returns the reason for which the policy does not allow the preflight.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7
    fn failing_part(
        &self,
        facts: &RequestFacts<'_>,
        has_unsafe_type: bool,
    ) -> Option<&'static str> {
        let head = facts.head();
        let origin = facts.origin().single().map(as_browser_writes);
        let rule = origin.and_then(|origin| self.policy.request_rule(head, &origin));
        let Some(rule) = rule else {
            return Some("the request needs a preflight, and no CORS rule matches the origin");
        };
        // https://fetch.spec.whatwg.org/#cors-check, step 5
        if !rule.has_credentials() && head.headers().contains_key(COOKIE) {
            return Some(
                "the request needs a preflight and has a Cookie, and the CORS rule does not allow credentials",
            );
        }
        if !rule.allows_method(head.method()) {
            return Some(
                "the request needs a preflight, and the CORS rule does not allow the method",
            );
        }
        (has_unsafe_type && !rule.allows_header(CONTENT_TYPE.as_str())).then_some(
            "the request needs a preflight, and the CORS rule does not allow the header content-type",
        )
    }
}

/// Returns whether a page of another origin can send the `Content-Type` only after a preflight.
///
/// A value that is not a MIME type is not safelisted. No page can send several field lines.
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn is_unsafe(method: &Method, content_type: FieldValue<'_>) -> bool {
    match content_type {
        FieldValue::Absent => false,
        FieldValue::Repeated => true,
        FieldValue::Single(value) => {
            let value = value.as_bytes();
            // The fast path: the usual value.
            value == b"application/json"
                || !(is_cors_safelisted_request_header(CONTENT_TYPE.as_str().as_bytes(), value)
                    || (*method == Method::POST && is_content_type_of_browser(value)))
        }
    }
}
