use std::{convert::Infallible, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::{
        HeaderMap, StatusCode, Uri,
        header::{ALLOW, CONTENT_TYPE, COOKIE, ETAG, SET_COOKIE},
    },
    response::{AppendHeaders, Html, IntoResponse, Response},
    routing::{any, get, post, put},
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tower_cross_origin::beacon::{Beacon, Delivery, Ping};

use crate::{
    embedding::{bare_embedding, embedding},
    guards::attack_targets,
    jsonp::{bare_jsonp, jsonp},
    streams::streams,
};

/// Returns the application of the servers, which has no CORS headers.
///
/// With `bare`, it also lacks the crate's other services and layers that some rows show.
pub(crate) fn application(bare: bool) -> Router {
    Router::new()
        .route("/greeting", get("hello"))
        .route("/notes", post(async |note: String| note))
        .route("/notepad", get(Html(NOTEPAD)))
        .route("/items/1", put(save).delete(StatusCode::NO_CONTENT).options(allow))
        .route("/uploads", post(upload))
        .route("/slow", get(slow))
        .route("/bytes", get(bytes))
        .route("/session", post(sign_in))
        .route("/whoami", any(who_am_i))
        .route("/headers", get(headers))
        .route("/failure", get((StatusCode::INTERNAL_SERVER_ERROR, "the application failed")))
        .merge(attack_targets())
        .merge(streams())
        .merge(if bare { bare_jsonp() } else { jsonp() })
        .merge(if bare { bare_pings() } else { pings() })
        .merge(if bare { bare_embedding() } else { embedding() })
        .fallback((StatusCode::NOT_FOUND, "not found"))
}

async fn save(Json(item): Json<Value>) -> Json<Value> {
    Json(json!({ "saved": item }))
}

/// Responds to `OPTIONS`. Preflights must not reach this handler, but all other `OPTIONS` requests must.
async fn allow() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(ALLOW, "PUT, DELETE, OPTIONS")])
}

async fn upload(body: Bytes) -> Json<Value> {
    Json(json!({ "received": body.len() }))
}

/// Sends the head at once, and the body after the timeout of the page.
async fn slow() -> Response {
    let (sender, chunks) = mpsc::channel(1);
    tokio::spawn(async move {
        sleep(Duration::from_secs(10)).await;
        // By then, the page has probably disconnected, as intended.
        let _ = sender.send(Ok::<_, Infallible>("\"late\"")).await;
    });
    let body = Body::from_stream(ReceiverStream::new(chunks));
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn bytes() -> impl IntoResponse {
    let every_byte: Vec<u8> = (u8::MIN..=u8::MAX).collect();
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], every_byte)
}

async fn sign_in(uri: Uri) -> Response {
    let visit = parameter(&uri, "run").unwrap_or_default();
    if !visit.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return (
            StatusCode::BAD_REQUEST,
            "the parameter `run` must consist of letters, digits and hyphens",
        )
            .into_response();
    }
    let cookie = format!("{VISIT}={visit}; Path=/; Max-Age=60; HttpOnly");
    (AppendHeaders([(SET_COOKIE, cookie)]), "welcome").into_response()
}

async fn who_am_i(headers: HeaderMap) -> Json<Value> {
    Json(json!({ "visit": visit(&headers) }))
}

/// Returns the visit in the cookie of the request.
pub(crate) fn visit(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|pairs| pairs.split("; ")).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == VISIT).then_some(value)
    })
}

async fn headers() -> impl IntoResponse {
    ([(ETAG.as_str(), "\"7\""), ("x-exposed", "to pages"), ("x-hidden", "from pages")], "headers")
}

/// Returns services that receive pings and respond at once.
fn pings() -> Router {
    // The row reads the server's record, so the pings themselves are discarded.
    let beacon = Beacon::new(|_: Ping<Body>| Delivery::Accepted);
    Router::new()
        .route_service("/ping", beacon.clone())
        .route_service("/pixel.gif", beacon.respond_with_image(true))
}

/// Returns the same routes with typical handwritten handlers.
fn bare_pings() -> Router {
    let received = || any(async || Json(json!({ "received": true })));
    Router::new().route("/ping", received()).route("/pixel.gif", received())
}

/// Returns a query parameter without decoding it; the page's values need no encoding.
pub(crate) fn parameter<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// A page that writes a note and posts the result to the embedding page.
const NOTEPAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Notepad</title>
<p>A page of the application.</p>
<script type="module">
  const report = (result) => parent.postMessage(result, "*");
  try {
    const response = await fetch(`/notes${location.search}`, { method: "POST", body: "a note" });
    report({ status: response.status, text: await response.text() });
  } catch (error) {
    report({ error: error.name });
  }
</script>
</html>
"#;

/// The cookie of [`sign_in`]. Ports share cookies, so the name identifies the playground.
const VISIT: &str = "playground-visit";
