//! The gateway's policy: how its text is read, and the handle of the active one.
//!
//! No other file depends on the kind of policy.

use tower_cross_origin::{
    cors::PolicyHandle,
    cross_origin::{CrossOriginLayer, CrossOriginPolicy},
    push::Shutdown,
};

use crate::settings::{Format, LoadError, Loaded};

/// The active policy. Each request uses one policy from beginning to end.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    handle: PolicyHandle<CrossOriginPolicy>,
    /// Ends streams, even streams that began with an earlier policy.
    shutdown: Shutdown,
}

/// A valid policy that is not active yet.
#[derive(Debug)]
pub(crate) struct Candidate {
    policy: CrossOriginPolicy,
    /// Settings that are valid, but probably not intended.
    pub(crate) lints: Vec<String>,
}

impl Candidate {
    /// Parses a policy. A large one takes some time.
    ///
    /// # Errors
    ///
    /// All faults of the policy.
    pub(crate) fn read(text: &str, format: Format) -> Result<Self, LoadError> {
        let Loaded { policy, lints } = Loaded::parse(text, format)?;
        Ok(Self { policy, lints })
    }
}

impl Policy {
    pub(crate) fn new(first: Candidate) -> Self {
        let shutdown = Shutdown::new();
        Self { handle: PolicyHandle::new(first.policy.with_shutdown(&shutdown)), shutdown }
    }

    /// Activates the candidate, and drops the old policy.
    pub(crate) fn swap(&self, candidate: Candidate) {
        drop(self.handle.swap(candidate.policy.with_shutdown(&self.shutdown)));
    }

    /// Returns whether the policy matches on paths.
    pub(crate) fn is_path_dependent(&self) -> bool {
        self.handle.read(CrossOriginPolicy::is_path_dependent)
    }

    /// Ends event streams, which would not end otherwise.
    pub(crate) fn end_streams(&self) {
        self.shutdown.begin();
    }

    /// Returns the layers, which use the active policy.
    pub(crate) fn layer(&self) -> CrossOriginLayer<PolicyHandle<CrossOriginPolicy>> {
        CrossOriginLayer::new(self.handle.clone())
    }
}
