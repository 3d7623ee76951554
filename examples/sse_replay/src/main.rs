//! Sends events again that a client missed while it was disconnected, by `Last-Event-ID`.
//!
//! The events are in a bounded ring in memory, or, with `--redis`, in a Redis stream that several servers
//! share.
//!
//! `cargo run -p sse_replay` prints the address and commands to try.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule},
    push::{Event, LastEventId, SseLayer},
};

use self::{
    store::{EventBatch, Store, StoreError},
    support::{Arguments, Defaults, Report},
};

mod redis_stream;
mod ring;
mod store;
#[path = "../../support/mod.rs"]
mod support;

fn app(store: Store, policy: CorsPolicy) -> Router {
    let layers = ServiceBuilder::new()
        // CORS is outermost, so that pages can read errors, too.
        .layer(CorsLayer::new(policy))
        // A page that lost its connection waits 200 ms before it reconnects.
        .layer(
            SseLayer::new().keep_alive(Duration::from_secs(15)).retry(Duration::from_millis(200)),
        );
    Router::new().route("/events", get(events).post(publish)).with_state(store).layer(layers)
}

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(Rule::for_origins(origins).allow_sse_over_fetch())
}

async fn publish(State(store): State<Store>, text: String) -> Result<String, StoreError> {
    store.publish(&text).await
}

/// Sends all events after the client's last event.
///
/// A client without a last event gets only new events.
async fn events(
    State(store): State<Store>,
    last: Option<Extension<LastEventId>>,
) -> Result<Response, StoreError> {
    // The subscription begins before the first read, so that no event is missed.
    let mut changes = store.changes();
    let seen = last.and_then(|Extension(id)| id.to_str().ok().map(str::to_owned));
    let mut position = match seen.filter(|id| store.is_id(id)) {
        Some(id) => id,
        None => store.latest().await?,
    };
    let (sender, events) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let Ok(batch) = store.after(&position).await else { return };
            for event in to_frames(&batch) {
                if sender.send(Ok::<_, Infallible>(event)).await.is_err() {
                    return;
                }
            }
            if let Some((id, _)) = batch.events.last() {
                position.clone_from(id);
                continue;
            }
            tokio::select! {
                // The client has closed the connection.
                () = sender.closed() => return,
                result = changes.changed() => if result.is_err() { return },
            }
        }
    });
    let body = Body::from_stream(ReceiverStream::new(events));
    Ok(([(CONTENT_TYPE, "text/event-stream")], body).into_response())
}

fn to_frames(batch: &EventBatch) -> Vec<Vec<u8>> {
    // The event has no `id`, so that the client keeps its last event ID.
    let gap = batch.is_gap.then(|| {
        Event::new().event("gap").map(|event| event.data("some events are no longer available"))
    });
    let events = batch
        .events
        .iter()
        .map(|(id, text)| Event::new().id(id.clone()).map(|event| event.data(text.clone())));
    // `Event::id` accepts the IDs of both stores, and `Event::data` accepts any text.
    gap.into_iter().chain(events).flatten().map(Event::into_bytes).collect()
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7107).into(),
        origin: "https://app.example.com",
        extra: Some(REDIS),
    });
    let store = match &arguments.extra {
        Some(address) => Store::redis(address).await?,
        None => Store::memory(),
    };
    let policy = policy(&arguments.origins)?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(store, policy)).await?)
}

impl IntoResponse for StoreError {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, self.to_string()).into_response()
    }
}

const REDIS: (&str, &str) = (
    "redis",
    "  --redis URL             stores the events in a stream of this Redis server, such as
                              redis://127.0.0.1:6379; several servers can share it",
);

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        "
A client that stays connected:
  curl -N {url}/events -H 'Origin: {origin}'
An event:
  curl {url}/events -d 'tea is ready'
A client that reconnects after the first event (with Redis, the ID is similar to 1700000000000-0):
  curl -N {url}/events -H 'Origin: {origin}' -H 'Last-Event-ID: 1'"
    )
}
