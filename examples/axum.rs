//! An API of items on axum, which pages of another origin read and change as their user.
//!
//! `cargo run --example axum` prints where it listens and what to try.

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
            // Pages of these origins act as the user who looks at them: cookies are sent along.
            .allow_credentials(true)
            // Without `GET`, `HEAD` and `POST`, which every page may use.
            .allow_methods([Method::PUT, Method::DELETE])
            // For `application/json`; what a form can send needs no mention.
            .allow_headers([CONTENT_TYPE])
            // Browsers hide most response headers from pages.
            .expose_headers([ETAG])
            // Otherwise a page asks again after 5 seconds.
            .max_age(Duration::from_secs(600)),
    )
}

fn app(policy: CorsPolicy) -> Router {
    Router::new()
        .route("/items/{id}", get(read).put(write).delete(remove).options(methods))
        .route("/broken", get(fail))
        .fallback(nothing)
        .with_state(Items::default())
        // Last, since `Router::layer` wraps what is there already: routes and the fallback. So even
        // errors can be read by the page, which otherwise is told of a network error.
        .layer(CorsLayer::new(policy))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7101).into(),
        origin: "https://app.example.com",
        further: None,
    });
    // Every fault of the configuration is in the error, not the first one alone.
    let policy = policy(&arguments.origins)?;
    for lint in policy.lints() {
        eprintln!("{lint}");
    }
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
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

/// An `OPTIONS` that is no preflight is the application's own.
async fn methods() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(ALLOW, "GET, HEAD, PUT, DELETE, OPTIONS")])
}

async fn fail() -> impl IntoResponse {
    (StatusCode::INTERNAL_SERVER_ERROR, "the items are away\n")
}

async fn nothing() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "nothing is here\n")
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r#"
A page of {origin} writes and reads an item:
  curl -i {url}/items/1 -X PUT -H 'Origin: {origin}' -H 'Content-Type: application/json' -d '{{"name": "ball"}}'
  curl -i {url}/items/1 -H 'Origin: {origin}'
The preflight that its browser sends before the first of them:
  curl -i {url}/items/1 -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type'
The same preflight for a page of another origin:
  curl -i {url}/items/1 -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type'
An OPTIONS that is no preflight:
  curl -i {url}/items/1 -X OPTIONS
Errors that the page can read:
  curl -i {url}/nowhere -H 'Origin: {origin}'
  curl -i {url}/broken -H 'Origin: {origin}'"#
    )
}
