//! An MCP server on the user's own machine, with streamable HTTP and tools for the user's notes.
//!
//! Programs and pages on this machine can use the server. Other pages cannot: neither directly, nor by embedding
//! responses as scripts or images, nor by DNS rebinding, which is a name of theirs that resolves to this machine.
//!
//! `cargo run --example local_server` prints the address and commands to try.

use std::net::Ipv4Addr;

use axum::Router;
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::Rule,
    guard::{LocalServerError, LocalServerLayer},
    push::{Shutdown, SseLayer},
};

use self::support::{Arguments, Defaults, Report};

mod mcp;
mod notes;
mod sessions;
#[path = "../support/mod.rs"]
mod support;

/// Creates guards that allow pages on this machine and the given origins.
fn guards(origins: &[String]) -> Result<LocalServerLayer, LocalServerError> {
    // The rule exposes the header without which a page could not continue its session.
    LocalServerLayer::new(Rule::for_loopback_origins().add_origins(origins).allow_mcp())
}

fn app(guards: LocalServerLayer, shutdown: &Shutdown) -> Router {
    let streams = SseLayer::new().keep_alive(SseLayer::KEEP_ALIVE).shutdown(shutdown);
    // The guards are outermost, so that rejected requests reach no other layer.
    mcp::routes().layer(ServiceBuilder::new().layer(guards).layer(streams))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7110).into(),
        // An origin on this machine, which is always allowed.
        origin: "http://localhost:6274",
        extra: None,
    });
    let guards = guards(&arguments.origins)?;
    let shutdown = Shutdown::new();
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    let app = app(guards, &shutdown);
    let shutdown_signal = async move {
        // Without the signal handler, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        shutdown.begin();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(shutdown_signal).await?)
}

fn usage_examples(url: &str, origin: &str) -> String {
    let json = "-H 'Content-Type: application/json'";
    let begin = r#"-d '{"jsonrpc": "2.0", "id": 1, "method": "initialize"}'"#;
    let notes =
        r#"-d '{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "notes"}}'"#;
    let search = r#"-d '{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "search", "arguments": {"text": "Ana"}, "_meta": {"progressToken": 3}}}'"#;
    format!(
        r"
A program starts a session, reads the notes, and searches them, which takes a while:
  session=$(curl -si {url}/mcp {json} {begin} | sed -n 's/^mcp-session-id: //p' | tr -d '\r')
  curl -i {url}/mcp -H Mcp-Session-Id:$session {json} {notes}
  curl -iN {url}/mcp -H Mcp-Session-Id:$session -H 'Accept: application/json, text/event-stream' {json} {search}
Notifications of the server, until the session ends:
  curl -iN {url}/mcp -H Mcp-Session-Id:$session -H 'Accept: text/event-stream'
  curl -i {url}/mcp -H Mcp-Session-Id:$session -X DELETE
A page of {origin} starts a session; the preflight before it:
  curl -i {url}/mcp -H 'Origin: {origin}' {json} {begin}
  curl -i {url}/mcp -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
A hostile page sends a preflight, and a request without a preflight:
  curl -i {url}/mcp -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
  curl -i {url}/mcp -H 'Origin: https://evil.example' -H 'Sec-Fetch-Site: cross-site' -H 'Content-Type: text/plain' {begin}
The same page opens the stream of notifications, and loads a response as a script:
  curl -i {url}/mcp -H 'Origin: https://evil.example' -H 'Accept: text/event-stream'
  curl -i {url}/mcp -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: no-cors' -H 'Sec-Fetch-Dest: script'
The same page with DNS rebinding; the browser treats its requests as same-origin:
  curl -i {url}/mcp -H 'Host: evil.example' -H 'Origin: http://evil.example' -H 'Sec-Fetch-Site: same-origin' {json} {begin}
Ctrl-C ends the streams and the server."
    )
}
