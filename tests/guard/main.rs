//! Tests of the guards: each check, the layer, and the preset for local servers.

mod checks;
mod csrf;
mod csrf_policy;
mod fetch_metadata;
mod host;
mod layer;
mod local_server;
mod native_clients;
mod require_preflight;
mod service_origins;
mod web_socket;
mod web_socket_handshakes;

#[path = "../support/mod.rs"]
mod support;
