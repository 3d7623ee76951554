//! Event streams on axum, which pages of another origin read: a counter, and a silent stream.
//!
//! Events reach the page at once, the streams survive silence, and they end when the server shuts down.
//!
//! `cargo run --example sse` prints the address and commands to try.

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
            // `EventSource` sends `Last-Event-ID` without a preflight; `fetch` needs a preflight for it.
            .allow_sse_over_fetch(),
    )
}

fn app(policy: CorsPolicy, shutdown: &Shutdown) -> Router {
    let streams = SseLayer::new()
        .keep_alive(SseLayer::KEEP_ALIVE)
        .retry(Duration::from_secs(2))
        // Without this, open streams delay the shutdown until their pages close.
        .shutdown(shutdown);
    Router::new()
        .route("/ticks", get(ticks))
        .route("/quiet", get(quiet))
        // CORS is outermost, so that pages can read errors, too.
        .layer(ServiceBuilder::new().layer(CorsLayer::new(policy)).layer(streams))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7106).into(),
        origin: "https://app.example.com",
        extra: None,
    });
    let policy = policy(&arguments.origins)?;
    let shutdown = Shutdown::new();
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    let app = app(policy, &shutdown);
    let shutdown_signal = async move {
        // Without the signal handler, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        shutdown.begin();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(shutdown_signal).await?)
}

/// Counts seconds. A client that reconnects continues after its last number.
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

/// Sends no events; only the layer's comments keep the stream open.
async fn quiet() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(tokio_stream::pending())
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r"
A counter, which sends a number every second:
  curl -iN {url}/ticks -H 'Origin: {origin}' -H 'Accept: text/event-stream'
A client reconnects after it has received 41:
  curl -N {url}/ticks -H 'Last-Event-ID: 41' -H 'Accept: text/event-stream'
A silent stream, with a comment every 15 seconds:
  curl -N {url}/quiet -H 'Accept: text/event-stream'
The preflight of a page that reads with fetch and sends its last event ID:
  curl -i {url}/ticks -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: GET' -H 'Access-Control-Request-Headers: last-event-id'
Ctrl-C ends the streams and the server. Without that Accept, the server waits for the end of the stream."
    )
}
