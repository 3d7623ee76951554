//! What a configuration of which this is a part asks.

use super::{CorsPolicy, Finding, compiled_rule::Audience};
use crate::origin::OriginSet;

impl CorsPolicy {
    /// The origins that rules with credentials name.
    pub(crate) fn origins_with_credentials(&self) -> OriginSet {
        let audiences = self.compiled().rules.iter().map(|rule| &rule.audience);
        let sets = audiences.filter(|one| one.has_credentials()).filter_map(Audience::listed);
        sets.fold(OriginSet::default(), |all, set| all.union(set))
    }
}

impl<K> Finding<K> {
    /// The same finding in the whole, of which the part stands below a key.
    pub(crate) fn within<T>(&self, part: &str, kind: impl FnOnce(&K) -> T) -> Finding<T> {
        Finding {
            setting: format!("{part}.{}", self.setting),
            value: self.value.clone(),
            kind: kind(&self.kind),
            instead: self.instead.clone(),
        }
    }
}
