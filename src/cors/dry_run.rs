use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use http::{HeaderMap, HeaderName, Response, StatusCode};

use super::{decision::Decision, outcome::Step, source::PolicySource};
use crate::{RequestHead, telemetry};

/// The policy in force, and beside it a candidate that answers nothing: what would be answered otherwise
/// by it is told.
///
/// ```
/// use std::sync::mpsc;
/// use http::Request;
/// use tower_cross_origin::{
///     RequestHead,
///     cors::{CorsPolicy, Decision, Outcome, PolicySource, Rule, DryRun},
/// };
///
/// let in_force = CorsPolicy::new(Rule::for_any_origin())?;
/// let candidate = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let (lost, lost_origins) = mpsc::channel();
/// let source = DryRun::new(in_force, candidate).on_difference(move |difference| {
///     if difference.candidate().map(Decision::outcome) == Some(Outcome::Rejected) {
///         let _ = lost.send(difference.head().headers()["origin"].clone());
///     }
/// });
///
/// let request = Request::get("/").header("origin", "https://forgotten.example").body(()).unwrap();
/// let head = RequestHead::from(&request);
/// let decision = source.decide(&head);
/// assert_eq!(decision.outcome(), Outcome::Allowed, "the policy in force decides");
/// assert_eq!(lost_origins.try_recv().unwrap(), "https://forgotten.example");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// With the feature `tracing` each difference is an event at the level `info`, whose fields are `outcome`
/// and `step` in force, `candidate_outcome` and `candidate_step`, `method`, `path` and `origin`.
///
/// What differs is what goes on the wire: whether the service is called, the status and the headers of an
/// early answer, and the headers that are put into a response, `Vary` among them; not which rule it was.
/// Whether the service's own CORS headers are kept is a setting, and shown by
/// [`CorsPolicy::difference`](crate::cors::CorsPolicy::difference) alone.
///
/// The response is that of the policy in force. Where a predicate of the candidate panics, that is a
/// difference, and nothing else. One that blocks delays the request: it is called within it.
///
/// Both are any [`PolicySource`]: a handle as candidate takes another one without a restart. The candidate
/// costs each request two decisions, and the comparison of their answers.
#[derive(Clone)]
pub struct DryRun<P, C> {
    source: P,
    candidate: C,
    on_difference: Option<Arc<OnDifference>>,
}

type OnDifference = dyn Fn(&DryRunDifference<'_>) + Send + Sync;

impl<P: PolicySource, C: PolicySource> DryRun<P, C> {
    /// `source` answers, `candidate` is asked beside it.
    pub fn new(source: P, candidate: C) -> Self {
        Self { source, candidate, on_difference: None }
    }

    /// Calls `tell` with each difference, within the request: it counts it, or sends it elsewhere. Where
    /// it panics, the request is answered all the same.
    #[must_use]
    pub fn on_difference<F>(mut self, tell: F) -> Self
    where
        F: Fn(&DryRunDifference<'_>) + Send + Sync + 'static,
    {
        self.on_difference = Some(Arc::new(tell));
        self
    }

    fn compare(&self, head: &RequestHead<'_>, decision: &Decision) {
        let mut active = decision.clone();
        active.set_chosen_by(self.source.varies_on());
        let candidate = unless_it_panics(|| {
            let mut decision = self.candidate.decide(head);
            decision.set_chosen_by(self.candidate.varies_on());
            decision
        });
        let is_alike = |candidate: &Decision| OnTheWire::new(candidate) == OnTheWire::new(&active);
        if candidate.as_ref().is_some_and(is_alike) {
            return;
        }
        let difference = DryRunDifference { head: *head, active, candidate };
        telemetry::candidate_differs(head, difference.words());
        if let Some(tell) = &self.on_difference {
            unless_it_panics(|| tell(&difference));
        }
    }
}

/// That of the policy in force.
impl<P: PolicySource, C: PolicySource> PolicySource for DryRun<P, C> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        let decision = self.source.decide(head);
        self.compare(head, &decision);
        decision
    }

    fn varies_on(&self) -> &[HeaderName] {
        self.source.varies_on()
    }
}

impl<P: fmt::Debug, C: fmt::Debug> fmt::Debug for DryRun<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DryRun")
            .field("source", &self.source)
            .field("candidate", &self.candidate)
            .finish_non_exhaustive()
    }
}

/// A request that a candidate would have answered otherwise: given to [`DryRun::on_difference`].
#[derive(Clone, Debug)]
pub struct DryRunDifference<'a> {
    head: RequestHead<'a>,
    active: Decision,
    candidate: Option<Decision>,
}

impl<'a> DryRunDifference<'a> {
    /// The request.
    pub fn head(&self) -> RequestHead<'a> {
        self.head
    }

    /// Returns the decision of the active policy.
    pub fn active(&self) -> &Decision {
        &self.active
    }

    /// What the candidate says of it; `None` where one of its predicates panics.
    pub fn candidate(&self) -> Option<&Decision> {
        self.candidate.as_ref()
    }

    /// The outcomes and the steps, for logs: first those in force.
    fn words(&self) -> [&'static str; 4] {
        let step = |decision: &Decision| decision.failed_step().map_or(NONE, Step::as_str);
        let [outcome, failed] = [self.active.outcome().as_str(), step(&self.active)];
        let candidate = self.candidate.as_ref();
        let then = candidate.map_or(PANICKED, |candidate| candidate.outcome().as_str());
        [outcome, failed, then, candidate.map_or(NONE, step)]
    }
}

/// What a client gets to see of a decision, where the service sets no CORS header of its own.
#[derive(PartialEq)]
struct OnTheWire {
    /// Of an early answer.
    status: Option<StatusCode>,
    headers: HeaderMap,
}

impl OnTheWire {
    fn new(decision: &Decision) -> Self {
        let (status, mut response) = match decision.early_response() {
            Some(answer) => (Some(answer.status()), answer),
            None => (None, Response::new(())),
        };
        if status.is_none() {
            decision.apply_to(&mut response);
        }
        Self { status, headers: response.into_parts().0.headers }
    }
}

/// What is left half done by a panic is the candidate's own, or the callback's.
fn unless_it_panics<R>(act: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}

const NONE: &str = "none";
const PANICKED: &str = "panicked";
