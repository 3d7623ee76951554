use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tower_cross_origin::{
    cors::{CorsConfigError, CorsPolicy, Lint, PolicyHandle, Rule},
    origin::OriginPattern,
};

use crate::{save_error::SaveError, store::Store};

/// The policies of all tenants in memory, and the database from which they come.
pub(crate) struct Tenants {
    policies: PolicyHandle<HashMap<String, CorsPolicy>>,
    /// The database. A change of an origin locks it until the policy has the change.
    store: Mutex<Store>,
}

/// An origin that the server saved.
pub(crate) struct Saved {
    pub(crate) origin: String,
    /// The mistakes in the text that the server corrected.
    pub(crate) corrections: Vec<String>,
    /// Reasons for which the origin is probably a mistake.
    pub(crate) warnings: Vec<String>,
}

impl Tenants {
    pub(crate) fn load(store: Store) -> rusqlite::Result<Self> {
        let policies = PolicyHandle::new(policies(&store)?);
        Ok(Self { policies, store: Mutex::new(store) })
    }

    /// Returns the active policy of a tenant.
    pub(crate) fn policy(&self, tenant: &str) -> Option<CorsPolicy> {
        self.policies.read(|policies| policies.get(tenant).cloned())
    }

    /// Checks an origin, stores it, and applies it to the next request.
    pub(crate) fn save(&self, tenant: &str, key: &str, typed: &str) -> Result<Saved, SaveError> {
        let store = self.authenticate(tenant, key)?;
        let normalized = OriginPattern::normalize(typed).map_err(SaveError::InvalidOrigin)?;
        let origin = normalized.pattern();
        if !origin.is_exact() {
            return Err(SaveError::Pattern);
        }
        let new = add(self.policy(tenant).as_ref(), origin).map_err(SaveError::UnsafeOrigin)?;
        if new.origins().len() > MAX_ORIGINS {
            return Err(SaveError::TooManyOrigins);
        }
        store.insert(tenant, origin.as_str())?;
        self.replace(tenant, new);
        let corrections = normalized.changes().iter().map(ToString::to_string).collect();
        Ok(Saved { origin: origin.to_string(), corrections, warnings: warnings(origin) })
    }

    /// Removes an origin from the database, and from the policy before the next request.
    pub(crate) fn remove(&self, tenant: &str, key: &str, typed: &str) -> Result<(), SaveError> {
        let store = self.authenticate(tenant, key)?;
        let origin = OriginPattern::normalize(typed).map_err(SaveError::InvalidOrigin)?;
        let origin = origin.into_pattern();
        store.delete(tenant, origin.as_str())?;
        if let Some(old) = self.policy(tenant) {
            let new = old.without_origin(RULE, &origin).map_err(SaveError::UnsafeOrigin)?;
            self.replace(tenant, new);
        }
        Ok(())
    }

    /// Replaces all policies if another program changed the database. Returns whether it did.
    pub(crate) fn reload_if_changed(&self) -> rusqlite::Result<bool> {
        let mut store = self.store();
        let is_changed = store.has_other_changes()?;
        if is_changed {
            self.policies.swap(policies(&store)?);
        }
        Ok(is_changed)
    }

    /// Returns the database if the key is the tenant's key.
    fn authenticate(&self, tenant: &str, key: &str) -> Result<MutexGuard<'_, Store>, SaveError> {
        let store = self.store();
        if store.is_key(tenant, key)? { Ok(store) } else { Err(SaveError::UnknownTenant) }
    }

    fn replace(&self, tenant: &str, policy: CorsPolicy) {
        let Ok(_) = self.policies.update(|old| {
            let mut policies = old.clone();
            policies.insert(tenant.to_owned(), policy);
            Ok::<_, Infallible>(policies)
        });
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates the policies of the tenants with origins. Without a policy, the layer rejects all origins.
fn policies(store: &Store) -> rusqlite::Result<HashMap<String, CorsPolicy>> {
    let mut policies = HashMap::new();
    for (tenant, origin) in store.origins()? {
        match origin.parse().map(|origin| add(policies.get(&tenant), &origin)) {
            Ok(Ok(policy)) => drop(policies.insert(tenant, policy)),
            // The origin was valid for an earlier rule.
            Ok(Err(error)) => eprintln!("skipped {origin} of {tenant}: {error}"),
            Err(error) => eprintln!("skipped {origin:?} of {tenant}: {error}"),
        }
    }
    Ok(policies)
}

/// Adds an origin to the policy of a tenant, or creates the policy.
fn add(policy: Option<&CorsPolicy>, origin: &OriginPattern) -> Result<CorsPolicy, CorsConfigError> {
    let Some(policy) = policy else {
        let rule = Rule::for_origins([origin.as_str()]).name(RULE).allow_credentials(true);
        return CorsPolicy::new(rule.allow_methods(["PUT"]));
    };
    policy.with_origin(RULE, origin)
}

/// Returns the lints of an origin, such as `http://localhost:3000`.
fn warnings(origin: &OriginPattern) -> Vec<String> {
    let Ok(policy) = add(None, origin) else { return Vec::new() };
    policy.lints().iter().map(Lint::help).collect()
}

const RULE: &str = "tenant";
const MAX_ORIGINS: usize = 100;
