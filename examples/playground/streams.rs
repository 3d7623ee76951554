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

/// What goes on after its head, and what comes late.
pub(crate) fn streams() -> Router {
    let of_lines = SseLayer::for_other_streams([LINES]).expect("a media type");
    let poll = get(poll).layer(LongPollLayer::new().window(Duration::from_millis(400)));
    Router::new()
        .route("/events", get(events).layer(SseLayer::new()))
        .route("/lines", get(lines).layer(of_lines))
        .route("/poll", poll)
        .route("/release", post(release))
        .with_state(Gates::default())
}

/// Two events and the end, so that the page comes back; the rest when it does.
async fn events(last: Option<Extension<LastEventId>>) -> Response {
    let text = match last {
        Some(Extension(id)) if id.as_bytes() == b"2" => "id: 3\ndata: three\n\n",
        _ => "retry: 50\nid: 1\ndata: one\n\nid: 2\ndata: two\n\n",
    };
    ([(CONTENT_TYPE, "text/event-stream")], text).into_response()
}

/// The second line comes when the page has read the first one, and says so. Lines of JSON, since
/// browsers hold `text/plain` back until they have seen enough of it to tell what it is.
async fn lines(State(gates): State<Gates>, uri: Uri) -> Response {
    let gate = gates.of(&uri);
    let (sender, lines) = mpsc::channel(1);
    tokio::spawn(async move {
        if sender.send(Ok::<_, Infallible>("\"first\"\n")).await.is_ok() && opened(&gate).await {
            // The page may have gone away.
            let _ = sender.send(Ok("\"second\"\n")).await;
        }
    });
    ([(CONTENT_TYPE, LINES)], Body::from_stream(ReceiverStream::new(lines))).into_response()
}

/// An answer when there is something to say.
async fn poll(State(gates): State<Gates>, uri: Uri) -> impl IntoResponse {
    let is_open = opened(&gates.of(&uri)).await;
    if is_open { "released" } else { "never" }
}

async fn release(State(gates): State<Gates>, uri: Uri) -> StatusCode {
    gates.of(&uri).add_permits(1);
    StatusCode::NO_CONTENT
}

async fn opened(gate: &Semaphore) -> bool {
    gate.acquire().await.map(tokio::sync::SemaphorePermit::forget).is_ok()
}

/// What a request waits for, for each run of a row.
#[derive(Clone, Debug, Default)]
struct Gates {
    gates: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Gates {
    fn of(&self, uri: &Uri) -> Arc<Semaphore> {
        let run = parameter(uri, "run").unwrap_or_default().to_owned();
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() > MOST {
            gates.clear();
        }
        gates.entry(run).or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
    }
}

const LINES: &str = "application/x-ndjson";

/// More than a page runs at once.
const MOST: usize = 1_000;
