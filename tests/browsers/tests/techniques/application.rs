//! The application of all rows, which ignores origins.

use std::convert::Infallible;

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{
        Path, State,
        ws::{WebSocket, WebSocketUpgrade},
    },
    http::{
        HeaderMap, HeaderName, Method, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    },
    middleware::map_response,
    response::{Html, IntoResponse, Response},
    routing::{any, get, post},
};
use futures_util::{StreamExt, stream};
use tower_cross_origin::push::LastEventId;

use super::state::{Rows, parameter};

/// Returns the application.
pub fn application(rows: Rows) -> Router {
    Router::new()
        .route("/text", get("text"))
        .route("/echo", any(echo))
        .route("/headers", get(headers))
        .route("/bytes", get(bytes))
        .route("/document.xml", get(async || typed("application/xml", "<root/>")))
        .route("/unfinished", get(unfinished))
        .route("/download", get(async || typed(JSON, "7".repeat(1_000))))
        .route("/status/{status}", get(status))
        .route("/redirect", any(redirect))
        .route("/session", post(sign_in).get(session))
        .route("/poll", get(poll))
        .route("/long-poll", get(long_poll))
        .route("/lines", get(lines))
        .route("/events", get(events))
        .route("/sockets", any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(chat)))
        .route("/data.json", get(async || typed(JSON, DATA)))
        .route("/picture.svg", get(async || typed("image/svg+xml", PICTURE)))
        .route("/script.js", get(async || typed("text/javascript", SCRIPT)))
        .route("/script.txt", get(async || typed("text/plain", SCRIPT)))
        // This route is faulty on purpose: `GET` must not change state.
        .route("/remove", get(async || typed("image/svg+xml", PICTURE)))
        .route("/opened", get(Html(OPENED)))
        .with_state(rows)
        .layer(map_response(without_http_cache))
}

/// Returns the routes of pages and their state.
pub fn control(rows: Rows) -> Router {
    Router::new()
        .route("/page", get(Html(PAGE)))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        // Cookies ignore ports, and this one belongs to all hosts.
        .route("/cookie", get(([(SET_COOKIE, COOKIE_OF_SITE)], "cookie")))
        .route(
            "/control/release",
            post(async |State(rows): State<Rows>, uri: Uri| rows.release(&uri)),
        )
        .route(
            "/control/report",
            get(async |State(rows): State<Rows>, uri: Uri| rows.report(&uri).unwrap_or_default())
                .post(async |State(rows): State<Rows>, uri: Uri, text: String| {
                    rows.set_report(&uri, text);
                }),
        )
        .with_state(rows)
        .layer(map_response(async |mut response: Response| {
            let any = "*".parse().expect("a header value");
            response.headers_mut().insert("access-control-allow-origin", any);
            response
        }))
}

/// Responds with the method, the type and the text of the request.
async fn echo(method: Method, headers: HeaderMap, body: Bytes) -> String {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default();
    // The boundary of a form is random.
    let is_form = media_type == "multipart/form-data";
    let text = if is_form { "…".into() } else { String::from_utf8_lossy(&body) };
    [method.as_str(), media_type, &text].join(" ").trim_end().to_owned()
}

async fn headers() -> impl IntoResponse {
    ([("demo-exposed", "to pages"), ("demo-hidden", "from pages")], "headers")
}

async fn bytes() -> impl IntoResponse {
    let every_byte: Vec<u8> = (u8::MIN..=u8::MAX).collect();
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], every_byte)
}

/// Sends the head and a part of the body, and never the rest.
async fn unfinished() -> Response {
    let first = stream::iter([Ok::<_, Infallible>("\"first\"\n")]);
    typed(JSON, Body::from_stream(first.chain(stream::pending())))
}

async fn status(Path(status): Path<u16>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, "a reason").into_response()
}

async fn redirect(uri: Uri) -> Response {
    let status = parameter(&uri, "status").and_then(|status| status.parse().ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let location = parameter(&uri, "to").unwrap_or_default();
    (status.unwrap_or(StatusCode::TEMPORARY_REDIRECT), [(LOCATION, location)]).into_response()
}

/// Sets a cookie for the row.
async fn sign_in(uri: Uri) -> Response {
    let row = parameter(&uri, "row").unwrap_or_default();
    ([(SET_COOKIE, format!("session-{row}=1; Path=/; Domain=site.localhost"))], "signed in")
        .into_response()
}

async fn session(uri: Uri, headers: HeaderMap) -> &'static str {
    let cookie = format!("session-{}=1", parameter(&uri, "row").unwrap_or_default());
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let is_signed_in = values.flat_map(|value| value.split("; ")).any(|pair| pair == cookie);
    if is_signed_in { "signed in" } else { "signed out" }
}

/// Responds with news to the third request.
async fn poll(State(rows): State<Rows>, uri: Uri) -> &'static str {
    if rows.count_poll(&uri) < 3 { "nothing new" } else { "news" }
}

/// Responds when the page opens the gate.
async fn long_poll(State(rows): State<Rows>, uri: Uri) -> &'static str {
    rows.wait_for_release(&uri).await;
    "news"
}

/// Sends a line at once, and another when the page opens the gate.
///
/// The lines are JSON, since browsers buffer `text/plain` until they can detect its type.
async fn lines(State(rows): State<Rows>, uri: Uri) -> Response {
    let first = stream::iter([Ok::<_, Infallible>("\"first\"\n")]);
    let second = stream::once(async move {
        rows.wait_for_release(&uri).await;
        Ok("\"second\"\n")
    });
    typed("application/x-ndjson", Body::from_stream(first.chain(second)))
}

/// Sends two events and ends, so that the page reconnects. Then sends the third event.
async fn events(last: Option<Extension<LastEventId>>, headers: HeaderMap) -> Response {
    // The layer for event streams adds the extension. Without the layer, the header is read.
    let by_layer = last.map(|Extension(id)| id.as_bytes().to_vec());
    let by_header = headers.get("last-event-id").map(|id| id.as_bytes().to_vec());
    let text = match by_layer.or(by_header).as_deref() {
        Some(b"2") => "id: 3\ndata: three\n\n",
        Some(_) => "data: an unexpected Last-Event-ID\n\n",
        None => "retry: 20\nid: 1\ndata: one\n\nid: 2\ndata: two\n\n",
    };
    typed("text/event-stream", text)
}

async fn chat(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

fn typed(media_type: &'static str, body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, media_type)], body.into()).into_response()
}

/// Prevents that a row gets the stored response of another row.
async fn without_http_cache(mut response: Response) -> Response {
    let no_store = "no-store".parse().expect("a header value");
    response.headers_mut().entry(CACHE_CONTROL).or_insert(no_store);
    response
}

/// Returns JSONP as it is usually written by hand, which calls any function.
pub async fn handwritten_jsonp(uri: Uri) -> Response {
    let callback = parameter(&uri, "callback").unwrap_or_default();
    typed("text/javascript", format!("{callback}({{\"sky\":\"blue\"}})"))
}

const JSON: &str = "application/json";
const DATA: &str = r#"{"sky":"blue"}"#;
const COOKIE_OF_SITE: &str = "user=1; Path=/; Domain=site.localhost; SameSite=Lax";
const PICTURE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="3"/>"#;
const SCRIPT: &str = "(document.currentScript ?? {}).ran = true;";
const PAGE: &str =
    concat!("<!doctype html><title>a page</title><script>", include_str!("page.js"), "</script>");

/// A document that reports whether it can reach the page that opened it.
const OPENED: &str = r#"<!doctype html><title>opened</title><script>
    const { search } = location;
    const text = window.opener ? "has an opener" : "has no opener";
    fetch(`/control/report${search}`, { method: "POST", body: text }).finally(() => close());
</script>"#;

/// The names of the request headers that policies allow.
pub const REQUEST_HEADERS: [HeaderName; 2] = [CONTENT_TYPE, HeaderName::from_static("x-one")];
