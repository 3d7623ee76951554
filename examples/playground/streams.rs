use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tower_cross_origin::push::{LastEventId, LongPollLayer, SseLayer};

use crate::application::parameter;

/// Returns streaming and delayed responses.
pub(crate) fn streams() -> Router {
    let lines_layer = SseLayer::for_other_streams([LINES]).expect("the media type is valid");
    let poll = get(poll).layer(LongPollLayer::new().window(Duration::from_millis(400)));
    Router::new()
        .route("/events", get(events).layer(SseLayer::new()))
        .route("/lines", get(lines).layer(lines_layer))
        .route("/poll", poll)
        .route("/release", post(release))
        .with_state(Gates::default())
}

/// Sends two events and ends, so that the page reconnects; then sends the third event.
async fn events(last: Option<Extension<LastEventId>>) -> Response {
    let text = match last {
        Some(Extension(id)) if id.as_bytes() == b"2" => "id: 3\ndata: three\n\n",
        _ => "retry: 50\nid: 1\ndata: one\n\nid: 2\ndata: two\n\n",
    };
    ([(CONTENT_TYPE, "text/event-stream")], text).into_response()
}

/// Sends a line at once, and another after the page has read it.
///
/// The lines are JSON, since browsers buffer `text/plain` until they can detect its type.
async fn lines(State(gates): State<Gates>, uri: Uri) -> Response {
    let gate = gates.get(&uri);
    let (sender, lines) = mpsc::channel(1);
    tokio::spawn(async move {
        if sender.send(Ok::<_, Infallible>("\"first\"\n")).await.is_ok() && wait_for(&gate).await {
            // The page may have disconnected.
            let _ = sender.send(Ok("\"second\"\n")).await;
        }
    });
    ([(CONTENT_TYPE, LINES)], Body::from_stream(ReceiverStream::new(lines))).into_response()
}

/// Responds when the gate opens.
async fn poll(State(gates): State<Gates>, uri: Uri) -> impl IntoResponse {
    let is_open = wait_for(&gates.get(&uri)).await;
    if is_open { "released" } else { "never" }
}

async fn release(State(gates): State<Gates>, uri: Uri) -> StatusCode {
    gates.get(&uri).add_permits(1);
    StatusCode::NO_CONTENT
}

async fn wait_for(gate: &Semaphore) -> bool {
    gate.acquire().await.map(tokio::sync::SemaphorePermit::forget).is_ok()
}

/// The gate of each run, which its responses wait for.
#[derive(Clone, Debug, Default)]
struct Gates {
    gates: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Gates {
    fn get(&self, uri: &Uri) -> Arc<Semaphore> {
        let run = parameter(uri, "run").unwrap_or_default().to_owned();
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() > MAX_GATES {
            gates.clear();
        }
        gates.entry(run).or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
    }
}

const LINES: &str = "application/x-ndjson";

/// More gates than a page needs at once.
const MAX_GATES: usize = 1_000;
