use std::sync::Arc;

use super::CrossOriginPolicy;

/// Where a [`CrossOriginService`](super::CrossOriginService) finds the policy for a request: a fixed
/// [`CrossOriginPolicy`], or a handle by which it is swapped while serving.
pub trait CrossOriginSource {
    /// Calls `decide` with the policy in force.
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R;
}

/// The same policy for every request.
impl CrossOriginSource for CrossOriginPolicy {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        decide(self)
    }
}

/// The same source, shared.
impl<P: CrossOriginSource> CrossOriginSource for Arc<P> {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        (**self).with(decide)
    }
}
