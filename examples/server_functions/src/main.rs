//! Server functions of Leptos, for a client that runs on another origin.
//!
//! The crate `server_fn` is the server side of Leptos' `#[server]`. Each function is an address that every page can
//! send requests to. By default, its arguments have the encoding of forms, so that a browser sends no preflight. A
//! function with JSON also accepts `text/plain`. `Csrf` denies such requests of other pages.
//!
//! `cargo run -p server_functions` prints the address and commands to try. `cargo test -p server_functions` runs
//! attacks with and without the guard.

use std::net::Ipv4Addr;

use axum::{Router, body::Body, extract::Request, routing::post};
use server_fn::{ServerFnError, axum::handle_server_fn, codec::Json};
use server_fn_macro_default::server;
use tokio::sync::Mutex;
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::{CorsLayer, CorsPolicy, Rule},
    guard::{Csrf, GuardLayer},
};

use self::support::{Arguments, Defaults, Report};

#[path = "../../support/mod.rs"]
mod support;
#[cfg(test)]
mod tests;

/// Adds a note. The arguments have the encoding of forms.
#[server(prefix = "/api", endpoint = "add_note")]
async fn add_note(text: String) -> Result<usize, ServerFnError> {
    Ok(add(text).await)
}

/// Adds a note. The arguments are JSON.
#[server(prefix = "/api", endpoint = "add_json_note", input = Json)]
async fn add_json_note(text: String) -> Result<usize, ServerFnError> {
    Ok(add(text).await)
}

/// Adds a note, and returns the number of notes.
async fn add(text: String) -> usize {
    let mut notes = NOTES.lock().await;
    notes.push(text);
    notes.len()
}

static NOTES: Mutex<Vec<String>> = Mutex::const_new(Vec::new());

fn app(policy: CorsPolicy, csrf: Option<GuardLayer<Csrf>>) -> Router {
    // A rule also needs `expose_headers(["location", "serverfnredirect"])` if a function redirects the client.
    let layers = ServiceBuilder::new().layer(CorsLayer::new(policy)).option_layer(csrf);
    Router::new()
        .route(
            "/api/{*function}",
            post(async |request: Request<Body>| handle_server_fn(request).await),
        )
        .layer(layers)
}

/// Returns the policy for a client that calls `set_server_url` with the address of this server.
fn policy(origins: &[String]) -> Result<CorsPolicy, Report> {
    // Functions with JSON need the header. Add `authorization`, or credentials, for your own authentication.
    Ok(CorsPolicy::new(Rule::for_origins(origins).allow_headers(["content-type"]))?)
}

/// Returns the guard, which allows the requests of pages with these origins.
fn csrf(origins: &[String]) -> Result<GuardLayer<Csrf>, Report> {
    Ok(GuardLayer::new(Csrf::new().trust_origins(origins))?)
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7150).into(),
        origin: "https://app.example.com",
        extra: None,
    });
    let (policy, csrf) = (policy(&arguments.origins)?, csrf(&arguments.origins)?);
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, Some(csrf))).await?)
}

fn usage_examples(url: &str, origin: &str) -> String {
    let call = |page: &str| {
        format!(
            "curl -i {url}/api/add_note -H 'Origin: {page}' -H 'Sec-Fetch-Site: cross-site' -d text=tea"
        )
    };
    format!(
        r"
A page of {origin} calls a function; the preflight before a call with JSON:
  {}
  curl -i -X OPTIONS {url}/api/add_json_note -H 'Origin: {origin}' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
A hostile page calls the same function without a preflight:
  {}",
        call(origin),
        call("https://evil.example"),
    )
}
