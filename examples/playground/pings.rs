use axum::{Json, Router, body::Body, routing::any};
use serde_json::json;
use tower_cross_origin::beacon::{Beacon, Offered, Ping};

/// What takes pings, and answers them at once.
pub(crate) fn pings() -> Router {
    // What is recorded is recorded outside.
    let beacon = Beacon::new(|_: Ping<Body>| Offered::Taken);
    Router::new()
        .route_service("/ping", beacon.clone())
        .route_service("/pixel.gif", beacon.with_images())
}

/// The same by handlers as they are often written.
pub(crate) fn bare_pings() -> Router {
    let taken = || any(async || Json(json!({ "taken": true })));
    Router::new().route("/ping", taken()).route("/pixel.gif", taken())
}
