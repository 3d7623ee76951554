//! Decisions in words.

mod method;
mod origin;
mod preflight_reason;
mod request_headers;
mod steps;
mod suggestion;
mod wording;

use std::fmt;

use self::wording::StepFailure;
use super::{
    outcome::{Outcome, Step},
    policy::{CompiledPolicy, CorsPolicy},
};
use crate::RequestHead;

impl CorsPolicy {
    /// The decision in words: at which step the request fails and why, what a browser compares, and what
    /// to change.
    ///
    /// For whoever debugs a page or a policy. It asks for the decision and then looks closer, so that it
    /// costs more than one; it is not for every request.
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
    ///     r#"refused at the method: rules[0] does not allow PATCH
    /// asked first: method PATCH needs a preflight: only GET, HEAD and POST do not
    /// origin: https://app.example.com is named by rules[0]
    /// credentials: rules[0] does not allow them: a page that asks with credentials: "include" is refused
    /// method: rules[0] allows PUT, and not PATCH
    /// request headers: none is asked for
    /// then: the browser does not send the request itself, and the page sees a network error
    /// to change: rules[0].allow_methods: add "PATCH""#,
    /// );
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn explain<'a>(&self, request: impl Into<RequestHead<'a>>) -> Explanation {
        Explanation::new(self, &request.into())
    }
}

/// What a policy says of one request, in words: [`CorsPolicy::explain`].
///
/// Its `Display` is for people, in lines:
/// - the first one says what became of the request: where it is refused, the failing step and what
///   failed there;
/// - the steps follow in the order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch> and
///   <https://fetch.spec.whatwg.org/#concept-cors-check>, each with what was compared with what;
/// - lines that begin with `to change:` come last, and name settings as they are written in a
///   configuration: `rules[0].allow_methods: add "PATCH"`.
///
/// The outcome and the failing step are those of the [`Decision`](super::Decision). The words are not a
/// part of what versions promise.
///
/// The text can go into a log or onto a terminal: it is printable ASCII but for the ends of its lines,
/// what the request says is escaped and cut, and the whole has at most
/// [`MAX_BYTES`](Self::MAX_BYTES). It is not for the page that asked: it tells what the policy allows.
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
///     "refused at the origin: no rule covers http://app.example.com",
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
    advice: Vec<String>,
}

impl Explanation {
    /// The most bytes of an explanation's text: 16 KiB, whatever is asked and configured.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// What became of the request: the same as [`Decision::outcome`](super::Decision::outcome).
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The first step that failed: the same as [`Decision::failed_step`](super::Decision::failed_step).
    pub fn failed_step(&self) -> Option<Step> {
        self.failed_step
    }

    /// The place of the rule that decides, counted from 0: the first one that covers the origin, whether
    /// or not it allows the rest. `None` where none does.
    pub fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// The first line.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// What a browser compares, in its order. A refused origin ends it; of every other preflight both the
    /// method and the request headers are looked at, so that all can be mended at once.
    pub fn steps(&self) -> &[ExplanationLine] {
        &self.steps
    }

    /// What to change, without the words `to change:`; nothing where all is as it should be.
    pub fn help(&self) -> impl Iterator<Item = &str> {
        self.advice.iter().map(String::as_str)
    }

    fn new(policy: &CorsPolicy, head: &RequestHead<'_>) -> Self {
        let decision = policy.decide(head);
        let mut explanation = Self {
            outcome: decision.outcome(),
            failed_step: decision.failed_step(),
            rule: decision.rule(),
            summary: String::new(),
            steps: Vec::new(),
            advice: Vec::new(),
        };
        explanation.summary = explanation.result(&policy.compiled);
        explanation.explain_steps(&policy.compiled, head);
        explanation.note("then", explanation.ending());
        explanation
    }

    /// The first line; a step that fails adds its reason.
    fn result(&self, compiled: &CompiledPolicy) -> String {
        match (self.outcome, self.failed_step) {
            (_, Some(Step::Origin)) => "refused at the origin".to_owned(),
            (_, Some(Step::Method)) => "refused at the method".to_owned(),
            (_, Some(Step::RequestHeaders)) => "refused at the request headers".to_owned(),
            (Outcome::Plain, None) => "no Origin: not a CORS request".to_owned(),
            (Outcome::SameOrigin, None) => "passed on: the service's own page asks".to_owned(),
            (_, None) => match self.rule {
                Some(index) => {
                    let rule = compiled.rules.get(index);
                    format!("granted by {}", rule.map_or("a rule", |rule| &rule.path))
                }
                None => "not granted".to_owned(),
            },
        }
    }

    /// What comes of it.
    fn ending(&self) -> &'static str {
        match self.outcome {
            Outcome::SameOrigin => {
                "the request is passed on, and its page reads the response, for which it needs no CORS"
            }
            Outcome::Forbidden => {
                "the request is not passed on: enforce = true answers it with status 403"
            }
            Outcome::Plain | Outcome::NotHandled => "the request is passed on",
            Outcome::Allowed => "the request is passed on, and its page may read the response",
            Outcome::Rejected => {
                "the request is passed on, and the response has no header that lets a page read it"
            }
            Outcome::PreflightAllowed => "the browser sends the request itself",
            Outcome::PreflightRejected => {
                "the browser does not send the request itself, and the page sees a network error"
            }
        }
    }

    fn passed(&mut self, about: &'static str, text: impl Into<String>) {
        self.steps.push(ExplanationLine::new(about, Mark::Passed, text.into()));
    }

    fn note(&mut self, about: &'static str, text: impl Into<String>) {
        self.steps.push(ExplanationLine::new(about, Mark::Note, text.into()));
    }

    /// A step that does not pass; it is the one of the first line if the decision says so.
    fn failed(&mut self, step: Step, failure: StepFailure) {
        if self.failed_step == Some(step) {
            self.summary = format!("{}: {}", self.summary, failure.reason);
        }
        let about = match step {
            Step::Origin => "origin",
            Step::Method => "method",
            Step::RequestHeaders => "request headers",
        };
        // What the decision does not judge cannot fail: the request headers of an actual request.
        let is_later = self.outcome == Outcome::PreflightRejected && self.failed_step < Some(step);
        let is_judged = self.failed_step == Some(step) || is_later;
        let mark = if is_judged { Mark::Failed } else { Mark::Note };
        self.steps.push(ExplanationLine::new(about, mark, failure.compared));
        if let Some(nearest) = failure.nearest {
            self.note("nearest", nearest);
        }
        self.advice.extend(failure.advice);
    }

    fn advise(&mut self, advice: impl Into<String>) {
        self.advice.push(advice.into());
    }
}

/// For people; lines without an end after the last one.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        for step in &self.steps {
            write!(f, "\n{step}")?;
        }
        for advice in self.help() {
            write!(f, "\nto change: {advice}")?;
        }
        Ok(())
    }
}

/// One line of an [`Explanation`]: what a browser looks at, and what it finds.
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
/// assert_eq!(line.text(), "https://app.example.com is named by rules[0]");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplanationLine {
    about: &'static str,
    mark: Mark,
    text: String,
}

impl ExplanationLine {
    /// What the line is about, such as `request headers`.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// How it ends.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// What was compared with what.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn new(about: &'static str, mark: Mark, text: String) -> Self {
        Self { about, mark, text }
    }
}

impl fmt::Display for ExplanationLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

/// How a line of an [`Explanation`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mark {
    /// The step passes.
    Passed,
    /// The step does not pass; the first such one is the decision's failed step.
    Failed,
    /// Nothing is decided here.
    Note,
}
