//! Serves tenants whose allowed origins are in `SQLite`, and change while the server runs.
//!
//! Each tenant has its own host, and its own policy in memory. A tenant saves its origins with its key. The server
//! checks each origin before it stores it, and returns errors as JSON. Changes of other programs in the same database
//! apply within a second.
//!
//! `cargo run -p tenants` prints the address and commands to try.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{
        HeaderMap, StatusCode, Uri,
        header::{AUTHORIZATION, HOST},
        uri::Authority,
    },
    response::{IntoResponse, Response},
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::json;
use tower_cross_origin::cors::{CorsLayer, policy_fn};

use self::{
    save_error::SaveError,
    store::Store,
    support::{Arguments, Defaults, Report},
    tenants::{Saved, Tenants},
};

mod save_error;
mod store;
#[path = "../../support/mod.rs"]
mod support;
mod tenants;
#[cfg(test)]
mod tests;

/// Creates the routes for the pages of tenants, and for changes of their origins.
fn app(tenants: &Arc<Tenants>) -> Router {
    let source = {
        let tenants = tenants.clone();
        // An unknown tenant has no policy, so that the layer rejects all origins.
        policy_fn(move |request| tenants.policy(tenant_of(&request.host()?)?))
    };
    let data = Router::new().route("/data", get(read_data)).layer(CorsLayer::new(source));
    // Without a CORS layer, only pages of the server itself can read these responses.
    let origins = Router::new()
        .route("/tenants/{tenant}/origins", put(save_origin).delete(remove_origin))
        .with_state(tenants.clone());
    data.merge(origins)
}

/// Returns the tenant that a host such as `a.localhost` names.
fn tenant_of(host: &str) -> Option<&str> {
    host.strip_suffix(".localhost")
}

async fn read_data(uri: Uri, headers: HeaderMap) -> Result<String, StatusCode> {
    let header = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    // The order of `RequestView::host`, so that the policy and the data belong to the same tenant.
    let host = uri.host().or(header.as_ref().map(Authority::host)).unwrap_or_default();
    let tenant = tenant_of(host).ok_or(StatusCode::NOT_FOUND)?;
    Ok(format!("the data of {tenant}"))
}

#[derive(Deserialize)]
struct Typed {
    origin: String,
}

async fn save_origin(
    State(tenants): State<Arc<Tenants>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Json(typed): Json<Typed>,
) -> Result<Response, SaveError> {
    let key = key(&headers);
    let saved = blocking(move || tenants.save(&tenant, &key, &typed.origin)).await?;
    let Saved { origin, corrections, warnings } = saved;
    let body = json!({ "origin": origin, "corrections": corrections, "warnings": warnings });
    Ok(Json(body).into_response())
}

async fn remove_origin(
    State(tenants): State<Arc<Tenants>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Json(typed): Json<Typed>,
) -> Result<StatusCode, SaveError> {
    let key = key(&headers);
    blocking(move || tenants.remove(&tenant, &key, &typed.origin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the key of the tenant, which `Authorization: Bearer` contains.
fn key(headers: &HeaderMap) -> String {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned()
}

/// Runs a function that waits for the database, on a thread for such functions.
async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T, SaveError> + Send + 'static,
) -> Result<T, SaveError> {
    tokio::task::spawn_blocking(action).await.unwrap_or(Err(SaveError::Unavailable))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7130).into(),
        origin: "https://a.example",
        extra: Some((
            "database",
            "  --database FILE         the SQLite database [default: in memory, with the tenants a and b]",
        )),
    });
    let store = match &arguments.extra {
        Some(file) => Store::open(file)?,
        None => Store::in_memory(&[("a", "key-of-a"), ("b", "key-of-b")])?,
    };
    let tenants = Arc::new(Tenants::load(store)?);
    tokio::spawn(follow(tenants.clone()));
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(&tenants)).await?)
}

/// Applies changes of other programs in the database.
async fn follow(tenants: Arc<Tenants>) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    loop {
        interval.tick().await;
        let tenants = tenants.clone();
        let reloaded = tokio::task::spawn_blocking(move || tenants.reload_if_changed()).await;
        if let Ok(Err(error)) = reloaded {
            // The policies of the last change stay active.
            eprintln!("cannot read the database: {error}");
        }
    }
}

fn usage_examples(url: &str, origin: &str) -> String {
    let save = |typed: &str| {
        format!(
            r#"curl -i -X PUT {url}/tenants/a/origins -H 'Authorization: Bearer key-of-a' -H 'Content-Type: application/json' -d '{{"origin": "{typed}"}}'"#
        )
    };
    let read = |host: &str| format!("curl -i {url}/data -H 'Host: {host}' -H 'Origin: {origin}'");
    format!(
        r"
The tenant a saves an origin, as a person types it; mistakes are corrected or explained:
  {}
  {}
  {}
  {}
A page of the origin reads the data of a, and not of b:
  {}
  {}",
        save(&format!(" {}/ ", origin.to_uppercase())),
        save("a.example"),
        save("http://a.example"),
        save("https://*.a.example"),
        read("a.localhost"),
        read("b.localhost"),
    )
}
