//! The configuration of all layers: reading it from files, its errors and lints, and the responses of its
//! layer.

mod composition;
mod config;
mod difference;
mod layer;
mod limits;
mod no_store;
mod shared_settings;

#[path = "../support/mod.rs"]
mod support;

use tower_cross_origin::cross_origin::{CrossOriginConfig, CrossOriginPolicy};

/// A configuration with every section, and with values that differ from the defaults.
const ALL_SECTIONS: &str = r#"
service_origins = ["https://api.example.com"]
exempt_paths = ["/hooks/payment", "/ping"]

[origins]
ours = ["https://app.example.com", "https://*.example.org"]
partners = ["https://partner.example"]

[cors]
enforce = false
[[cors.rules]]
origins = ["@ours"]
allow_credentials = true
allow_methods = ["PUT"]
[[cors.rules]]
origins = ["@partners", "https://other.example"]

[guard.host]
names = ["api.example.com"]
loopback = true

[guard.web_socket]
require_origin = true

[guard.csrf]

[guard.fetch_metadata]
allow_cors = true
allow_web_sockets = true
allow_destinations = ["image", "script"]
report_only = true

[embedding]
preset = "private-api"
opener_policy = { policy = "same-origin", report_to = "main" }
timing_allow_origin = { matching = ["@ours"] }
reporting_endpoints = { main = "/reports" }

[jsonp]
paths = ["/feed", "/public/*"]
callbacks = { one_of = ["app.show"] }
strip_credentials = true

[sse]
retry = 3000
keep_alive = 15
max_age = 3600
jitter_percent = 10
other_media_types = ["application/x-ndjson"]

[long_poll]
paths = ["/poll"]
window = 20
timeout_status = 200

[beacon]
paths = ["/ping"]
"#;

fn read(text: &str) -> CrossOriginConfig {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn policy(text: &str) -> CrossOriginPolicy {
    CrossOriginPolicy::new(read(text)).unwrap_or_else(|error| panic!("{error}"))
}
