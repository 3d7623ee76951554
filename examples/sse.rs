//! Streams of events on axum, which pages of another origin read: one that counts, and one in which
//! nothing happens. They reach the page as they come, live through silence, and end when the server does.
//!
//! `cargo run --example sse` prints where it listens and what to try.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use axum::{
    Extension, Router,
    response::sse::{Event, Sse},
    routing::get,
};
use tokio::time::{self, MissedTickBehavior};
use tokio_stream::{Stream, StreamExt, wrappers::IntervalStream};
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule},
    push::{LastEventId, Shutdown, SseLayer},
};

use self::support::{Arguments, Defaults, Report};

mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(
        Rule::for_origins(origins)
            // An `EventSource` sends `Last-Event-ID` without asking; a page that reads by `fetch` asks.
            .allow_sse_over_fetch(),
    )
}

fn app(policy: CorsPolicy, shutdown: &Shutdown) -> Router {
    let streams = SseLayer::new()
        .keep_alive(SseLayer::KEEP_ALIVE)
        .retry(Duration::from_secs(2))
        // Otherwise an open stream keeps the server from shutting down for as long as its page is open.
        .shutdown(shutdown);
    Router::new()
        .route("/ticks", get(ticks))
        .route("/quiet", get(quiet))
        // CORS outside, so that a page can read errors too.
        .layer(ServiceBuilder::new().layer(CorsLayer::new(policy)).layer(streams))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7106).into(),
        origin: "https://app.example.com",
        further: None,
    });
    let policy = policy(&arguments.origins)?;
    let shutdown = Shutdown::new();
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    let app = app(policy, &shutdown);
    let until_told = async move {
        // Where nobody can tell it to stop, the server serves on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        shutdown.begin();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(until_told).await?)
}

/// Counts on from the number that the client saw last.
async fn ticks(
    last: Option<Extension<LastEventId>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = last.and_then(|Extension(id)| id.to_str().ok()?.parse::<u64>().ok());
    let mut number = last.map_or(0, |last| last.saturating_add(1));
    let mut seconds = time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Sse::new(IntervalStream::new(seconds).map(move |_| {
        let text = number.to_string();
        number = number.saturating_add(1);
        Ok(Event::default().id(&text).data(text))
    }))
}

/// Lives by the layer's comments alone.
async fn quiet() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(tokio_stream::pending())
}

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r"
A count, each number as it comes:
  curl -iN {url}/ticks -H 'Origin: {origin}'
Where a client that saw 41 goes on:
  curl -N {url}/ticks -H 'Last-Event-ID: 41'
Silence, and a comment every 15 seconds:
  curl -N {url}/quiet
The preflight of a page that reads by fetch and goes on where it was:
  curl -i {url}/ticks -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: GET' -H 'Access-Control-Request-Headers: last-event-id'
Ctrl-C ends the streams, and then the server."
    )
}
