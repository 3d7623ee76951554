//! Which policy it is that the gateway serves by: what a text says, and what holds it while requests pass. No
//! other file knows.

use std::sync::{Arc, PoisonError, RwLock};

use tower_cross_origin::{
    RequestHead,
    cors::{CorsLayer, CorsPolicy, PolicySource},
};

use crate::settings::{Broken, Format, Loaded};

/// The policy in force. A request is answered by the one that it finds, whole, whatever comes meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Policy(Arc<RwLock<CorsPolicy>>);

/// A policy without faults, which is not in force yet.
#[derive(Debug)]
pub(crate) struct Candidate {
    policy: CorsPolicy,
    /// What is legal, but probably not meant.
    pub(crate) lints: Vec<String>,
}

impl Candidate {
    /// Reads a text. A large one takes its time.
    ///
    /// # Errors
    ///
    /// With everything that is wrong with it.
    pub(crate) fn read(text: &str, format: Format) -> Result<Self, Broken> {
        let Loaded { policy, prefix } = Loaded::read(text, format)?;
        let lints = policy.lints().iter().map(|lint| format!("{prefix}{lint}")).collect();
        Ok(Self { policy, lints })
    }
}

impl Policy {
    pub(crate) fn new(first: Candidate) -> Self {
        Self(Arc::new(RwLock::new(first.policy)))
    }

    /// Puts the candidate in force.
    pub(crate) fn swap(&self, candidate: Candidate) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = candidate.policy;
    }

    /// The layers that are asked by it.
    pub(crate) fn layer(&self) -> CorsLayer<Self> {
        CorsLayer::new(self.clone())
    }
}

impl PolicySource for Policy {
    fn with<R>(&self, _: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        decide(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
