//! Headers of the embedding layer: frames, integrity of scripts, and access to cookies of other sites.
//!
//! Each attack succeeds without the layer, in the same test.

#[path = "embedding/storage_access.rs"]
mod storage_access;

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::{
    Router,
    http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
    response::{AppendHeaders, Html},
    routing::get,
};
use browsers::{Browser, Engine};
use serde_json::json;
use tokio::net::TcpListener;
use tower_cross_origin::embedding::{
    EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy, IntegrityPolicy,
};

browsers::test_in_engines!(
    only_listed_pages_embed_a_response,
    scripts_without_integrity_metadata_do_not_run,
);

async fn only_listed_pages_embed_a_response(engine: Engine) -> Result<()> {
    let port = start(frames()?).await?;
    let browser = Browser::start(engine).await?;
    let (own, partner, subdomain, evil) = ("api", "partner", "a.partner", "evil");
    for (path, page, expected) in [
        ("/open", evil, "framed"),
        ("/open", own, "framed"),
        ("/none", own, "blocked"),
        ("/none", partner, "blocked"),
        ("/own", own, "framed"),
        ("/own", partner, "blocked"),
        ("/partner", own, "framed"),
        ("/partner", partner, "framed"),
        ("/partner", subdomain, "blocked"),
        ("/partner", evil, "blocked"),
        ("/subdomains", subdomain, "framed"),
        ("/subdomains", partner, "blocked"),
        // Browsers ignore `X-Frame-Options` next to `frame-ancestors`. The layer keeps its effect.
        ("/deny", partner, "blocked"),
        ("/deny-by-hand", partner, "framed"),
        ("/deny-and-partner", partner, "blocked"),
        ("/deny-and-partner", own, "blocked"),
        ("/same-origin-by-hand", partner, "framed"),
        ("/same-origin-and-partner", partner, "blocked"),
        ("/same-origin-and-partner", own, "framed"),
        // A policy of the service stays.
        ("/policy-and-partner", partner, "blocked"),
        ("/policy-and-partner", own, "framed"),
    ] {
        browser.open(&format!("http://{page}.localhost:{port}/page")).await?;
        let address = format!("http://{own}.localhost:{port}{path}");
        let result = browser.evaluate_async(FRAME, vec![json!(address)]).await?;
        assert_eq!(result, expected, "{path} in a page of {page}");
    }
    browser.close().await
}

async fn scripts_without_integrity_metadata_do_not_run(engine: Engine) -> Result<()> {
    let policy = EmbeddingConfig::new().integrity_policy(IntegrityPolicy::Script);
    let page = || get(async || Html("<!doctype html><title>a page</title><body>"));
    let script = get(async || ([("content-type", "text/javascript")], "window.ran = true;"));
    let app = Router::new()
        .route("/strict", page().layer(layer(policy)?))
        .route("/open", page())
        .route("/script", script);
    let port = start(app).await?;
    let browser = Browser::start(engine).await?;
    for (path, integrity, expected) in [
        ("/open", "", "ran"),
        ("/strict", "", "error"),
        ("/strict", "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "error"),
        ("/strict", "sha256-9OqpFbZ3hGTNGXfQ8qfXGVmJZgqL2BPI/bk3xuR9Aq0=", "ran"),
    ] {
        browser.open(&format!("http://api.localhost:{port}{path}")).await?;
        let result = browser.evaluate_async(SCRIPT, vec![json!(integrity)]).await?;
        assert_eq!(result, expected, "{path} {integrity}");
    }
    browser.close().await
}

/// Returns routes with documents that send a message to their parent.
fn frames() -> Result<Router> {
    const PARTNER: &str = "http://partner.localhost:*";
    let document = "<!doctype html><script>parent.postMessage('framed', '*')</script>";
    let framed = || get(async move || Html(document));
    let with = |name, value| get(async move || (AppendHeaders([(name, value)]), Html(document)));
    let by_hand = |options| {
        get(async move || {
            let policy = "frame-ancestors http://partner.localhost:*";
            let headers = [(X_FRAME_OPTIONS, options), (CONTENT_SECURITY_POLICY, policy)];
            (AppendHeaders(headers), Html(document))
        })
    };
    let partner = || layer(EmbeddingConfig::new().frame_ancestors([PARTNER]));
    let subdomains = EmbeddingConfig::new().frame_ancestors(["http://*.partner.localhost:*"]);
    Ok(Router::new()
        .route("/page", get(async || Html("<!doctype html><title>a page</title><body>")))
        .route("/open", framed())
        .route("/none", framed().layer(layer(EmbeddingConfig::new().frame_ancestors_none())?))
        .route("/own", framed().layer(layer(EmbeddingConfig::new().frame_ancestors([""; 0]))?))
        .route("/partner", framed().layer(partner()?))
        .route("/subdomains", framed().layer(layer(subdomains)?))
        .route("/deny", with(X_FRAME_OPTIONS, "DENY"))
        .route("/deny-by-hand", by_hand("DENY"))
        .route("/deny-and-partner", with(X_FRAME_OPTIONS, "DENY").layer(partner()?))
        .route("/same-origin-by-hand", by_hand("SAMEORIGIN"))
        .route("/same-origin-and-partner", with(X_FRAME_OPTIONS, "SAMEORIGIN").layer(partner()?))
        .route(
            "/policy-and-partner",
            with(CONTENT_SECURITY_POLICY, "frame-ancestors 'self'").layer(partner()?),
        ))
}

fn layer(config: EmbeddingConfig) -> Result<EmbeddingLayer> {
    Ok(EmbeddingLayer::new(EmbeddingPolicy::new(config)?))
}

/// Serves the application, and returns its port.
async fn start(app: Router) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr().context("the listener has no address")?.port();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(port)
}

/// Loads a document into a frame. A blocked document sends no message.
const FRAME: &str = r#"
    const [address] = arguments;
    return new Promise(resolve => {
        const frame = document.createElement("iframe");
        addEventListener("message", ({ data, source }) => {
            if (source === frame.contentWindow) resolve(data);
        });
        frame.onload = () => setTimeout(() => resolve("blocked"), 300);
        setTimeout(() => resolve("blocked"), 5000);
        frame.src = address;
        document.body.append(frame);
    });
"#;

/// Loads a script of the same origin.
const SCRIPT: &str = r#"
    const [integrity] = arguments;
    return new Promise(resolve => {
        const script = document.createElement("script");
        if (integrity) script.integrity = integrity;
        script.crossOrigin = "anonymous";
        script.src = "/script";
        script.onload = () => resolve(window.ran ? "ran" : "empty");
        script.onerror = () => resolve("error");
        document.body.append(script);
    });
"#;
