use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::keys::{ConfigKeys, RuleKeys};
use crate::{
    config::file,
    cors::{CorsConfig, Rule, predicate::Predicates, rule::Origins},
};

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
impl<'de> Deserialize<'de> for CorsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: ConfigKeys = file::table(deserializer, "the settings of CORS, by key")?;
        Ok(Self {
            rules: keys.rules,
            preflight_status: keys.preflight_status,
            enforce: keys.enforce,
            own_origins: keys.own_origins,
            upstream_headers: keys.upstream_headers,
            diagnostics: keys.diagnostics,
        })
    }
}

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: RuleKeys = file::table(deserializer, "the settings of a rule, by key")?;
        Ok(Self {
            origins: Origins::Written(keys.origins),
            origin_regexes: keys.origin_regexes,
            predicates: Predicates::default(),
            credentials: keys.credentials,
            methods: keys.methods,
            request_headers: keys.request_headers,
            expose_headers: keys.expose_headers,
            max_age: keys.max_age.map(Duration::from_secs),
            dangerously_allow_null_origin: keys.dangerously_allow_null_origin,
            dangerously_allow_insecure_origins: keys.dangerously_allow_insecure_origins,
            dangerously_allow_public_suffixes: keys.dangerously_allow_public_suffixes,
        })
    }
}
