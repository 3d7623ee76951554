use std::time::Duration;

use serde_json::{Value, json};
use tower_cross_origin::cors::{CorsConfig, CorsConfigError, CorsPolicy, Rule};

use crate::guards::Guards;

/// The settings of a policy.
///
/// Both the policy and the page's description are made from them, so the page always shows the active policy.
#[derive(Debug)]
pub(crate) struct PolicySettings {
    origins: Vec<String>,
    credentials: bool,
    methods: &'static [&'static str],
    request_headers: &'static [&'static str],
    expose_headers: &'static [&'static str],
    max_age: u64,
    enforce: bool,
    guards: Guards,
}

impl PolicySettings {
    /// Creates settings that differ between targets only in the allowed origin.
    pub(crate) fn for_origin(origin: &str) -> Self {
        Self {
            origins: vec![origin.to_owned()],
            credentials: true,
            methods: &["PUT", "DELETE", "OPTIONS"],
            request_headers: &["content-type", "x-demo", "last-event-id"],
            expose_headers: &["x-exposed", "etag"],
            // Preflight results are not cached, so that every row sends its own preflight.
            max_age: 0,
            enforce: false,
            guards: Guards::WebSockets,
        }
    }

    /// Sets the max-age of preflight results in seconds.
    pub(crate) fn max_age(self, max_age: u64) -> Self {
        Self { max_age, ..self }
    }

    /// Enables enforcement.
    pub(crate) fn enforce(self) -> Self {
        Self { enforce: true, ..self }
    }

    /// Enables all guards.
    pub(crate) fn all_guards(self) -> Self {
        Self { guards: Guards::All, ..self }
    }

    pub(crate) fn guards(&self) -> Guards {
        self.guards
    }

    pub(crate) fn origins(&self) -> String {
        self.origins.join(", ")
    }

    pub(crate) fn policy(&self) -> Result<CorsPolicy, CorsConfigError> {
        let mut rule = Rule::for_origins(&self.origins)
            .allow_methods(self.methods)
            .allow_headers(self.request_headers)
            .expose_headers(self.expose_headers)
            .max_age(Duration::from_secs(self.max_age));
        if self.credentials {
            rule = rule.allow_credentials(true);
        }
        let config = CorsConfig::from(vec![rule]).enforce(self.enforce);
        config.try_into()
    }

    /// Returns the settings with the keys of a configuration file, and `guards`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "origins": self.origins,
            "allow_credentials": self.credentials,
            "allow_methods": self.methods,
            "allow_headers": self.request_headers,
            "expose_headers": self.expose_headers,
            "max_age": self.max_age,
            "enforce": self.enforce,
            "guards": self.guards.names(),
        })
    }
}
