use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method, Response};

use super::{actual, answers::Answers, early_answer::early_answer, verdict::Verdict};
use crate::{RequestHead, response::VaryNames, response::is_upgrade_response};

/// What a policy says of one request. Owns what it needs, so that it outlives the request, and no more:
/// the policy and its origins are not kept by it.
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
    answers: Arc<Answers>,
    verdict: Verdict,
    is_connect: bool,
    is_carried: bool,
    /// What the choice of the policy depended on.
    chosen_by: Box<[HeaderName]>,
}

impl Decision {
    /// What became of the request.
    pub fn outcome(&self) -> Outcome {
        self.verdict.outcome()
    }

    /// The first step that failed, in the standard's order; `None` unless the request is refused.
    pub fn failed_step(&self) -> Option<Step> {
        self.verdict.failed_step()
    }

    /// The place of the rule that grants, counted from 0; `None` where no rule does.
    pub fn rule(&self) -> Option<usize> {
        self.verdict.grant().map(|grant| grant.rule)
    }

    /// The same decision, whose answers say in `Vary` that the policy was chosen by these request
    /// headers. [`Cors`](super::Cors) calls it with
    /// [`PolicySource::varies_on`](super::PolicySource::varies_on).
    pub fn chosen_by(mut self, names: &[HeaderName]) -> Self {
        self.set_chosen_by(names);
        self
    }

    /// The same decision, which is put into the extensions of what it answers and finishes.
    /// [`CorsLayer::decision_in_extensions`](super::CorsLayer::decision_in_extensions) asks for it.
    pub fn carried(mut self) -> Self {
        self.set_carried();
        self
    }

    /// Whether there is an [`early_answer`](Self::early_answer), so that the service is not called.
    pub fn is_early(&self) -> bool {
        self.verdict.is_early()
    }

    /// The answer to a preflight, or to what `enforce` refuses; `None` for every other request, which
    /// the service itself answers.
    pub fn early_answer<B: Default>(&self) -> Option<Response<B>> {
        self.verdict.early().map(|early| {
            let mut answer = early_answer(&self.answers, early);
            self.vary_on_choice(&mut answer.headers);
            let mut answer = answer.into_response();
            if self.is_carried {
                self.put_into(&mut answer);
            }
            answer
        })
    }

    /// Puts the CORS headers into the service's response: removes its own ones, merges `Vary`, and,
    /// where the request is granted, lets the page read.
    ///
    /// A `101`, and a 2xx to `CONNECT`, stay as they are.
    pub fn finish<B>(&self, response: &mut Response<B>) {
        if !is_upgrade_response(self.is_connect, response.status()) {
            let headers = response.headers_mut();
            actual::finish(headers, &self.answers, self.verdict.grant());
            self.vary_on_choice(headers);
        }
        if self.is_carried {
            self.put_into(response);
        }
    }

    pub(super) fn new(answers: Arc<Answers>, verdict: Verdict, head: &RequestHead<'_>) -> Self {
        let is_connect = *head.method() == Method::CONNECT;
        Self { answers, verdict, is_connect, is_carried: false, chosen_by: Box::default() }
    }

    pub(super) fn set_carried(&mut self) {
        self.is_carried = true;
    }

    pub(super) fn set_chosen_by(&mut self, names: &[HeaderName]) {
        if !names.is_empty() {
            self.chosen_by = names.into();
        }
    }

    /// Apart, since hardly anyone asks for it.
    #[inline(never)]
    fn put_into<B>(&self, response: &mut Response<B>) {
        response.extensions_mut().insert(self.clone());
    }

    #[inline]
    fn vary_on_choice(&self, headers: &mut HeaderMap) {
        if !self.chosen_by.is_empty() {
            VaryNames::new(&self.chosen_by).apply(headers);
        }
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
    /// The browser was told nothing, with status 403; or, with
    /// [`diagnostics`](super::CorsConfig::diagnostics), just enough to name the failing step.
    PreflightRefused,
    /// It comes from a page of the service's own origin, and is passed on. Told from others with
    /// [`enforce`](super::CorsConfig::enforce) alone.
    SameOrigin,
    /// It is not passed on: [`enforce`](super::CorsConfig::enforce) answers it with status 403.
    Forbidden,
}

impl Outcome {
    /// A name for logs and metrics, such as `preflight-refused`.
    ///
    /// ```
    /// use tower_cross_origin::cors::Outcome;
    ///
    /// assert_eq!(Outcome::PreflightRefused.as_str(), "preflight-refused");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::PreflightGranted => "preflight-granted",
            Self::PreflightRefused => "preflight-refused",
            Self::SameOrigin => "same-origin",
            Self::Forbidden => "forbidden",
        }
    }
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

impl Step {
    /// A name for logs and metrics, such as `request-headers`.
    ///
    /// ```
    /// use tower_cross_origin::cors::Step;
    ///
    /// assert_eq!(Step::RequestHeaders.as_str(), "request-headers");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Method => "method",
            Self::RequestHeaders => "request-headers",
        }
    }
}
