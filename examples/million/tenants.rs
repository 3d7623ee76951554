use std::{
    mem,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfigError, CorsPolicy, PolicySource, Rule},
    origin::OriginSet,
};

/// The policy in force, and the set of origins that the next one is made of.
///
/// A request waits for no change: one is made to a copy of the set, which shares with it all that stays
/// the same, and only to put the new policy in its place are requests kept waiting.
#[derive(Clone, Debug)]
pub(crate) struct Tenants(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    in_force: RwLock<CorsPolicy>,
    origins: Mutex<OriginSet>,
    rule: fn(OriginSet) -> Rule,
}

impl Tenants {
    pub(crate) fn new(
        origins: OriginSet,
        rule: fn(OriginSet) -> Rule,
    ) -> Result<Self, CorsConfigError> {
        let policy = CorsPolicy::new(rule(origins.clone()))?;
        let (in_force, origins) = (RwLock::new(policy), Mutex::new(origins));
        Ok(Self(Arc::new(Shared { in_force, origins, rule })))
    }

    /// Changes the set, then the policy. Changes wait for each other.
    pub(crate) fn change(
        &self,
        how: impl FnOnce(&mut OriginSet) -> bool,
    ) -> Result<Change, CorsConfigError> {
        let mut origins = self.0.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        let mut changed = origins.clone();
        let is_new = how(&mut changed);
        let set = start.elapsed();

        let start = Instant::now();
        let policy = CorsPolicy::new((self.0.rule)(changed.clone()))?;
        let mut in_force = self.0.in_force.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = mem::replace(&mut *in_force, policy);
        drop(in_force);
        let policy = start.elapsed();

        // Not while requests are kept waiting.
        drop(replaced);
        let count = changed.len();
        *origins = changed;
        Ok(Change { is_new, set, policy, origins: count })
    }
}

impl PolicySource for Tenants {
    fn with<R>(&self, _: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        decide(&self.0.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a change took.
pub(crate) struct Change {
    /// Whether it made a difference.
    pub(crate) is_new: bool,
    pub(crate) set: Duration,
    pub(crate) policy: Duration,
    /// How many there are now.
    pub(crate) origins: usize,
}
