//! `JsonpLayer`.

mod body;
mod browser;
mod callback;
mod in_axum;
mod json_service;
mod layer;
mod peers;
