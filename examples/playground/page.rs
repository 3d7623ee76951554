use std::{convert::Infallible, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{
        StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;
use tokio_stream::{StreamExt, wrappers::BroadcastStream};
use tower_cross_origin::push::{Event, SseLayer};

use crate::{application::parameter, record::Log, target::Target};

/// Returns the page's server, with the page's files and its data.
pub(crate) fn router(configuration: Value, targets: &[Target], log: Log) -> Router {
    let content_security_policy = content_security_policy(targets);
    Router::new()
        .route("/configuration.json", get(async || Json(configuration)))
        .route("/log.json", get(records).with_state(log.clone()))
        .route("/decisions", get(decisions).layer(sse()).with_state(log))
        .fallback(get(async move |uri: Uri| file(&uri, content_security_policy)))
}

/// Streams the decisions of the servers.
async fn decisions(State(log): State<Log>) -> Response {
    let lines = BroadcastStream::new(log.subscribe()).filter_map(Result::ok);
    let events = lines.map(|line| Ok::<_, Infallible>(Event::new().data(line).into_bytes()));
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}

fn sse() -> SseLayer {
    SseLayer::new().keep_alive(Duration::from_secs(15)).retry(Duration::from_secs(1))
}

/// Responds to `/log.json?row=ID&run=N` with the records of a row's run.
async fn records(State(log): State<Log>, uri: Uri) -> impl IntoResponse {
    let selected = log.select(parameter(&uri, "row"), parameter(&uri, "run"));
    ([(CACHE_CONTROL, "no-store")], Json(selected))
}

fn file(uri: &Uri, content_security_policy: String) -> Response {
    match FILES.iter().find(|(path, ..)| *path == uri.path()) {
        Some((_, media_type, text)) => {
            let headers = [
                (CONTENT_TYPE, (*media_type).to_owned()),
                (CACHE_CONTROL, "no-cache".to_owned()),
                (CONTENT_SECURITY_POLICY, content_security_policy),
            ];
            (headers, *text).into_response()
        }
        None => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}

/// Returns a policy that allows the page to connect only to these servers.
fn content_security_policy(targets: &[Target]) -> String {
    // `http://` sources do not match WebSockets of the same server.
    let with_web_sockets = |origin: String| [origin.replacen("http", "ws", 1), origin];
    let origins = targets.iter().flat_map(Target::origins).flat_map(with_web_sockets);
    let origins: Vec<_> = origins.collect();
    format!("default-src 'self' {}", origins.join(" "))
}

const FILES: [(&str, &str, &str); 31] = [
    ("/", HTML, include_str!("web/page.html")),
    ("/results", HTML, include_str!("web/results.html")),
    ("/results.js", SCRIPT, include_str!("web/results.js")),
    ("/results.json", JSON, RESULTS),
    ("/style.css", CSS, include_str!("web/style.css")),
    ("/icon.svg", SVG, include_str!("web/icon.svg")),
    ("/playground.js", SCRIPT, include_str!("web/playground.js")),
    ("/context.js", SCRIPT, include_str!("web/context.js")),
    ("/rows.js", SCRIPT, include_str!("web/rows.js")),
    ("/rows/simple.js", SCRIPT, include_str!("web/rows/simple.js")),
    ("/rows/preflights.js", SCRIPT, include_str!("web/rows/preflights.js")),
    ("/rows/credentials.js", SCRIPT, include_str!("web/rows/credentials.js")),
    ("/rows/responses.js", SCRIPT, include_str!("web/rows/responses.js")),
    ("/rows/rejections.js", SCRIPT, include_str!("web/rows/rejections.js")),
    ("/rows/embedding.js", SCRIPT, include_str!("web/rows/embedding.js")),
    ("/rows/enforcement.js", SCRIPT, include_str!("web/rows/enforcement.js")),
    ("/rows/guards.js", SCRIPT, include_str!("web/rows/guards.js")),
    ("/rows/streams.js", SCRIPT, include_str!("web/rows/streams.js")),
    ("/rows/jsonp.js", SCRIPT, include_str!("web/rows/jsonp.js")),
    ("/rows/pings.js", SCRIPT, include_str!("web/rows/pings.js")),
    ("/rows/xhr.js", SCRIPT, include_str!("web/rows/xhr.js")),
    ("/expectations.js", SCRIPT, include_str!("web/expectations.js")),
    ("/requests.js", SCRIPT, include_str!("web/requests.js")),
    ("/standards.js", SCRIPT, include_str!("web/standards.js")),
    ("/verdict.js", SCRIPT, include_str!("web/verdict.js")),
    ("/live.js", SCRIPT, include_str!("web/live.js")),
    ("/view.js", SCRIPT, include_str!("web/view.js")),
    ("/origins.js", SCRIPT, include_str!("web/origins.js")),
    ("/row.js", SCRIPT, include_str!("web/row.js")),
    ("/exchange.js", SCRIPT, include_str!("web/exchange.js")),
    ("/element.js", SCRIPT, include_str!("web/element.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
/// The outcomes of the rows in each engine, which the tests record.
const RESULTS: &str = concat!(
    "[",
    include_str!("results/chromium.json"),
    ",",
    include_str!("results/firefox.json"),
    ",",
    include_str!("results/webkit.json"),
    "]"
);

const JSON: &str = "application/json";
const SVG: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";
