//! Tests of the guards: each check, the layer, and the preset for local servers.

mod checks;
mod csrf;
mod fetch_metadata;
mod host;
mod layer;
mod local_server;
mod web_socket;
mod web_socket_handshakes;

#[path = "../support/mod.rs"]
mod support;
