use std::time::Duration;

use serde_json::{Value, json};
use tower_cross_origin::cors::{CorsConfig, CorsConfigError, CorsPolicy, Rule};

use crate::guards::Guards;

/// The terms of a policy: of them both the policy and what the page shows of it are made, so that
/// the page cannot show another policy than the one in force.
#[derive(Debug)]
pub(crate) struct Terms {
    origins: Vec<String>,
    credentials: bool,
    methods: &'static [&'static str],
    request_headers: &'static [&'static str],
    expose_headers: &'static [&'static str],
    max_age: u64,
    enforce: bool,
    guards: Guards,
}

impl Terms {
    /// Only the origin differs between the targets, so that nothing else explains what they answer.
    pub(crate) fn for_origin(origin: &str) -> Self {
        Self {
            origins: vec![origin.to_owned()],
            credentials: true,
            methods: &["PUT", "DELETE", "OPTIONS"],
            request_headers: &["content-type", "x-demo", "last-event-id"],
            expose_headers: &["x-exposed", "etag"],
            // Nothing is kept, so that every row sees its own preflight.
            max_age: 0,
            enforce: false,
            guards: Guards::WebSockets,
        }
    }

    /// What is answered to a preflight is kept for so many seconds.
    pub(crate) fn kept_for(self, max_age: u64) -> Self {
        Self { max_age, ..self }
    }

    /// What no rule allows is not passed on.
    pub(crate) fn enforced(self) -> Self {
        Self { enforce: true, ..self }
    }

    /// Nothing of other pages is passed on that they send without asking.
    pub(crate) fn guarded(self) -> Self {
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

    /// The keys are those of `[cors]` and `[[cors.rules]]` in a configuration file, and `guards`.
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
