use crate::{
    jsonp::{JsonpConfig, JsonpPolicy, allowed::Allowed},
    request::path::PathSet,
};

impl JsonpConfig {
    /// Whether it matters which path is asked for.
    pub(crate) fn goes_by_path(&self) -> bool {
        self.paths.is_some()
    }
}

impl JsonpPolicy {
    /// One that no request asks, for what stands around a service whether there is JSONP or not.
    pub(crate) fn nowhere() -> Self {
        Self::compiled(JsonpConfig::new(), Some(PathSet::default()), Allowed::Path)
    }
}
