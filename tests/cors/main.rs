//! CORS: configuration, decisions, response headers, explanations, and where policies come from.

mod actual;
mod advisories;
mod classification;
mod config;
mod config_files;
mod config_origins;
mod difference;
mod dry_run;
mod enforcement;
mod explain;
mod failing_step;
mod header_prefixes;
mod limits;
mod paths;
mod predicates;
mod preflight;
mod presets;
mod reload;
mod resolve;
mod service;
mod sources;
mod static_origin;
mod tower_http;
mod upstream_headers;

#[path = "../reference_model/mod.rs"]
mod reference_model;
#[path = "../differential/rule.rs"]
mod rule;
#[path = "../support/mod.rs"]
mod support;
