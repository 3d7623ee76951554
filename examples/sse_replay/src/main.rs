//! Events that a client misses while it is away are sent when it comes back: by `Last-Event-ID`, from a
//! bounded ring in memory, or, with `--redis`, from a stream in Redis that any number of servers share.
//!
//! `cargo run -p sse_replay` prints where it listens and what to try.

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
    store::{Kept, Store, StoreError},
    support::{Arguments, Defaults, Report},
};

mod redis_stream;
mod ring;
mod store;
#[path = "../../support/mod.rs"]
mod support;

fn app(store: Store, policy: CorsPolicy) -> Router {
    let layers = ServiceBuilder::new()
        // Outside, so that pages can read errors, too.
        .layer(CorsLayer::new(policy))
        // A page that lost its connection waits so long before it asks again.
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

/// Everything after the last event that the client has seen; from now on, where it has seen none.
async fn events(
    State(store): State<Store>,
    last: Option<Extension<LastEventId>>,
) -> Result<Response, StoreError> {
    // Before anything is read, so that nothing comes between.
    let mut news = store.changes();
    let seen = last.and_then(|Extension(id)| id.to_str().ok().map(str::to_owned));
    let mut position = match seen.filter(|id| store.is_id(id)) {
        Some(id) => id,
        None => store.latest().await?,
    };
    let (sender, events) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let Ok(kept) = store.after(&position).await else { return };
            for event in written(&kept) {
                if sender.send(Ok::<_, Infallible>(event)).await.is_err() {
                    return;
                }
            }
            if let Some((id, _)) = kept.events.last() {
                position.clone_from(id);
                continue;
            }
            tokio::select! {
                // The client went away.
                () = sender.closed() => return,
                told = news.changed() => if told.is_err() { return },
            }
        }
    });
    let body = Body::from_stream(ReceiverStream::new(events));
    Ok(([(CONTENT_TYPE, "text/event-stream")], body).into_response())
}

fn written(kept: &Kept) -> Vec<Vec<u8>> {
    // Without an `id`, so that the client's own stays what it is.
    let gap =
        kept.is_gap.then(|| Event::new().event("gap").map(|event| event.data("some are gone")));
    let events = kept
        .events
        .iter()
        .map(|(id, text)| Event::new().id(id.clone()).map(|event| event.data(text.clone())));
    // What stores call an id is one; a text may be anything.
    gap.into_iter().chain(events).flatten().map(Event::into_bytes).collect()
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7107).into(),
        origin: "https://app.example.com",
        further: Some(REDIS),
    });
    let store = match &arguments.further {
        Some(address) => Store::redis(address).await?,
        None => Store::memory(),
    };
    let policy = policy(&arguments.origins)?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    Ok(axum::serve(listener, app(store, policy)).await?)
}

impl IntoResponse for StoreError {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, self.to_string()).into_response()
    }
}

const REDIS: (&str, &str) = (
    "redis",
    "  --redis URL             keeps the events in a stream of this Redis, such as
                          redis://127.0.0.1:6379, which several servers share",
);

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        "
A client that stays:
  curl -N {url}/events -H 'Origin: {origin}'
An event:
  curl {url}/events -d 'tea is ready'
A client that comes back, and has seen the first event (with Redis, an id such as 1700000000000-0):
  curl -N {url}/events -H 'Origin: {origin}' -H 'Last-Event-ID: 1'"
    )
}
