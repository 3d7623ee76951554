//! Tests `enforce` behind nginx, which terminates TLS, with curl and with pages.
//!
//! The requests use HTTP/1.1 and HTTP/2. Each rejected attack succeeds against a service without `enforce`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, ensure};
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::Html,
    routing::{get, post},
};
use browsers::{Browser, Engine, Front, Nginx, free_ports};
use serde_json::json;
use tokio::{net::TcpListener, process::Command};
use tower_cross_origin::cors::{CorsConfig, CorsLayer, CorsPolicy, Rule};

browsers::test_in_engines!(fetch_metadata_identifies_same_origin_pages);

#[tokio::test]
async fn same_origin_requests_are_allowed_behind_a_tls_proxy() -> Result<()> {
    let site = Site::start("curl").await?;
    for protocol in ["--http1.1", "--http2"] {
        for (rule, front, origin, status) in [
            ("another origin", &site.passing, EVIL.to_owned(), 403),
            ("another origin, with a rewritten Host", &site.rewriting, EVIL.to_owned(), 403),
            ("another origin, with service_origins", &site.named, EVIL.to_owned(), 403),
            ("another origin, without enforce", &site.open, EVIL.to_owned(), 200),
            ("the service origin, by Host", &site.passing, site.passing.origin(), 200),
            ("the service origin, by service_origins", &site.named, site.named.origin(), 200),
            // `Origin` differs from the rewritten `Host`, as the documentation of `service_origins` explains.
            (
                "the service origin, with a rewritten Host",
                &site.rewriting,
                site.rewriting.origin(),
                403,
            ),
        ] {
            assert_eq!(curl(front, protocol, &origin).await?, status, "{rule}, {protocol}");
        }
    }
    Ok(())
}

async fn fetch_metadata_identifies_same_origin_pages(engine: Engine) -> Result<()> {
    let site = Site::start(&format!("pages-{engine:?}")).await?;
    let browser = Browser::start(engine).await?;
    for front in [&site.passing, &site.rewriting, &site.named] {
        browser.open(&format!("{}/", front.origin())).await?;
        let status = browser.evaluate_async(WRITE, vec![json!(front.origin())]).await?;
        assert_eq!(status, 200, "{front:?}");
        assert_eq!(site.written.take(), ["same-origin"]);
    }

    // `localhost` and an address are different sites.
    let other_site = serve(Router::new().route("/", get(Html(PAGE)))).await?;
    browser.open(&format!("http://{other_site}/")).await?;
    for front in [&site.passing, &site.rewriting, &site.named] {
        browser.evaluate_async(WRITE, vec![json!(front.origin())]).await?;
        assert!(site.written.take().is_empty(), "{front:?}");
    }
    browser.evaluate_async(WRITE, vec![json!(site.open.origin())]).await?;
    assert_eq!(site.written.take(), ["cross-site"], "the attack succeeds without enforce");
    browser.close().await
}

// STANDARDS F11b: browsers also send `Origin` with embedded resources if cross-site cookies may be sent.
// <https://privacycg.github.io/storage-access-headers/>, which only Chromium implements.
#[tokio::test]
async fn image_request_with_origin_is_allowed() -> Result<()> {
    let site = Site::start("images").await?;
    let browser = Browser::start(Engine::Chromium).await?;
    let other_site = serve(Router::new().route("/", get(Html(PAGE)))).await?;
    browser.open(&format!("http://{other_site}/")).await?;
    let permission = json!({
        "permission": { "name": "storage-access" },
        "setting": "granted",
        "origin": format!("http://{other_site}"),
        "embeddedOrigin": site.passing.origin(),
    });
    browser.developer_tools("Browser.setPermission", permission).await?;
    let seen = browser.evaluate_async(EMBED, vec![json!(site.passing.origin())]).await?;
    assert_eq!(seen, "load");
    let images = site.images.take();
    assert_eq!(images.len(), 1);
    assert!(images[0].contains("origin: http://127.0.0.1"), "{images:?}");
    assert!(images[0].contains("sec-fetch-mode: no-cors"), "{images:?}");
    browser.close().await
}

/// Services behind nginx, with and without `enforce`.
struct Site {
    /// Enforces, and nginx keeps `Host`.
    passing: Front,
    /// Enforces, and nginx rewrites `Host`.
    rewriting: Front,
    /// Enforces with `service_origins`.
    named: Front,
    /// Does not enforce.
    open: Front,
    /// The `Sec-Fetch-Site` of each write that reached a service.
    written: Recorded,
    /// The headers of each image request.
    images: Recorded,
    _nginx: Nginx,
}

impl Site {
    async fn start(name: &str) -> Result<Self> {
        let [passing, rewriting, named, open] = free_ports().await?;
        let (written, images) = (Recorded::default(), Recorded::default());
        let by_host = serve_policy(enforced(vec![]), &written, &images).await?;
        let service_origins = vec![format!("https://localhost:{named}")];
        let by_name = serve_policy(enforced(service_origins), &written, &images).await?;
        let without_enforcement = enforced(vec![]).enforce(false);
        let without_enforcement = serve_policy(without_enforcement, &written, &images).await?;
        let passing = Front { port: passing, upstream: by_host, passes_host: true };
        let rewriting = Front { port: rewriting, upstream: by_host, passes_host: false };
        let named = Front { port: named, upstream: by_name, passes_host: false };
        let open = Front { port: open, upstream: without_enforcement, passes_host: true };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{name}"));
        let nginx = Nginx::start(folder, &[passing, rewriting, named, open]).await?;
        Ok(Self { passing, rewriting, named, open, written, images, _nginx: nginx })
    }
}

fn enforced(service_origins: Vec<String>) -> CorsConfig {
    let rules = vec![Rule::for_origins(["https://app.example.com"])];
    CorsConfig::from(rules).enforce(true).service_origins(service_origins)
}

async fn serve_policy(
    config: CorsConfig,
    written: &Recorded,
    images: &Recorded,
) -> Result<SocketAddr> {
    let notes = post(async |State(written): State<Recorded>, headers: HeaderMap| {
        let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        written.push(site.unwrap_or("missing").to_owned());
    });
    let pixel = get(async |State(images): State<Recorded>, headers: HeaderMap| {
        let line = |(name, value)| format!("{name}: {}", String::from_utf8_lossy(value));
        let lines = headers.iter().map(|(name, value)| line((name, value.as_bytes())));
        images.push(lines.collect::<Vec<_>>().join("\n"));
        ([("content-type", "image/svg+xml")], PIXEL)
    });
    let application = Router::new()
        .route("/", get(Html(PAGE)))
        .route("/notes", notes.with_state(written.clone()))
        .route("/pixel.svg", pixel.with_state(images.clone()))
        .layer(CorsLayer::new(CorsPolicy::new(config)?));
    serve(application).await
}

async fn serve(router: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Sends a write without Fetch Metadata, and returns the response status.
async fn curl(front: &Front, protocol: &str, origin: &str) -> Result<u16> {
    let output = Command::new("curl")
        .args(["-s", "-k", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", protocol])
        .args(["-d", "a note", "-H", &format!("Origin: {origin}")])
        .arg(format!("{}/notes", front.origin()))
        .output()
        .await?;
    let output = String::from_utf8(output.stdout)?;
    let (version, status) = output.split_once(' ').unwrap_or_default();
    ensure!(protocol.ends_with(version), "curl used HTTP/{version} instead of {protocol}");
    Ok(status.parse()?)
}

/// A list of recorded texts.
#[derive(Clone, Debug, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Recorded {
    fn push(&self, text: String) {
        self.lock().push(text);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a `POST` without a preflight, as a form does. The attacker does not need to read the response.
const WRITE: &str = r#"
    const [service] = arguments;
    const isSameOrigin = new URL(service).origin === location.origin;
    const mode = isSameOrigin ? "same-origin" : "no-cors";
    const response = await fetch(`${service}/notes`, { method: "POST", mode, body: "a note" });
    return response.status;
"#;

const EMBED: &str = r#"
    const [service] = arguments;
    const image = new Image();
    const outcome = new Promise(resolve => {
        image.onload = () => resolve("load");
        image.onerror = () => resolve("error");
    });
    image.src = `${service}/pixel.svg`;
    return outcome;
"#;

const EVIL: &str = "https://evil.example";
const PAGE: &str = "<!doctype html><title>a page</title>";
const PIXEL: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;
