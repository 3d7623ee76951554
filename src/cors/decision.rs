use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};

use super::{
    outcome::{Outcome, Step},
    policy::{CorsPolicy, Evaluation},
    response::{AppliedRule, Echoed, FailingStepValues, ResponseHeaders, RuleIndex},
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
    headers: Arc<ResponseHeaders>,
    /// The request origin, if the response may echo it.
    origin: Option<HeaderValue>,
    rare: Option<Box<RareParts>>,
    /// The rule that matches the origin, or the only rule of a constant response.
    ///
    /// A later step may still fail.
    rule: Option<RuleIndex>,
    outcome: Outcome,
    failed_step: Option<Step>,
    is_connect: bool,
    /// Whether actual responses for the path are the same for every origin.
    is_constant: bool,
    is_in_extensions: bool,
}

/// The parts that few decisions have. Boxed, so that other decisions stay small.
#[derive(Clone, Debug, Default)]
pub(super) struct RareParts {
    echoed: Echoed,
    /// The lists of a preflight response that shows the failing step to the browser.
    failing_step: Option<FailingStepValues>,
    /// The request headers by which a source chose the policy.
    source_vary: VaryNames,
}

impl RareParts {
    pub(super) fn echoed(echoed: Echoed) -> Self {
        Self { echoed, ..Self::default() }
    }

    pub(super) fn failing_step(values: FailingStepValues) -> Self {
        Self { failing_step: Some(values), ..Self::default() }
    }
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
        self.allowed_by().map(|rule| rule.index.get())
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
        // The constant response to a request without an origin has the headers of a rule.
        let rule = self.rule.filter(|_| self.outcome != Outcome::Plain)?;
        self.headers.rule_name(rule.get())
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
        Self::new(Evaluation::new(Outcome::NotHandled, None, None), headers, false, head)
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
        // A response that shows the failing step is a success with CORS headers.
        if self.is_early() && self.failed_step.is_some() && self.failing_step().is_none() {
            if let Some(mut response) = rejection.make_rejection(self) {
                let is_preflight = self.outcome == Outcome::PreflightRejected;
                self.headers.complete_rejection(is_preflight, response.headers_mut());
                return Some(self.finish(response));
            }
        }
        self.early_response()
    }

    fn finish<B>(&self, mut response: Response<B>) -> Response<B> {
        self.vary_on_source(response.headers_mut());
        if self.is_in_extensions {
            self.insert_into(&mut response);
        }
        response
    }

    fn early_parts(&self) -> Option<EarlyResponse> {
        Some(match (self.outcome, self.failing_step(), self.applied_rule()) {
            (Outcome::PreflightAllowed, _, Some(rule)) => self.headers.allowed_preflight(rule),
            (Outcome::PreflightRejected, Some(values), Some(rule)) => {
                self.headers.failing_step_preflight(values, rule)
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
                let vary = if self.is_constant { &VaryNames::None } else { &self.headers.vary };
                self.headers.apply(response, self.allowed_by(), vary);
            }
            self.vary_on_source(response.headers_mut());
        }
        if self.is_in_extensions {
            self.insert_into(response);
        }
    }

    /// Adds the CORS headers, with the `Vary` of a whole configuration.
    #[cfg(feature = "cross-origin")]
    #[expect(
        clippy::inline_always,
        reason = "a call is a tenth of the cost of a request without an origin"
    )]
    #[inline(always)]
    pub(crate) fn apply_with_vary<B>(&self, response: &mut Response<B>, vary: &VaryNames) {
        if self.outcome == Outcome::NotHandled {
            vary.apply(response.headers_mut());
        } else {
            self.headers.apply(response, self.allowed_by(), vary);
        }
    }

    pub(super) fn new(
        evaluation: Evaluation,
        headers: Arc<ResponseHeaders>,
        is_constant: bool,
        head: &RequestHead<'_>,
    ) -> Self {
        let Evaluation { outcome, failed_step, found, rare } = evaluation;
        let rule = found.as_ref().map(|found| found.index);
        Self {
            headers,
            origin: found.and_then(|found| found.origin),
            rare,
            rule,
            outcome,
            failed_step,
            is_connect: *head.method() == Method::CONNECT,
            is_constant,
            is_in_extensions: false,
        }
    }

    /// Returns the prefixes of the response headers that the page may read, such as `x-amz-meta-*`.
    pub(super) fn exposed_prefixes(&self) -> Vec<String> {
        let rule = self.allowed_by().filter(|_| !self.is_early());
        rule.map(|rule| self.headers.exposed_prefixes(rule.index)).unwrap_or_default()
    }

    /// Returns whether the path alone decides about the CORS headers of actual responses.
    #[cfg(feature = "cross-origin")]
    #[inline]
    pub(crate) fn is_constant(&self) -> bool {
        self.is_constant
    }

    pub(super) fn set_in_extensions(&mut self) {
        self.is_in_extensions = true;
    }

    pub(super) fn set_source_vary(&mut self, names: &[HeaderName]) {
        if !names.is_empty() {
            self.rare.get_or_insert_default().source_vary = VaryNames::new(names);
        }
    }

    fn allowed_by(&self) -> Option<AppliedRule<'_>> {
        match self.failed_step {
            None => self.applied_rule(),
            Some(_) => None,
        }
    }

    #[inline]
    fn applied_rule(&self) -> Option<AppliedRule<'_>> {
        self.rule.map(|index| AppliedRule {
            index,
            origin: self.origin.as_ref(),
            echoed: self.rare.as_deref().map(|rare| &rare.echoed),
        })
    }

    /// Returns the lists of a response that shows the failing step to the browser.
    pub(super) fn failing_step(&self) -> Option<&FailingStepValues> {
        self.rare.as_deref()?.failing_step.as_ref()
    }

    /// Inserts the decision into the response extensions. Not inlined, since few layers enable this.
    #[inline(never)]
    fn insert_into<B>(&self, response: &mut Response<B>) {
        response.extensions_mut().insert(self.clone());
    }

    #[inline]
    fn vary_on_source(&self, headers: &mut HeaderMap) {
        if let Some(rare) = &self.rare {
            rare.source_vary.apply(headers);
        }
    }
}
