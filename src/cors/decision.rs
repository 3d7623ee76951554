use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use super::{CorsPolicy, actual, preflight::Echo};
use crate::{RequestHead, answer::EarlyAnswer, vary};

/// What a policy says of one request. Owns what it needs, so that it outlives the request.
///
/// [`Cors`](super::Cors) does this by itself; without Tower, two calls answer a request:
///
/// ```
/// use http::{Request, Response};
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule}};
///
/// fn serve(policy: &CorsPolicy, request: &Request<()>) -> Response<String> {
///     let decision = policy.decide(&RequestHead::from(request));
///     if let Some(answer) = decision.early_answer() {
///         return answer;
///     }
///     let mut response = Response::new("items".to_owned());
///     decision.finish(&mut response);
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
#[must_use = "a decision does nothing by itself: ask it for an early answer, or let it finish a response"]
pub struct Decision {
    policy: CorsPolicy,
    origin: Option<HeaderValue>,
    echo: Echo,
    rule: Option<u32>,
    outcome: Outcome,
    failed_step: Option<Step>,
    connect: bool,
    /// What the choice of the policy depended on.
    chosen_by: Vec<HeaderName>,
}

impl Decision {
    /// What became of the request.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The first step that failed, in the standard's order; `None` unless the request is refused.
    pub fn failed_step(&self) -> Option<Step> {
        self.failed_step
    }

    /// The place of the rule that grants, counted from 0; `None` where no rule does.
    pub fn rule(&self) -> Option<usize> {
        self.rule.and_then(|index| usize::try_from(index).ok())
    }

    /// The same decision, whose answers say in `Vary` that the policy was chosen by these request
    /// headers. [`Cors`](super::Cors) calls it with
    /// [`PolicySource::varies_on`](super::PolicySource::varies_on).
    pub fn chosen_by(mut self, names: &[HeaderName]) -> Self {
        self.chosen_by.extend_from_slice(names);
        self
    }

    /// The answer to a preflight; `None` for every other request, which the service itself answers.
    pub fn early_answer<B: Default>(&self) -> Option<Response<B>> {
        self.as_early_answer().map(EarlyAnswer::into_response)
    }

    /// Puts the CORS headers into the service's response: removes its own ones, merges `Vary`, and,
    /// where the request is granted, lets the page read.
    ///
    /// A `101`, and a 2xx to `CONNECT`, stay as they are.
    pub fn finish<B>(&self, response: &mut Response<B>) {
        let status = response.status();
        let is_tunnel =
            status == StatusCode::SWITCHING_PROTOCOLS || (self.connect && status.is_success());
        if !is_tunnel {
            let compiled = self.policy.compiled();
            let granted = self.rule.and_then(|index| compiled.rule(index));
            let headers = response.headers_mut();
            actual::finish(headers, compiled, granted, self.origin.as_ref());
            self.vary_on_choice(headers);
        }
    }

    pub(super) fn as_early_answer(&self) -> Option<EarlyAnswer> {
        let compiled = self.policy.compiled();
        let mut answer = match self.outcome {
            Outcome::PreflightGranted => {
                let rule = self.rule.and_then(|index| compiled.rule(index))?;
                actual::granted_preflight(compiled, rule, self.origin.as_ref(), &self.echo)
            }
            Outcome::PreflightRefused => actual::refused_preflight(compiled),
            Outcome::Plain | Outcome::Granted | Outcome::Refused => return None,
        };
        self.vary_on_choice(&mut answer.headers);
        Some(answer)
    }

    fn vary_on_choice(&self, headers: &mut HeaderMap) {
        for name in &self.chosen_by {
            vary::merge(headers, &HeaderValue::from(name.clone()));
        }
    }

    pub(super) fn new(policy: CorsPolicy, head: &RequestHead<'_>) -> Self {
        Self {
            policy,
            origin: None,
            echo: Echo::default(),
            rule: None,
            outcome: Outcome::Plain,
            failed_step: None,
            connect: *head.method() == Method::CONNECT,
            chosen_by: Vec::new(),
        }
    }

    pub(super) fn granted(self, outcome: Outcome, rule: u32, origin: Option<HeaderValue>) -> Self {
        Self { outcome, rule: Some(rule), origin, ..self }
    }

    pub(super) fn refused(self, outcome: Outcome, step: Step) -> Self {
        Self { outcome, failed_step: Some(step), ..self }
    }

    pub(super) fn with_echo(self, echo: Echo) -> Self {
        Self { echo, ..self }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It has no `Origin`, and is passed on.
    Plain,
    /// It is passed on, and the page may read the response.
    Granted,
    /// It is passed on, and no page may read the response.
    Refused,
    /// The browser was told that the page may send what it asked for.
    PreflightGranted,
    /// The browser was told nothing, with status 403.
    PreflightRefused,
}

/// Where a request fails, in the order in which a browser looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// No rule covers the origin. <https://fetch.spec.whatwg.org/#concept-cors-check>
    Origin,
    /// The rule does not allow the method.
    Method,
    /// The rule does not allow one of the request headers.
    RequestHeaders,
}
