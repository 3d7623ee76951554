//! Explanations of decisions.

mod method;
mod origin;
mod preflight_reason;
mod request_headers;
mod steps;
mod suggestion;
mod wording;

use std::fmt;

use http::{HeaderMap, Response};

#[cfg(feature = "cross-origin")]
pub(crate) use self::wording::escape;
use self::{preflight_reason::Metadata, wording::StepFailure};
use super::{
    outcome::{Outcome, Step},
    policy::{CompiledPolicy, CorsPolicy},
};
use crate::RequestHead;

impl CorsPolicy {
    /// Explains the decision about a request, with the failed step, its reason and a fix.
    ///
    /// Use this to debug a page or a policy. It costs more than [`decide`](Self::decide), so do not call it
    /// for every request.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule}};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_methods(["PUT"]))?;
    ///
    /// let request = Request::options("/items/1")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "PATCH")
    ///     .body(())
    ///     .unwrap();
    /// let explanation = policy.explain(&request);
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     r#"rejected at the method: rules[0] does not allow PATCH
    /// preflight reason: method PATCH needs a preflight: only GET, HEAD and POST do not
    /// origin: https://app.example.com is listed in rules[0]
    /// credentials: rules[0] does not allow credentials; browsers reject fetches with credentials: "include"
    /// method: rules[0] allows PUT, but not PATCH
    /// request headers: none requested
    /// result: the browser does not send the actual request, and its console names the method
    /// fix: rules[0].allow_methods: add "PATCH""#,
    /// );
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn explain<'a>(&self, request: impl Into<RequestHead<'a>>) -> Explanation {
        Explanation::new(self, &request.into())
    }

    /// Explains the decision about a request and the service's response to it.
    ///
    /// In addition to [`explain`](Self::explain), it lists the response headers that the page cannot read. A page
    /// reads only safelisted headers, and headers that [`Rule::expose_headers`](super::Rule::expose_headers) lists.
    ///
    /// ```
    /// use http::{HeaderMap, Request, header::ETAG};
    /// use tower_cross_origin::cors::{CorsPolicy, Rule};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
    /// let request = Request::get("/").header("origin", "https://app.example.com").body(()).unwrap();
    /// let mut headers = HeaderMap::new();
    /// headers.insert(ETAG, "\"1\"".parse().unwrap());
    ///
    /// let explanation = policy.explain_response(&request, &headers);
    /// let fix: Vec<&str> = explanation.help().collect();
    /// assert_eq!(fix, ["if the page reads etag: rules[0].expose_headers: add \"etag\""]);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// <https://fetch.spec.whatwg.org/#concept-filtered-response-cors>
    pub fn explain_response<'a>(
        &self,
        request: impl Into<RequestHead<'a>>,
        headers: &HeaderMap,
    ) -> Explanation {
        let head = request.into();
        let mut explanation = Explanation::new(self, &head);
        let mut response = Response::new(());
        response.headers_mut().clone_from(headers);
        self.decide(&head).apply_to(&mut response);
        if explanation.outcome == Outcome::Allowed {
            explanation.explain_unexposed(&self.compiled, head.headers(), response.headers());
        }
        explanation
    }
}

/// An explanation of a decision about one request, returned by [`CorsPolicy::explain`].
///
/// `Display` writes text for people, one line per item:
/// - the first line states the outcome; for a rejected request also the failed step and the reason;
/// - the steps follow in the order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch> and
///   <https://fetch.spec.whatwg.org/#concept-cors-check>, each with the compared values;
/// - the last lines begin with `fix:` and contain settings as they are written in a configuration:
///   `rules[0].allow_methods: add "PATCH"`.
///
/// The outcome and the failed step equal those in the [`Decision`](super::Decision). The texts may change
/// in any version of this crate.
///
/// The text is safe for logs and terminals: it consists of printable ASCII and line feeds. Values of the
/// request are escaped and truncated, and the text has at most [`MAX_BYTES`](Self::MAX_BYTES). Do not send
/// it to the page: it reveals the rules of the policy.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule, Step}};
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let request = Request::get("/").header("origin", "http://app.example.com").body(()).unwrap();
/// let explanation = policy.explain(&request);
///
/// assert_eq!(explanation.failed_step(), Some(Step::Origin));
/// assert_eq!(
///     explanation.summary(),
///     "rejected at the origin: no rule allows http://app.example.com",
/// );
/// assert_eq!(
///     explanation.help().next(),
///     Some("open the page as https://app.example.com"),
/// );
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    outcome: Outcome,
    failed_step: Option<Step>,
    rule: Option<usize>,
    summary: String,
    steps: Vec<ExplanationLine>,
    help: Vec<String>,
    /// The browser blocks the response: its static origin differs from the request origin.
    is_blocked_by_browser: bool,
    /// The browser console names the failed step of a preflight.
    is_step_in_console: bool,
    metadata: Metadata,
}

impl Explanation {
    /// The maximum length of the text in bytes, for any request and policy: 16 KiB.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Returns the outcome, as [`Decision::outcome`](super::Decision::outcome) does.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the first failed step, as [`Decision::failed_step`](super::Decision::failed_step) does.
    pub fn failed_step(&self) -> Option<Step> {
        self.failed_step
    }

    /// Returns the index of the first rule that matches the origin, counted from 0.
    ///
    /// This rule decides, even if it rejects the method or the request headers. Returns `None` if no rule
    /// matches.
    pub fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// Returns the first line.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the steps in the order of the browser, each with the compared values.
    ///
    /// A rejected origin ends the list. For other preflights the list includes both the method and the
    /// request headers, so that you can fix all problems at once.
    pub fn steps(&self) -> &[ExplanationLine] {
        &self.steps
    }

    /// Returns the fixes, without the label `fix:`. An allowed request usually needs no fix.
    pub fn help(&self) -> impl Iterator<Item = &str> {
        self.help.iter().map(String::as_str)
    }

    fn new(policy: &CorsPolicy, head: &RequestHead<'_>) -> Self {
        let decision = policy.decide(head);
        let metadata = Metadata::from_head(head);
        let is_blocked_by_browser = decision.outcome() != Outcome::NotHandled
            && metadata.uses_cors()
            && origin::differs_from_static_origin(&policy.compiled, head);
        let mut explanation = Self {
            outcome: decision.outcome(),
            failed_step: decision.failed_step(),
            rule: decision.rule(),
            summary: String::new(),
            steps: Vec::new(),
            help: Vec::new(),
            is_blocked_by_browser,
            is_step_in_console: decision.failing_step().is_some() && !is_blocked_by_browser,
            metadata,
        };
        explanation.summary = explanation.outcome_text(&policy.compiled);
        explanation.explain_steps(&policy.compiled, head);
        explanation.note("result", explanation.result());
        explanation
    }

    /// Returns the first line without the reason of a failed step.
    fn outcome_text(&self, compiled: &CompiledPolicy) -> String {
        match (self.outcome, self.failed_step) {
            (_, Some(Step::Origin)) => "rejected at the origin".to_owned(),
            (_, Some(Step::Method)) => "rejected at the method".to_owned(),
            (_, Some(Step::RequestHeaders)) => "rejected at the request headers".to_owned(),
            (Outcome::Plain, None) => "not a CORS request: Origin is missing".to_owned(),
            (Outcome::NotHandled, None) => "CORS is not handled at this path".to_owned(),
            (Outcome::SameOrigin, None) => "allowed: same-origin request".to_owned(),
            (_, None) => match self.rule {
                Some(index) => {
                    let rule = compiled.rules.get(index);
                    let path = rule.map_or("a rule", |rule| &rule.path);
                    let note = if self.is_blocked_by_browser { BLOCKED_BY_BROWSER } else { "" };
                    format!("allowed by {path}{note}")
                }
                None => "rejected".to_owned(),
            },
        }
    }

    /// Returns whether CORS does not apply to a forwarded request that no rule allows.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn is_without_cors(&self) -> bool {
        self.outcome == Outcome::Rejected && !self.metadata.uses_cors()
    }

    /// Returns the line about the effect on the request and the page.
    fn result(&self) -> &'static str {
        match self.outcome {
            Outcome::SameOrigin => {
                "the layer forwards the request, and the page reads the response without CORS"
            }
            Outcome::Forbidden => "the layer responds with status 403, because enforce is true",
            Outcome::Plain | Outcome::NotHandled => "the layer forwards the request",
            Outcome::Allowed if self.is_blocked_by_browser => {
                "the layer forwards the request, and the browser blocks the response: the origin differs"
            }
            Outcome::PreflightAllowed if self.is_blocked_by_browser => {
                "the browser does not send the actual request, and the page sees a network error: the \
                 origin differs"
            }
            Outcome::Allowed => {
                "the layer forwards the request, and the page can read the response"
            }
            Outcome::Rejected => self.metadata.rejected_result(),
            Outcome::PreflightAllowed => "the browser sends the actual request",
            Outcome::PreflightRejected if self.is_step_in_console => match self.failed_step {
                Some(Step::RequestHeaders) => {
                    "the browser does not send the actual request, and its console names the request header"
                }
                _ => {
                    "the browser does not send the actual request, and its console names the method"
                }
            },
            Outcome::PreflightRejected => {
                "the browser does not send the actual request, and the page sees a network error"
            }
        }
    }

    fn passed(&mut self, about: &'static str, text: impl Into<String>) {
        self.steps.push(ExplanationLine::new(about, Mark::Passed, text.into()));
    }

    fn note(&mut self, about: &'static str, text: impl Into<String>) {
        self.steps.push(ExplanationLine::new(about, Mark::Note, text.into()));
    }

    /// Adds a step that does not pass. The failed step of the decision adds its reason to the first line.
    fn failed(&mut self, step: Step, failure: StepFailure) {
        if self.failed_step == Some(step) {
            self.summary = format!("{}: {}", self.summary, failure.reason);
        }
        let about = match step {
            Step::Origin => "origin",
            Step::Method => "method",
            Step::RequestHeaders => "request headers",
        };
        // Steps that the decision does not check are notes, such as the request headers of an actual request.
        let is_later = self.outcome == Outcome::PreflightRejected && self.failed_step < Some(step);
        let is_checked = self.failed_step == Some(step) || is_later;
        let mark = if is_checked { Mark::Failed } else { Mark::Note };
        self.steps.push(ExplanationLine::new(about, mark, failure.compared));
        if let Some(closest) = failure.closest {
            self.note("closest match", closest);
        }
        self.help.extend(failure.help);
    }

    fn add_help(&mut self, help: impl Into<String>) {
        self.help.push(help.into());
    }
}

const BLOCKED_BY_BROWSER: &str = ", but the browser blocks the page: the origin differs";

/// Writes all lines, without a line feed at the end.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        for step in &self.steps {
            write!(f, "\n{step}")?;
        }
        for help in self.help() {
            write!(f, "\nfix: {help}")?;
        }
        Ok(())
    }
}

/// One line of an [`Explanation`], such as the check of the origin.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Mark, Rule}};
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let request = Request::get("/").header("origin", "https://app.example.com").body(()).unwrap();
/// let explanation = policy.explain(&request);
/// let line = explanation.steps().iter().find(|line| line.about() == "origin").unwrap();
/// assert_eq!(line.mark(), Mark::Passed);
/// assert_eq!(line.text(), "https://app.example.com is listed in rules[0]");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplanationLine {
    about: &'static str,
    mark: Mark,
    text: String,
}

impl ExplanationLine {
    /// Returns the subject of the line, such as `request headers`.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Returns the result of the check.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Returns the compared values.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn new(about: &'static str, mark: Mark, text: String) -> Self {
        Self { about, mark, text }
    }
}

impl fmt::Display for ExplanationLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

/// The result of a check in an [`Explanation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mark {
    /// The step passes.
    Passed,
    /// The step fails. The first such step is the decision's failed step.
    Failed,
    /// The line is additional information.
    Note,
}
