//! `enforce` behind nginx, which ends TLS: over HTTP/1.1 and HTTP/2, for curl and for pages in Chromium.
//! Beside each refusal stands the attack, which succeeds where nothing is enforced.

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

#[tokio::test]
async fn the_services_own_pages_are_known_behind_a_proxy_that_ends_tls() -> Result<()> {
    let site = Site::start("curl").await?;
    for protocol in ["--http1.1", "--http2"] {
        for (rule, front, origin, status) in [
            ("another origin", &site.passing, EVIL.to_owned(), 403),
            ("another origin, where Host is rewritten", &site.rewriting, EVIL.to_owned(), 403),
            ("another origin, beside named ones", &site.named, EVIL.to_owned(), 403),
            ("the same, where nothing is enforced", &site.open, EVIL.to_owned(), 200),
            ("the own origin, by Host", &site.passing, site.passing.origin(), 200),
            ("the own origin, by name", &site.named, site.named.origin(), 200),
            // Nothing is left to compare with, as the documentation of `service_origins` says.
            ("the own origin, in vain", &site.rewriting, site.rewriting.origin(), 403),
        ] {
            assert_eq!(curl(front, protocol, &origin).await?, status, "{rule}, {protocol}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_browser_says_which_pages_are_the_services_own() -> Result<()> {
    let site = Site::start("pages").await?;
    let browser = Browser::start(Engine::from_env()?).await?;
    for front in [&site.passing, &site.rewriting, &site.named] {
        browser.open(&format!("{}/", front.origin())).await?;
        let status = browser.evaluate_async(WRITE, vec![json!(front.origin())]).await?;
        assert_eq!(status, 200, "{front:?}");
        assert_eq!(site.written.take(), ["same-origin"]);
    }

    // Of another site: `localhost` and an address are two.
    let stranger = serve(Router::new().route("/", get(Html(PAGE)))).await?;
    browser.open(&format!("http://{stranger}/")).await?;
    for front in [&site.passing, &site.rewriting, &site.named] {
        browser.evaluate_async(WRITE, vec![json!(front.origin())]).await?;
        assert!(site.written.take().is_empty(), "{front:?}");
    }
    browser.evaluate_async(WRITE, vec![json!(site.open.origin())]).await?;
    assert_eq!(site.written.take(), ["cross-site"], "the attack succeeds without enforce");
    browser.close().await
}

/// STANDARDS F11b: browsers send `Origin` with what a page embeds, too, where cookies of another site
/// might be sent. <https://privacycg.github.io/storage-access-headers/>
#[tokio::test]
async fn an_image_with_an_origin_is_embedded() -> Result<()> {
    let site = Site::start("images").await?;
    let browser = Browser::start(Engine::from_env()?).await?;
    let stranger = serve(Router::new().route("/", get(Html(PAGE)))).await?;
    browser.open(&format!("http://{stranger}/")).await?;
    let permission = json!({
        "permission": { "name": "storage-access" },
        "setting": "granted",
        "origin": format!("http://{stranger}"),
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

/// One service that enforces, behind two fronts; one that knows its name; one that does not enforce.
struct Site {
    passing: Front,
    rewriting: Front,
    named: Front,
    open: Front,
    /// `Sec-Fetch-Site` of what reached a service.
    written: Seen,
    /// The headers of images that were asked for.
    images: Seen,
    _nginx: Nginx,
}

impl Site {
    async fn start(name: &str) -> Result<Self> {
        let [passing, rewriting, named, open] = free_ports().await?;
        let (written, images) = (Seen::default(), Seen::default());
        let by_host = serve_by(enforced(vec![]), &written, &images).await?;
        let own = vec![format!("https://localhost:{named}")];
        let by_name = serve_by(enforced(own), &written, &images).await?;
        let lax = enforced(vec![]).enforce(false);
        let lax = serve_by(lax, &written, &images).await?;
        let passing = Front { port: passing, upstream: by_host, passes_host: true };
        let rewriting = Front { port: rewriting, upstream: by_host, passes_host: false };
        let named = Front { port: named, upstream: by_name, passes_host: false };
        let open = Front { port: open, upstream: lax, passes_host: true };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{name}"));
        let nginx = Nginx::start(folder, &[passing, rewriting, named, open]).await?;
        Ok(Self { passing, rewriting, named, open, written, images, _nginx: nginx })
    }
}

fn enforced(service_origins: Vec<String>) -> CorsConfig {
    let rules = vec![Rule::for_origins(["https://app.example.com"])];
    CorsConfig::from(rules).enforce(true).service_origins(service_origins)
}

async fn serve_by(config: CorsConfig, written: &Seen, images: &Seen) -> Result<SocketAddr> {
    let notes = post(async |State(written): State<Seen>, headers: HeaderMap| {
        let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        written.push(site.unwrap_or("not said").to_owned());
    });
    let pixel = get(async |State(images): State<Seen>, headers: HeaderMap| {
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

/// As a client without Fetch Metadata writes.
async fn curl(front: &Front, protocol: &str, origin: &str) -> Result<u16> {
    let output = Command::new("curl")
        .args(["-s", "-k", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", protocol])
        .args(["-d", "a note", "-H", &format!("Origin: {origin}")])
        .arg(format!("{}/notes", front.origin()))
        .output()
        .await?;
    let said = String::from_utf8(output.stdout)?;
    let (version, status) = said.split_once(' ').unwrap_or_default();
    ensure!(protocol.ends_with(version), "HTTP/{version} was spoken, and not {protocol}");
    Ok(status.parse()?)
}

/// What arrived somewhere, one after the other.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
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

/// As a form can, without a preflight. Whether the page may read the answer is nothing to the attacker.
const WRITE: &str = r#"
    const [service] = arguments;
    const own = new URL(service).origin === location.origin;
    const mode = own ? "same-origin" : "no-cors";
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
