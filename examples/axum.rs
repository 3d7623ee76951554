//! An axum API with items, which pages of another origin read and change with credentials.
//!
//! `cargo run --example axum` prints the address and commands to try.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{
        Method, StatusCode,
        header::{ALLOW, CONTENT_TYPE, ETAG},
    },
    response::IntoResponse,
    routing::get,
};
use serde_json::{Value, json};
use tokio::sync::RwLock;
use tower_cross_origin::cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule};

use self::support::{Arguments, Defaults, Report};

mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(
        Rule::for_origins(origins)
            // Allows pages of these origins to act as the logged-in user: browsers include cookies.
            .allow_credentials(true)
            // `GET`, `HEAD` and `POST` need not be listed; they are always allowed.
            .allow_methods([Method::PUT, Method::DELETE])
            // Needed for `application/json`; content types of forms are always allowed.
            .allow_headers([CONTENT_TYPE])
            // Browsers hide most response headers from pages by default.
            .expose_headers([ETAG])
            // Without this, browsers repeat the preflight after 5 seconds.
            .max_age(Duration::from_secs(600)),
    )
}

fn app(policy: CorsPolicy) -> Router {
    Router::new()
        .route("/items/{id}", get(read).put(write).delete(remove).options(methods))
        .route("/broken", get(fail))
        .fallback(not_found)
        .with_state(Items::default())
        // `Router::layer` wraps only existing routes and the fallback, so it comes last. Then pages can
        // read errors, too; without CORS headers, the browser only reports a network error.
        .layer(CorsLayer::new(policy))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7101).into(),
        origin: "https://app.example.com",
        extra: None,
    });
    // The error lists all faults of the configuration, not only the first one.
    let policy = policy(&arguments.origins)?;
    for lint in policy.lints() {
        eprintln!("{lint}");
    }
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy)).await?)
}

type Items = Arc<RwLock<BTreeMap<u32, Item>>>;

#[derive(Default)]
struct Item {
    value: Value,
    version: u64,
}

async fn read(State(items): State<Items>, Path(id): Path<u32>) -> impl IntoResponse {
    match items.read().await.get(&id) {
        Some(item) => Ok(([(ETAG, etag(item.version))], Json(item.value.clone()))),
        None => Err((StatusCode::NOT_FOUND, Json(json!({ "error": "no such item" })))),
    }
}

async fn write(
    State(items): State<Items>,
    Path(id): Path<u32>,
    Json(value): Json<Value>,
) -> impl IntoResponse {
    let mut items = items.write().await;
    let item = items.entry(id).or_default();
    *item = Item { value, version: item.version + 1 };
    (StatusCode::NO_CONTENT, [(ETAG, etag(item.version))])
}

async fn remove(State(items): State<Items>, Path(id): Path<u32>) -> StatusCode {
    match items.write().await.remove(&id) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

/// Responds to `OPTIONS` requests that are not preflights.
async fn methods() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(ALLOW, "GET, HEAD, PUT, DELETE, OPTIONS")])
}

async fn fail() -> impl IntoResponse {
    (StatusCode::INTERNAL_SERVER_ERROR, "the items are unavailable\n")
}

async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "not found\n")
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r#"
A page of {origin} writes and reads an item:
  curl -i {url}/items/1 -X PUT -H 'Origin: {origin}' -H 'Content-Type: application/json' -d '{{"name": "ball"}}'
  curl -i {url}/items/1 -H 'Origin: {origin}'
The preflight that its browser sends before the PUT:
  curl -i {url}/items/1 -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type'
The same preflight for a page of another origin:
  curl -i {url}/items/1 -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type'
An OPTIONS request that is not a preflight:
  curl -i {url}/items/1 -X OPTIONS
Errors that the page can read:
  curl -i {url}/nowhere -H 'Origin: {origin}'
  curl -i {url}/broken -H 'Origin: {origin}'"#
    )
}
