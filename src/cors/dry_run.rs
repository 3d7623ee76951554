use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use http::{HeaderMap, HeaderName, Response, StatusCode};

use super::{decision::Decision, explain::Explanation, outcome::Step, source::PolicySource};
use crate::{RequestHead, telemetry};

/// Evaluates a candidate policy next to the active one, and reports differences.
///
/// ```
/// use std::sync::mpsc;
/// use http::Request;
/// use tower_cross_origin::{
///     RequestHead,
///     cors::{CorsPolicy, Decision, Outcome, PolicySource, Rule, DryRun},
/// };
///
/// let active = CorsPolicy::new(Rule::for_any_origin())?;
/// let candidate = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let (lost, lost_origins) = mpsc::channel();
/// let source = DryRun::new(active, candidate).on_difference(move |difference| {
///     if difference.candidate().map(Decision::outcome) == Some(Outcome::Rejected) {
///         let _ = lost.send(difference.head().headers()["origin"].clone());
///     }
/// });
///
/// let request = Request::get("/").header("origin", "https://forgotten.example").body(()).unwrap();
/// let head = RequestHead::from(&request);
/// let decision = source.decide(&head);
/// assert_eq!(decision.outcome(), Outcome::Allowed, "the active policy decides");
/// assert_eq!(lost_origins.try_recv().unwrap(), "https://forgotten.example");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// The active policy alone determines the responses.
///
/// With the feature `tracing`, each difference is an event at the level `info`. `outcome` and `step` describe
/// the
/// decision of the active policy. The other fields are `candidate_outcome`, `candidate_step`, `method`,
/// `path` and
/// `origin`.
///
/// # Differences
///
/// Two decisions differ if the client can see the difference. This includes the status and the headers of an
/// early response, and the headers that are added to the service's response, including `Vary`. The rule that
/// matched is not compared.
///
/// The comparison assumes that the service sets no CORS headers, so a change of `upstream_headers` is not
/// reported. [`CorsPolicy::difference`](crate::cors::CorsPolicy::difference) compares this setting, too.
///
/// If a predicate of the candidate panics, `DryRun` reports a difference, and the request is unaffected. A
/// predicate that blocks delays the request, since it runs within the request.
///
/// # Sources
///
/// Both policies can come from any [`PolicySource`]. With a handle as candidate, you can change the candidate
/// without a restart. Each request needs two decisions and a comparison of their responses.
#[derive(Clone)]
pub struct DryRun<P, C> {
    source: P,
    candidate: C,
    on_difference: Option<Arc<OnDifference>>,
}

type OnDifference = dyn Fn(&DryRunDifference<'_>) + Send + Sync;

impl<P: PolicySource, C: PolicySource> DryRun<P, C> {
    /// Creates a source that decides by `source`, and only evaluates `candidate`.
    pub fn new(source: P, candidate: C) -> Self {
        Self { source, candidate, on_difference: None }
    }

    /// Replaces the function that is called with each difference.
    ///
    /// The function runs within the request, so it should only count the difference or send it elsewhere. If
    /// the function panics, the request is unaffected.
    #[must_use]
    pub fn on_difference<F>(mut self, report: F) -> Self
    where
        F: Fn(&DryRunDifference<'_>) + Send + Sync + 'static,
    {
        self.on_difference = Some(Arc::new(report));
        self
    }

    fn compare(&self, head: &RequestHead<'_>, decision: &Decision) {
        let mut active = decision.clone();
        active.set_source_vary(self.source.varies_on());
        let candidate = catch_panic(|| {
            let mut decision = self.candidate.decide(head);
            decision.set_source_vary(self.candidate.varies_on());
            decision
        });
        let is_equal =
            |candidate: &Decision| ClientView::new(candidate) == ClientView::new(&active);
        if candidate.as_ref().is_some_and(is_equal) {
            return;
        }
        let difference = DryRunDifference { head: *head, active, candidate };
        telemetry::candidate_differs(head, difference.log_fields());
        if let Some(report) = &self.on_difference {
            catch_panic(|| report(&difference));
        }
    }
}

/// Decides by the active source.
impl<P: PolicySource, C: PolicySource> PolicySource for DryRun<P, C> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        let decision = self.source.decide(head);
        self.compare(head, &decision);
        decision
    }

    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        self.source.explanation(head)
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

/// A request about which the candidate decides differently, passed to [`DryRun::on_difference`].
#[derive(Clone, Debug)]
pub struct DryRunDifference<'a> {
    head: RequestHead<'a>,
    active: Decision,
    candidate: Option<Decision>,
}

impl<'a> DryRunDifference<'a> {
    /// Returns the head of the request.
    pub fn head(&self) -> RequestHead<'a> {
        self.head
    }

    /// Returns the decision of the active policy.
    pub fn active(&self) -> &Decision {
        &self.active
    }

    /// Returns the decision of the candidate.
    ///
    /// Returns `None` if one of the candidate's predicates panicked.
    pub fn candidate(&self) -> Option<&Decision> {
        self.candidate.as_ref()
    }

    /// Returns the outcome and step of the active policy and of the candidate, for logs.
    fn log_fields(&self) -> [&'static str; 4] {
        let step = |decision: &Decision| decision.failed_step().map_or(NONE, Step::as_str);
        let [outcome, failed] = [self.active.outcome().as_str(), step(&self.active)];
        let candidate = self.candidate.as_ref();
        let candidate_outcome =
            candidate.map_or(PANICKED, |candidate| candidate.outcome().as_str());
        [outcome, failed, candidate_outcome, candidate.map_or(NONE, step)]
    }
}

/// The visible effects of a decision, if the service sets no CORS headers.
#[derive(PartialEq)]
struct ClientView {
    /// The status of an early response.
    status: Option<StatusCode>,
    headers: HeaderMap,
    /// The prefixes of exposed headers, whose effect depends on the service's response.
    exposed_prefixes: Vec<String>,
}

impl ClientView {
    fn new(decision: &Decision) -> Self {
        let (status, mut response) = match decision.early_response() {
            Some(response) => (Some(response.status()), response),
            None => (None, Response::new(())),
        };
        if status.is_none() {
            decision.apply_to(&mut response);
        }
        let exposed_prefixes = decision.exposed_prefixes();
        Self { status, headers: response.into_parts().0.headers, exposed_prefixes }
    }
}

/// Calls a function, and returns `None` if it panics.
///
/// A panic can leave only the state of the candidate or of the callback inconsistent.
fn catch_panic<R>(function: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(function)).ok()
}

const NONE: &str = "none";
const PANICKED: &str = "panicked";
