use std::{sync::Arc, time::Duration};

use http::{HeaderName, Request};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    RequestHead,
    cors::{decision::Decision, layer::finalize, policy::CorsPolicy},
    limits::POLICY_LOOKUPS,
    telemetry,
};

/// How policies are looked up, and what answers where they are not found.
#[derive(Clone, Debug)]
pub(super) struct Lookups {
    /// Shared by the clones of a service.
    slots: Arc<Semaphore>,
    pub(super) timeout: Duration,
    pub(super) fallback: CorsPolicy,
    pub(super) varies_on: Arc<[HeaderName]>,
    pub(super) decision_in_extensions: bool,
}

impl Lookups {
    pub(super) fn new() -> Self {
        Self {
            slots: slots(POLICY_LOOKUPS),
            timeout: TIMEOUT,
            fallback: CorsPolicy::reject_all(),
            varies_on: Arc::default(),
            decision_in_extensions: false,
        }
    }

    pub(super) fn at_once(&mut self, most: usize) {
        self.slots = slots(most);
    }

    /// A place for one lookup, which ends with it.
    pub(super) fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// What is said of a request, once it is known by which policy.
    pub(super) fn decide<B>(
        &self,
        request: &Request<B>,
        found: Result<Option<CorsPolicy>, Missing>,
    ) -> Decision {
        let head = RequestHead::from(request);
        let found = found.unwrap_or_else(|missing| {
            telemetry::no_policy(&head, missing.as_str());
            None
        });
        let policy = found.as_ref().unwrap_or(&self.fallback);
        let mut decision = policy.decide(&head);
        finalize(&mut decision, &head, &self.varies_on, self.decision_in_extensions);
        decision
    }
}

/// Why a request has no policy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Missing {
    /// As many lookups as may be are under way.
    TooManyLookups,
    TimedOut,
    /// The resolver's error.
    Failed,
}

impl Missing {
    fn as_str(self) -> &'static str {
        match self {
            Self::TooManyLookups => "too-many-lookups",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
        }
    }
}

fn slots(most: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))
}

const TIMEOUT: Duration = Duration::from_secs(1);
