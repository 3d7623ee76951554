use super::{CrossOriginPolicy, CrossOriginSource};
use crate::reload::PolicyHandle;

/// The policy in force.
impl CrossOriginSource for PolicyHandle<CrossOriginPolicy> {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        self.read(decide)
    }
}
