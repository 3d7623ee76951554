//! What the rest of a whole configuration is compared with.

use std::sync::Arc;

use super::{
    CrossOriginEmbedderPolicy, DocumentIsolationPolicy, Embedding, EmbeddingPolicy,
    config::TimingAllowOrigin,
};
use crate::origin::{NamedOrigins, OriginSet};

/// Whose pages see timings.
pub(crate) enum Timing {
    AnyOrigin,
    Origins(OriginSet),
}

impl EmbeddingPolicy {
    /// Sets nothing.
    pub(crate) fn nothing() -> Self {
        Self { compiled: Arc::default() }
    }
}

impl Embedding {
    pub(crate) fn timing(&self, lists: &NamedOrigins) -> Option<Timing> {
        Some(match self.timing_allow_origin.as_ref()? {
            TimingAllowOrigin::Any => Timing::AnyOrigin,
            TimingAllowOrigin::OfWhoAsks(origins) => Timing::Origins(origins.clone()),
            TimingAllowOrigin::WrittenOfWhoAsks(written) | TimingAllowOrigin::Listed(written) => {
                Timing::Origins(lists.set_of(written, |_, _, _| {}))
            }
        })
    }

    /// The key and the value by which documents embed only what says that it may be.
    pub(crate) fn requires_resource_policy(&self) -> Option<(&'static str, &'static str)> {
        let embedder = self.embedder_policy.as_ref().map(|one| one.policy);
        let isolation = self.document_isolation_policy.as_ref().map(|one| one.policy);
        if embedder == Some(CrossOriginEmbedderPolicy::RequireCorp) {
            return Some(("embedder_policy", CrossOriginEmbedderPolicy::RequireCorp.as_str()));
        }
        let requires = DocumentIsolationPolicy::IsolateAndRequireCorp;
        (isolation == Some(requires)).then(|| ("document_isolation_policy", requires.as_str()))
    }

    pub(crate) fn has_resource_policy(&self) -> bool {
        self.resource_policy.is_some()
    }
}
