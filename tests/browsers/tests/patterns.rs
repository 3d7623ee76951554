//! Pages of several origins read the example `axum` with a pattern as its allowed origin.

use std::net::Ipv4Addr;

use anyhow::Result;
use axum::{Router, response::Html, routing::get};
use browsers::{Browser, Engine, Example};
use serde_json::json;
use tokio::net::TcpListener;

browsers::test_in_engines!(matching_pages_can_read_and_write);

async fn matching_pages_can_read_and_write(engine: Engine) -> Result<()> {
    let browser = Browser::start(engine).await?;
    let blocked = engine.fetch_error();
    let port = serve_pages().await?;
    let exact_port = format!("http://a.localhost:{port}");
    for (allowed, pages) in [
        (
            "http://*.localhost:*",
            [("a.localhost", true), ("b.a.localhost", true), ("localhost", false), IP],
        ),
        (
            "http://localhost:*",
            [("a.localhost", false), ("b.a.localhost", false), ("localhost", true), IP],
        ),
        // The pattern has another port than the pages.
        (
            "http://*.localhost:1",
            [("a.localhost", false), ("b.a.localhost", false), ("localhost", false), IP],
        ),
        (&exact_port, [("a.localhost", true), ("b.a.localhost", false), ("localhost", false), IP]),
    ] {
        let service = Example::start("axum", &["--allow-origin", allowed]).await?;
        for (host, is_allowed) in pages {
            browser.open(&format!("http://{host}:{port}/")).await?;
            let arguments = vec![json!(service.address())];
            let seen = browser.evaluate_async(READ_AND_WRITE, arguments).await?;
            let expected = if is_allowed { json!([404, 204]) } else { json!([blocked, blocked]) };
            assert_eq!(seen, expected, "{allowed} for a page of {host}");
        }
    }
    browser.close().await
}

/// Sends a simple and a preflighted request, both with credentials.
const READ_AND_WRITE: &str = r#"
    const [service] = arguments;
    const status = async request => {
        try {
            return (await request()).status;
        } catch (error) {
            return String(error);
        }
    };
    const body = JSON.stringify({ name: "tea" });
    const headers = { "content-type": "application/json" };
    const write = { method: "PUT", headers, body, credentials: "include" };
    const written = await status(() => fetch(`${service}/items/1`, write));
    const read = await status(() => fetch(`${service}/nowhere`, { credentials: "include" }));
    return [read, written];
"#;

/// The address is another host than `localhost`, even though `localhost` resolves to it.
const IP: (&str, bool) = ("127.0.0.1", false);

async fn serve_pages() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let pages = Router::new().route("/", get(Html("<!doctype html><title>a page</title>")));
    tokio::spawn(async move { axum::serve(listener, pages).await });
    Ok(port)
}
