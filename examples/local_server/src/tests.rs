//! Tests with requests of programs and pages, and with attacks that succeed without the guards.
//!
//! The level `clients` of `tests/run` also runs the official conformance tests of MCP against the example.

use axum::{Router, body::Body};
use serde_json::{Value, json};
use tower_cross_origin::browser::{Fetch, FetchOutcome, Mode, Page};

use super::{app, config, guarded};

const SERVER: &str = "http://localhost:7110/mcp";
const LOCAL_PAGE: &str = "http://localhost:6274";
const VENDOR: &str = "https://app.example.com";
const HOSTILE: &str = "https://evil.example";
/// The server under a name of the hostile page, which resolves to this machine.
const REBOUND: &str = "http://evil.example:7110/mcp";
const SECRET: &str = "the door opens with 4711";

/// Returns the server without and with guards.
fn servers() -> [Router; 2] {
    [app(config()), guarded(app(config()), &[VENDOR.to_owned()]).unwrap()]
}

/// Calls a tool by the specification 2026-07-28, which has no sessions.
fn call_2026(url: &str) -> Fetch {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    post(url, "tools/call", &json!({ "name": "notes", "_meta": meta }))
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "notes")
}

/// Starts a session by the specification 2025-11-25.
fn begin_2025(url: &str) -> Fetch {
    let client = json!({ "name": "test", "version": "1" });
    let params =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    post(url, "initialize", &params)
}

fn post(url: &str, method: &str, params: &Value) -> Fetch {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    Fetch::post(url)
        .json(&message.to_string())
        .header("accept", "application/json, text/event-stream")
}

async fn send(server: &Router, page: &str, call: Fetch) -> FetchOutcome {
    // A router supports several body types; axum's server uses this one.
    let mut service = server.clone().into_service::<Body>();
    Page::open(page).fetch(&mut service, call).await
}

#[tokio::test]
async fn allowed_pages_use_both_specifications() {
    let [_, server] = servers();
    for page in [LOCAL_PAGE, VENDOR] {
        let read = send(&server, page, call_2026(SERVER)).await;
        assert!(read.assert_readable().text().unwrap().contains(SECRET), "{page}");

        let begun = send(&server, page, begin_2025(SERVER)).await;
        let session = begun.assert_readable().header("mcp-session-id").unwrap();
        let call = post(SERVER, "tools/call", &json!({ "name": "notes" }));
        let call =
            call.header("mcp-session-id", &session).header("mcp-protocol-version", "2025-11-25");
        let read = send(&server, page, call).await;
        assert!(read.assert_readable().text().unwrap().contains(SECRET), "{page}");
        let end = Fetch::delete(SERVER).header("mcp-session-id", &session);
        assert_eq!(send(&server, page, end).await.assert_readable().status().unwrap(), 202);
    }
}

#[tokio::test]
async fn dns_rebinding_reads_notes_only_without_guards() {
    let [open, guarded] = servers();
    let (page, _) = REBOUND.rsplit_once('/').unwrap();
    // The page has the origin of the address, so that the browser lets it read the response.
    for call in [call_2026, begin_2025] {
        let stolen = send(&open, page, call(REBOUND)).await;
        assert_eq!(stolen.assert_readable().status().unwrap(), 200);
        let rejected = send(&guarded, page, call(REBOUND)).await;
        assert_json_rpc_error(
            &rejected,
            "the host of the request is not one of this service's names",
        );
    }
    let stolen = send(&open, page, call_2026(REBOUND)).await;
    assert!(stolen.text().unwrap().contains(SECRET));
}

// "If the Origin header is present and invalid, servers MUST respond with HTTP 403 Forbidden."
// https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint
#[tokio::test]
async fn invalid_origin_is_rejected_for_every_method() {
    let [open, guarded] = servers();
    let simple = |method: &str| Fetch::new(method, SERVER).mode(Mode::NoCors);
    let requests = [
        simple("GET"),
        simple("POST").text("{}"),
        simple("POST").form("a=b"),
        call_2026(SERVER),
        begin_2025(SERVER),
    ];
    for request in requests {
        let statuses = |outcome: &FetchOutcome| -> Vec<u16> {
            let responses = outcome.exchanges().iter().map(|exchange| exchange.status().unwrap());
            responses.map(|status| status.as_u16()).collect()
        };
        let about = format!("{request:?}");
        let without = statuses(&send(&open, HOSTILE, request.clone()).await);
        assert!(!without.contains(&403), "{about}: {without:?}");
        assert_eq!(statuses(&send(&guarded, HOSTILE, request).await), [403], "{about}");
    }
}

// The body of the rejection is "a JSON-RPC error response that has no id". A page of the same machine can read it.
#[track_caller]
fn assert_json_rpc_error(outcome: &FetchOutcome, message: &str) {
    assert_eq!(outcome.assert_readable().status().unwrap(), 403);
    assert_eq!(outcome.header("content-type").as_deref(), Some("application/json"));
    let body: Value = serde_json::from_slice(outcome.body().unwrap()).unwrap();
    assert_eq!(body, json!({ "jsonrpc": "2.0", "error": { "code": -32600, "message": message } }));
}
