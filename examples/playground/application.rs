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
    embedding::{bare_embedded, embedded},
    guards::attacked,
    jsonp::{bare_jsonp, jsonp},
    streams::streams,
};

/// What the servers serve. It knows nothing of CORS. `bare` is without the crate's other services and layers, where
/// rows are about them.
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
        .merge(attacked())
        .merge(streams())
        .merge(if bare { bare_jsonp() } else { jsonp() })
        .merge(if bare { bare_pings() } else { pings() })
        .merge(if bare { bare_embedded() } else { embedded() })
        .fallback((StatusCode::NOT_FOUND, "there is no such thing"))
}

async fn save(Json(item): Json<Value>) -> Json<Value> {
    Json(json!({ "saved": item }))
}

/// The application's own answer to `OPTIONS`, which a preflight must never get, and every other
/// `OPTIONS` must.
async fn allow() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(ALLOW, "PUT, DELETE, OPTIONS")])
}

async fn upload(body: Bytes) -> Json<Value> {
    Json(json!({ "received": body.len() }))
}

/// The head at once, the body much later: a page that may read it waits, and runs into its limit.
async fn slow() -> Response {
    let (sender, chunks) = mpsc::channel(1);
    tokio::spawn(async move {
        sleep(Duration::from_secs(10)).await;
        // The page has most probably gone away, which is the point.
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
        return (StatusCode::BAD_REQUEST, "a run is letters, digits and hyphens").into_response();
    }
    let cookie = format!("{VISIT}={visit}; Path=/; Max-Age=60; HttpOnly");
    (AppendHeaders([(SET_COOKIE, cookie)]), "welcome").into_response()
}

async fn who_am_i(headers: HeaderMap) -> Json<Value> {
    Json(json!({ "visit": visit(&headers) }))
}

/// That of the cookie.
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

/// What takes pings, and answers them at once.
fn pings() -> Router {
    // What is recorded is recorded outside.
    let beacon = Beacon::new(|_: Ping<Body>| Delivery::Accepted);
    Router::new()
        .route_service("/ping", beacon.clone())
        .route_service("/pixel.gif", beacon.respond_with_image(true))
}

/// The same by handlers as they are often written.
fn bare_pings() -> Router {
    let taken = || any(async || Json(json!({ "taken": true })));
    Router::new().route("/ping", taken()).route("/pixel.gif", taken())
}

/// The value of a parameter in the query. It is not decoded: the page's values need no encoding.
pub(crate) fn parameter<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// A page of the application's own, which writes a note and tells who embeds it what came of that.
const NOTEPAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Notepad</title>
<p>A page of the application's own.</p>
<script type="module">
  const tell = (result) => parent.postMessage(result, "*");
  try {
    const response = await fetch(`/notes${location.search}`, { method: "POST", body: "a note" });
    tell({ status: response.status, text: await response.text() });
  } catch (error) {
    tell({ error: error.name });
  }
</script>
</html>
"#;

/// The cookie of [`sign_in`]. Ports share cookies, so that its name tells whose it is.
const VISIT: &str = "playground-visit";
