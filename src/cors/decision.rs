use std::sync::Arc;

#[cfg(feature = "tower")]
use http::header::VARY;
use http::{HeaderMap, HeaderName, Method, Response};

use super::{
    outcome::{Outcome, Step},
    policy::CorsPolicy,
    response::{ResponseHeaders, RuleMatch},
};
use crate::{
    RequestHead,
    response::{EarlyResponse, VaryNames, is_upgrade_response},
};

/// The decision of a policy about one request.
///
/// A decision owns its data and outlives the request. It does not keep the policy and its origins alive.
///
/// [`Cors`](super::Cors) applies decisions automatically. A server without Tower needs two calls per request:
///
/// ```
/// use http::{Request, Response};
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule}};
///
/// fn serve(policy: &CorsPolicy, request: &Request<()>) -> Response<String> {
///     let decision = policy.decide(&RequestHead::from(request));
///     if let Some(response) = decision.early_response() {
///         return response;
///     }
///     let mut response = Response::new("items".to_owned());
///     decision.apply_to(&mut response);
///     response
/// }
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let request = Request::get("/").header("origin", "https://app.example.com").body(()).unwrap();
/// let response = serve(&policy, &request);
/// assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
/// assert_eq!(response.headers()["vary"], "origin");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a decision has no effect until its early response is sent or it is applied to a response"]
pub struct Decision {
    outcome: Outcome,
    failed_step: Option<Step>,
    /// The rule that allows the request.
    ///
    /// If a step failed: the rule whose preflight response reports that step to the browser.
    rule_match: Option<RuleMatch>,
    /// The rule that matches the origin, even if a later step fails.
    matched: Option<usize>,
    headers: Arc<ResponseHeaders>,
    is_connect: bool,
    is_in_extensions: bool,
    /// The request headers by which a source chose the policy.
    source_vary: Option<Box<VaryNames>>,
}

impl Decision {
    /// Returns the outcome of the request.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the first step that failed, in the order of the Fetch standard.
    ///
    /// Returns `None` if the request is not rejected.
    pub fn failed_step(&self) -> Option<Step> {
        self.failed_step
    }

    /// Returns the index of the rule that allows the request, counted from 0.
    ///
    /// Returns `None` if no rule allows the request.
    pub fn rule(&self) -> Option<usize> {
        self.allowed_by().map(|rule_match| rule_match.index)
    }

    /// Returns the [name](crate::cors::Rule::name) of the rule that matches the origin, if it has one.
    ///
    /// Also returns the name if the request is rejected at a later step.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule, Step}};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).name("app"))?;
    /// let preflight = Request::options("/items/1")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())
    ///     .unwrap();
    /// let decision = policy.decide(&RequestHead::from(&preflight));
    /// assert_eq!((decision.failed_step(), decision.rule_name()), (Some(Step::Method), Some("app")));
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn rule_name(&self) -> Option<&str> {
        self.headers.rule_name(self.matched?)
    }

    /// Adds request headers to the `Vary` of the response.
    ///
    /// Pass the headers by which the policy was chosen; a later call replaces them. A server without Tower passes
    /// [`PolicySource::varies_on`](super::PolicySource::varies_on); [`Cors`](super::Cors) does this
    /// automatically.
    pub fn with_vary(mut self, names: &[HeaderName]) -> Self {
        self.set_source_vary(names);
        self
    }

    /// Returns a decision that leaves the request and its response unchanged.
    pub fn not_handled(head: &RequestHead<'_>) -> Self {
        let headers = Arc::clone(&CorsPolicy::reject_all().compiled.headers);
        Self::new(Outcome::NotHandled, None, None, None, headers, head)
    }

    /// Returns whether there is an [`early_response`](Self::early_response).
    ///
    /// In this case the service must not be called.
    pub fn is_early(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::PreflightAllowed | Outcome::PreflightRejected | Outcome::Forbidden
        )
    }

    /// Returns the response to a preflight, or to a request that `enforce` rejects.
    ///
    /// Returns `None` for every other request, since the service responds to it.
    pub fn early_response<B: Default>(&self) -> Option<Response<B>> {
        let early = self.early_parts()?;
        Some(self.finish(early.into_response()))
    }

    /// Returns the early response. For a rejected request, `rejection` may replace it.
    #[cfg(feature = "tower")]
    #[inline]
    pub(crate) fn early_response_by<B: Default>(
        &self,
        rejection: &impl super::layer::MakeRejection<B>,
    ) -> Option<Response<B>> {
        let early = self.early_parts()?;
        // The response to a preflight of a debug origin is a success with CORS headers.
        let is_rejection = self.failed_step.is_some() && self.rule_match.is_none();
        match is_rejection.then(|| rejection.make_rejection(self)).flatten() {
            None => Some(self.finish(early.into_response())),
            Some(mut response) => {
                for names in early.headers.get_all(VARY) {
                    VaryNames::List(names.clone()).apply(response.headers_mut());
                }
                Some(self.finish(response))
            }
        }
    }

    fn finish<B>(&self, mut response: Response<B>) -> Response<B> {
        self.vary_on_source(response.headers_mut());
        if self.is_in_extensions {
            self.insert_into(&mut response);
        }
        response
    }

    fn early_parts(&self) -> Option<EarlyResponse> {
        Some(match (self.outcome, self.failed_step, &self.rule_match) {
            (Outcome::PreflightAllowed, _, Some(rule)) => self.headers.allowed_preflight(rule),
            (Outcome::PreflightRejected, Some(step), Some(rule)) => {
                self.headers.debugged_preflight(step, rule)
            }
            (Outcome::PreflightAllowed | Outcome::PreflightRejected, ..) => {
                self.headers.rejected_preflight()
            }
            (Outcome::Forbidden, ..) => self.headers.rejected_request(),
            (
                Outcome::Plain
                | Outcome::Allowed
                | Outcome::Rejected
                | Outcome::SameOrigin
                | Outcome::NotHandled,
                ..,
            ) => return None,
        })
    }

    /// Adds the CORS headers to the inner service's response.
    ///
    /// Removes the service's CORS headers, unless [`UpstreamHeaders::Keep`](super::UpstreamHeaders::Keep)
    /// keeps them, and merges `Vary`. If the request is allowed, the new headers let the page read the
    /// response.
    ///
    /// The headers of a `101` response, and of a 2xx response to `CONNECT`, stay unchanged.
    pub fn apply_to<B>(&self, response: &mut Response<B>) {
        if !is_upgrade_response(self.is_connect, response.status()) {
            if self.outcome != Outcome::NotHandled {
                self.headers.apply(response, self.allowed_by(), &self.headers.vary);
            }
            self.vary_on_source(response.headers_mut());
        }
        if self.is_in_extensions {
            self.insert_into(response);
        }
    }

    /// Adds the CORS headers, with the `Vary` of a whole configuration.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn apply_with_vary<B>(&self, response: &mut Response<B>, vary: &VaryNames) {
        self.headers.apply(response, self.allowed_by(), vary);
    }

    pub(super) fn new(
        outcome: Outcome,
        failed_step: Option<Step>,
        rule_match: Option<RuleMatch>,
        matched: Option<usize>,
        headers: Arc<ResponseHeaders>,
        head: &RequestHead<'_>,
    ) -> Self {
        let is_connect = *head.method() == Method::CONNECT;
        let (is_in_extensions, source_vary) = (false, None);
        Self {
            outcome,
            failed_step,
            rule_match,
            matched,
            headers,
            is_connect,
            is_in_extensions,
            source_vary,
        }
    }

    /// Returns the prefixes of the response headers that the page may read, such as `x-amz-meta-*`.
    pub(super) fn exposed_prefixes(&self) -> Vec<String> {
        let is_actual = !self.is_early();
        let rule_match = self.allowed_by().filter(|_| is_actual);
        rule_match.map(|found| self.headers.exposed_prefixes(found)).unwrap_or_default()
    }

    pub(super) fn set_in_extensions(&mut self) {
        self.is_in_extensions = true;
    }

    pub(super) fn set_source_vary(&mut self, names: &[HeaderName]) {
        if !names.is_empty() {
            self.source_vary = Some(Box::new(VaryNames::new(names)));
        }
    }

    fn allowed_by(&self) -> Option<&RuleMatch> {
        match self.failed_step {
            None => self.rule_match.as_ref(),
            Some(_) => None,
        }
    }

    /// Inserts the decision into the response extensions. Not inlined, since few layers enable this.
    #[inline(never)]
    fn insert_into<B>(&self, response: &mut Response<B>) {
        response.extensions_mut().insert(self.clone());
    }

    #[inline]
    fn vary_on_source(&self, headers: &mut HeaderMap) {
        if let Some(names) = &self.source_vary {
            names.apply(headers);
        }
    }
}
