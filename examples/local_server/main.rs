//! A server of the user's own machine: MCP over streamable HTTP, with tools that know the user's notes.
//! Programs and pages of this machine use it; no other page reaches it, neither by the server's names nor
//! by a name of its own that resolves to this machine.
//!
//! `cargo run --example local_server` prints where it listens and what to try.

use std::net::Ipv4Addr;

use axum::Router;
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::Rule,
    guard::{LocalServerError, LocalServerLayer},
    push::{Shutdown, SseLayer},
};

use self::{
    mcp::SESSION_ID,
    support::{Arguments, Defaults, Report},
};

mod mcp;
mod notes;
mod sessions;
#[path = "../support/mod.rs"]
mod support;

/// For pages of this machine, and those that are named.
fn guards(named: &[String]) -> Result<LocalServerLayer, LocalServerError> {
    let rule = Rule::for_loopback_origins()
        .add_origins(named)
        // Otherwise a page begins a session and cannot go on with it.
        .expose_headers([SESSION_ID]);
    LocalServerLayer::new(rule)
}

fn app(guards: LocalServerLayer, shutdown: &Shutdown) -> Router {
    let streams = SseLayer::new().keep_alive(SseLayer::KEEP_ALIVE).shutdown(shutdown);
    // Outside of everything: what the guards refuse gets no further.
    mcp::routes().layer(ServiceBuilder::new().layer(guards).layer(streams))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7110).into(),
        // Of the pages of this machine, which need no mention.
        origin: "http://localhost:6274",
        further: None,
    });
    let guards = guards(&arguments.origins)?;
    let shutdown = Shutdown::new();
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    let app = app(guards, &shutdown);
    let until_told = async move {
        // Where nobody can tell it to stop, the server serves on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        shutdown.begin();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(until_told).await?)
}

fn what_to_try(url: &str, origin: &str) -> String {
    let json = "-H 'Content-Type: application/json'";
    let begin = r#"-d '{"jsonrpc": "2.0", "id": 1, "method": "initialize"}'"#;
    let notes =
        r#"-d '{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "notes"}}'"#;
    let search = r#"-d '{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "search", "arguments": {"text": "Ana"}, "_meta": {"progressToken": 3}}}'"#;
    format!(
        r"
A program begins a session, reads the notes, and has them searched, which takes a while:
  session=$(curl -si {url}/mcp {json} {begin} | sed -n 's/^mcp-session-id: //p' | tr -d '\r')
  curl -i {url}/mcp -H Mcp-Session-Id:$session {json} {notes}
  curl -iN {url}/mcp -H Mcp-Session-Id:$session -H 'Accept: application/json, text/event-stream' {json} {search}
What the server says by itself, until the session is ended:
  curl -iN {url}/mcp -H Mcp-Session-Id:$session -H 'Accept: text/event-stream'
  curl -i {url}/mcp -H Mcp-Session-Id:$session -X DELETE
A page of {origin} begins one, and what its browser asks before:
  curl -i {url}/mcp -H 'Origin: {origin}' {json} {begin}
  curl -i {url}/mcp -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
A hostile page asks, and what it sends without asking:
  curl -i {url}/mcp -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
  curl -i {url}/mcp -H 'Origin: https://evil.example' -H 'Sec-Fetch-Site: cross-site' -H 'Content-Type: text/plain' {begin}
The same page, once its own name resolves to this machine: to the browser nothing is cross-origin any more:
  curl -i {url}/mcp -H 'Host: evil.example' -H 'Origin: http://evil.example' -H 'Sec-Fetch-Site: same-origin' {json} {begin}
Ctrl-C ends the streams, and then the server."
    )
}
