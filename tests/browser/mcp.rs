//! Tests of the preset for MCP in the browser model: the Streamable HTTP transport, and its authorization.
//!
//! Specifications: [2026-07-28] and [2025-11-25].
//!
//! [2026-07-28]: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
//! [2025-11-25]: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http

use std::convert::Infallible;

use http::{Request, Response};
use tower::{Layer, service_fn};
use tower_cross_origin::{
    browser::{BlockedStep, Fetch, FetchOutcome, Page},
    cors::{CorsConfig, CorsLayer, CorsPolicy, Rule},
};

use crate::support::block_on;

const CLIENT: &str = "https://inspector.example";
const OTHER: &str = "https://evil.example";
const MCP: &str = "https://tools.example/mcp";
const METADATA: &str = "https://tools.example/.well-known/oauth-protected-resource/mcp";
const CHALLENGE: &str =
    r#"Bearer resource_metadata="https://tools.example/.well-known/oauth-protected-resource/mcp""#;

/// Sends a request to a server that requires a token, except for its metadata.
fn send(config: impl Into<CorsConfig>, page: &str, call: Fetch) -> FetchOutcome {
    let server = service_fn(async |request: Request<Vec<u8>>| {
        let is_metadata = request.uri().path().starts_with("/.well-known/");
        let response = match request.headers().get("authorization") {
            None if !is_metadata => {
                Response::builder().status(401).header("www-authenticate", CHALLENGE)
            }
            _ => Response::builder().header("mcp-session-id", "1868a90c"),
        };
        Ok::<_, Infallible>(response.body("{}".to_owned()).unwrap())
    });
    let mut service = CorsLayer::new(CorsPolicy::new(config).unwrap()).layer(server);
    block_on(Page::open(page).fetch(&mut service, call))
}

/// Adds a token and headers to a request.
fn with_headers(call: Fetch, names: &[&str]) -> Fetch {
    let call = call.header("authorization", "Bearer 1");
    names.iter().fold(call, |call, name| call.header(name, "value"))
}

#[test]
fn clients_of_both_specifications_send_their_headers() {
    let message = || Fetch::post(MCP).json("{}");
    let rule = || Rule::for_origins([CLIENT]);
    #[rustfmt::skip]
    let rows = [
        ("2026-07-28: server/discover", with_headers(message(), &["mcp-protocol-version", "mcp-method"])),
        ("2026-07-28: tools/call", with_headers(message(), &["mcp-protocol-version", "mcp-method", "mcp-name", "mcp-param-region"])),
        ("2025-11-25: initialize", with_headers(message(), &[])),
        ("2025-11-25: tools/call", with_headers(message(), &["mcp-protocol-version", "mcp-session-id"])),
        ("2025-11-25: the stream", with_headers(Fetch::get(MCP), &["mcp-protocol-version", "mcp-session-id"])),
        ("2025-11-25: its resumption", with_headers(Fetch::get(MCP), &["mcp-protocol-version", "mcp-session-id", "last-event-id"])),
        ("2025-11-25: the end", with_headers(Fetch::delete(MCP), &["mcp-protocol-version", "mcp-session-id"])),
    ];
    for (about, call) in rows {
        let outcome = send(rule().allow_mcp(), CLIENT, call.clone());
        assert_eq!(outcome.status().map(|status| status.as_u16()), Some(200), "{about}");
        let session = outcome.header("mcp-session-id");
        assert_eq!(session.as_deref(), Some("1868a90c"), "{about}");
        // Without the preset, and from another origin, the preflight fails.
        assert!(!send(rule(), CLIENT, call.clone()).is_readable(), "{about}");
        assert!(!send(rule().allow_mcp(), OTHER, call).is_readable(), "{about}");
    }
}

#[test]
fn challenge_of_a_missing_token_is_readable() {
    let call = || Fetch::post(MCP).json("{}");
    let rule = || Rule::for_origins([CLIENT]).allow_headers(["content-type"]);
    let outcome = send(rule().allow_mcp(), CLIENT, call());
    assert_eq!(outcome.assert_readable().status().unwrap(), 401);
    assert_eq!(outcome.header("www-authenticate").as_deref(), Some(CHALLENGE));
    // Without the preset, the page reads the status alone.
    let outcome = send(rule(), CLIENT, call());
    assert_eq!(outcome.assert_readable().status().unwrap(), 401);
    assert_eq!(outcome.header("www-authenticate"), None);
    send(rule().allow_mcp(), OTHER, call()).assert_blocked_at(BlockedStep::AllowOrigin);
}

// RFC 9728, section 3. The client has no token yet, and may be a page of any origin.
#[test]
fn metadata_of_the_resource_is_open_to_every_origin() {
    let client = || Rule::for_origins([CLIENT]).allow_mcp();
    let metadata = Rule::for_any_origin()
        .paths(["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/*"])
        .allow_headers(["mcp-protocol-version"]);
    let config = || CorsConfig::from([metadata.clone(), client()]);
    assert!(CorsPolicy::new(config()).unwrap().lints().is_empty());
    let read = |url: &str| Fetch::get(url).header("mcp-protocol-version", "2026-07-28");
    let root = METADATA.trim_end_matches("/mcp");
    for page in [CLIENT, OTHER] {
        send(config(), page, read(METADATA)).assert_readable();
        send(config(), page, read(root)).assert_readable();
    }
    // Without the rule, other pages cannot find the authorization server. With the rule, they cannot use the tools.
    send(client(), OTHER, read(METADATA)).assert_blocked_at(BlockedStep::AllowOrigin);
    let call = || with_headers(Fetch::post(MCP).json("{}"), &[]);
    send(config(), CLIENT, call()).assert_readable();
    send(config(), OTHER, call()).assert_blocked_at(BlockedStep::AllowOrigin);
}
