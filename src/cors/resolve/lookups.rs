use std::{sync::Arc, time::Duration};

use http::{HeaderName, Request};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    RequestHead,
    cors::{
        decision::Decision,
        layer::{finalize, log_rejection},
        policy::CorsPolicy,
    },
    limits::POLICY_LOOKUPS,
    telemetry,
};

/// The settings of lookups, and the fallback for lookups without a policy.
#[derive(Clone, Debug)]
pub(super) struct Lookups {
    /// Limits concurrent lookups; all clones of a service share it.
    slots: Arc<Semaphore>,
    pub(super) timeout: Duration,
    /// `None` for the defaults, which differ between an unknown tenant and a failed lookup.
    pub(super) fallback: Option<CorsPolicy>,
    pub(super) varies_on: Arc<[HeaderName]>,
    pub(super) decision_in_extensions: bool,
}

impl Lookups {
    pub(super) fn new() -> Self {
        Self {
            slots: slots(POLICY_LOOKUPS),
            timeout: TIMEOUT,
            fallback: None,
            varies_on: Arc::default(),
            decision_in_extensions: false,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.slots = slots(limit);
    }

    /// Returns a permit for one lookup, or `None` if the limit is reached.
    pub(super) fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Decides by the policy that was found, or else by the fallback. Logs a failed lookup.
    pub(super) fn decide<B>(
        &self,
        request: &Request<B>,
        found: Result<Option<CorsPolicy>, LookupFailure>,
    ) -> Decision {
        let head = RequestHead::from(request);
        let policy = match (found, &self.fallback) {
            (Ok(Some(policy)), _) => policy,
            (Ok(None), None) => CorsPolicy::reject_all(),
            (Ok(None), Some(fallback)) => fallback.clone(),
            (Err(failure), fallback) => {
                telemetry::no_policy(&head, failure.as_str());
                // The unknown policy may enforce, so a request that it might reject does not reach the service.
                fallback.clone().unwrap_or_else(CorsPolicy::reject_all_of_other_hosts)
            }
        };
        let mut decision = policy.decide(&head);
        finalize(&mut decision, &self.varies_on, self.decision_in_extensions);
        log_rejection(&decision, &head, || Some(policy.explain(head)));
        decision
    }
}

/// The reason why a lookup returned no policy.
#[derive(Clone, Copy, Debug)]
pub(super) enum LookupFailure {
    /// The limit of concurrent lookups is reached.
    TooManyLookups,
    /// The lookup exceeded the timeout.
    TimedOut,
    /// The resolver returned an error.
    Failed,
}

impl LookupFailure {
    fn as_str(self) -> &'static str {
        match self {
            Self::TooManyLookups => "too-many-lookups",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
        }
    }
}

fn slots(limit: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)))
}

const TIMEOUT: Duration = Duration::from_secs(1);
