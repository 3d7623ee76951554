use http::HeaderValue;

use crate::{RequestHead, cors::CorsPolicy, origin::OriginSet};

/// Pages of other origins that may do what the service's own may.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    origins: OriginSet,
    policy: Option<CorsPolicy>,
}

impl Trust {
    pub(super) fn add_origins(&mut self, origins: &OriginSet) {
        self.origins = self.origins.union(origins);
    }

    pub(super) fn set_policy(&mut self, policy: CorsPolicy) {
        self.policy = Some(policy);
    }

    pub(super) fn covers(&self, head: &RequestHead<'_>, origin: &HeaderValue) -> bool {
        self.origins.contains_serialized(origin.as_bytes())
            || self.policy.as_ref().is_some_and(|policy| policy.allows_credentials_to(head, origin))
    }
}
