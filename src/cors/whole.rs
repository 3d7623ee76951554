//! What a configuration of which this is a part asks.

use super::{CorsPolicy, compiled_rule::Audience};
use crate::origin::OriginSet;

impl CorsPolicy {
    /// The origins that rules with credentials name.
    pub(crate) fn origins_with_credentials(&self) -> OriginSet {
        let audiences = self.compiled().rules.iter().map(|rule| &rule.audience);
        let sets = audiences.filter(|one| one.has_credentials()).filter_map(Audience::listed);
        sets.fold(OriginSet::default(), |all, set| all.union(set))
    }
}
