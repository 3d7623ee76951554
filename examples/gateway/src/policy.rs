//! Which policy it is that the gateway serves by: what a text says, and what holds it while requests pass. No
//! other file knows.

use tower_cross_origin::{
    cors::PolicyHandle,
    cross_origin::{CrossOriginLayer, CrossOriginPolicy},
    push::Shutdown,
};

use crate::settings::{Format, LoadError, Loaded};

/// The policy in force. A request is answered by the one that it finds, whole, whatever comes meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    handle: PolicyHandle<CrossOriginPolicy>,
    /// Of the streams, whichever policy they began under.
    shutdown: Shutdown,
}

/// A policy without faults, which is not in force yet.
#[derive(Debug)]
pub(crate) struct Candidate {
    policy: CrossOriginPolicy,
    /// What is legal, but probably not meant.
    pub(crate) lints: Vec<String>,
}

impl Candidate {
    /// Reads a text. A large one takes its time.
    ///
    /// # Errors
    ///
    /// With everything that is wrong with it.
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

    /// Puts the candidate in force, and drops the one that was.
    pub(crate) fn swap(&self, candidate: Candidate) {
        drop(self.handle.swap(candidate.policy.with_shutdown(&self.shutdown)));
    }

    /// Whether it matters how a path is read.
    pub(crate) fn goes_by_path(&self) -> bool {
        self.handle.read(CrossOriginPolicy::is_path_dependent)
    }

    /// Ends streams of events, which have no end of their own.
    pub(crate) fn end_streams(&self) {
        self.shutdown.begin();
    }

    /// The layers that are asked by it.
    pub(crate) fn layer(&self) -> CrossOriginLayer<PolicyHandle<CrossOriginPolicy>> {
        CrossOriginLayer::new(self.handle.clone())
    }
}
