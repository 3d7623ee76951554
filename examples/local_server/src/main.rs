//! An MCP server on the user's own machine, with the official SDK `rmcp` and tools for the user's notes.
//!
//! It speaks the transport "Streamable HTTP" of the specifications 2026-07-28 and 2025-11-25. Programs and pages on
//! this machine can use the server. Other pages cannot: neither directly, nor by embedding responses as scripts or
//! images, nor by DNS rebinding, which is a name of theirs that resolves to this machine.
//!
//! `cargo run -p local_server` prints the address and commands to try. `cargo test -p local_server` runs attacks with
//! and without the guard.

use std::{io, net::Ipv4Addr};

use axum::{
    Router,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
    response::{IntoResponse, Response},
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use serde_json::json;
use tower_cross_origin::{
    RequestHead,
    cors::Rule,
    guard::{LocalServerError, LocalServerLayer, Rejection},
};

use self::{
    notes::Notes,
    support::{Arguments, Defaults, Report},
};

mod notes;
#[path = "../../support/mod.rs"]
mod support;
#[cfg(test)]
mod tests;

/// Adds guards that allow pages on this machine and the given origins.
fn guarded(app: Router, origins: &[String]) -> Result<Router, LocalServerError> {
    // The rule allows the headers of both specifications, and exposes `Mcp-Session-Id` of the older one.
    let rule = Rule::for_loopback_origins().add_origins(origins).allow_mcp();
    // The guards are outermost, so that rejected requests reach no other layer.
    Ok(app.layer(LocalServerLayer::new(rule)?.reject_with(json_rpc_error)))
}

/// Returns a JSON-RPC error without an `id`, which MCP permits for an invalid `Origin`.
///
/// <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint>
fn json_rpc_error(rejection: Rejection, _: &RequestHead<'_>) -> Response {
    let error = json!({ "code": INVALID_REQUEST, "message": rejection.to_string() });
    let body = json!({ "jsonrpc": "2.0", "error": error }).to_string();
    let content_type = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (StatusCode::FORBIDDEN, [content_type], body).into_response()
}

/// Creates the server without guards. `config` contains the token that ends all streams.
fn app(config: StreamableHttpServerConfig) -> Router {
    let notes = Notes::default();
    let sessions = LocalSessionManager::default();
    let mcp = StreamableHttpService::new(move || Ok(notes.clone()), sessions.into(), config);
    Router::new().route_service("/mcp", mcp)
}

/// Returns the configuration of the transport.
///
/// By default, `rmcp` checks `Host` but not `Origin`. The layer checks both, before the transport reads anything.
fn config() -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default().disable_allowed_hosts()
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7110).into(),
        // An origin on this machine, which is always allowed.
        origin: "http://localhost:6274",
        extra: Some((
            "guards",
            "  --guards on|off         off shows the attacks without the guards [default: on]",
        )),
    });
    let config = config();
    let streams = config.cancellation_token.clone();
    let app = match arguments.extra.as_deref() {
        None | Some("on") => guarded(app(config), &arguments.origins)?,
        Some("off") => app(config),
        Some(other) => {
            let message = format!("--guards {other:?} is not supported; use \"on\" or \"off\"");
            return Err(io::Error::other(message).into());
        }
    };
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    let shutdown_signal = async move {
        // Without the signal handler, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        streams.cancel();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(shutdown_signal).await?)
}

fn usage_examples(url: &str, origin: &str) -> String {
    let mcp =
        "-H 'Accept: application/json, text/event-stream' -H 'Content-Type: application/json'";
    let current = "-H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call'";
    let meta = r#""io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}"#;
    let call = |params: &str| {
        format!(
            r#"-d '{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {{{params}}}}}'"#
        )
    };
    let notes = call(&format!(r#""name": "notes", "_meta": {{{meta}}}"#));
    let search = call(&format!(
        r#""name": "search", "arguments": {{"text": "Ana"}}, "_meta": {{{meta}, "progressToken": 1}}"#
    ));
    let old_notes = call(r#""name": "notes""#);
    let begin = r#"-d '{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "curl", "version": "1"}}}'"#;
    let preflight = format!(
        "-X OPTIONS -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: {}'",
        "content-type,mcp-method,mcp-name,mcp-protocol-version"
    );
    format!(
        r"
A program reads the notes, and searches them, which takes a while (specification 2026-07-28):
  curl -i {url}/mcp {mcp} {current} -H 'Mcp-Name: notes' {notes}
  curl -iN {url}/mcp {mcp} {current} -H 'Mcp-Name: search' {search}
An older program uses a session (specification 2025-11-25):
  session=$(curl -si {url}/mcp {mcp} {begin} | sed -n 's/^mcp-session-id: //p' | tr -d '\r')
  curl -i {url}/mcp {mcp} -H Mcp-Session-Id:$session {old_notes}
  curl -i {url}/mcp -H Mcp-Session-Id:$session -X DELETE
A page of {origin} reads the notes; the preflight before it:
  curl -i {url}/mcp -H 'Origin: {origin}' {mcp} {current} -H 'Mcp-Name: notes' {notes}
  curl -i {url}/mcp -H 'Origin: {origin}' {preflight}
A hostile page sends a preflight, and a request without a preflight:
  curl -i {url}/mcp -H 'Origin: https://evil.example' {preflight}
  curl -i {url}/mcp -H 'Origin: https://evil.example' -H 'Sec-Fetch-Site: cross-site' -H 'Content-Type: text/plain' {notes}
The same page loads a response as a script:
  curl -i {url}/mcp -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: no-cors' -H 'Sec-Fetch-Dest: script'
The same page with DNS rebinding; the browser treats its requests as same-origin:
  curl -i {url}/mcp -H 'Host: evil.example' -H 'Origin: http://evil.example' -H 'Sec-Fetch-Site: same-origin' {mcp} {current} -H 'Mcp-Name: notes' {notes}
With --guards off, the last request reads the notes. Ctrl-C ends the streams and the server."
    )
}

/// The code of JSON-RPC for an invalid request.
const INVALID_REQUEST: i32 = -32600;
