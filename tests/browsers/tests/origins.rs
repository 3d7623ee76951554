//! Pages with unusual origins: at a host with a trailing dot, in a local file, and in an extension.
//!
//! The server records the `Origin` that the browser sends. The model of the crate must send the same one, and must
//! read the same responses.

use std::{
    fs,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{Html, Response},
    routing::{any, get},
};
use browsers::{Browser, Engine, Options};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_cross_origin::{
    browser::{Fetch, Page},
    cors::{CorsLayer, CorsPolicy, Rule},
};

browsers::test_in_engines!(page_at_host_with_trailing_dot_is_another_origin);

async fn page_at_host_with_trailing_dot_is_another_origin(engine: Engine) -> Result<()> {
    let browser = Browser::start(engine).await?;
    for host in ["localhost.", "app.localhost."] {
        let service = Service::start(|port| {
            let (dotted, plain) = (
                format!("http://{host}:{port}"),
                format!("http://{}:{port}", host.trim_end_matches('.')),
            );
            // For a page without a subdomain, the pattern matches every port.
            let pattern = |origin: &str| match origin.strip_prefix("http://app.") {
                Some(rest) => format!("http://*.{rest}"),
                None => origin.replace(&format!(":{port}"), ":*"),
            };
            vec![
                ("/any", Rule::for_any_origin()),
                ("/listed", Rule::for_origins([&*plain, &*dotted])),
                ("/without", Rule::for_origins([&*plain])),
                ("/pattern", Rule::for_origins([pattern(&dotted)])),
                ("/plain-pattern", Rule::for_origins([pattern(&plain)])),
            ]
        })
        .await?;
        let origin = format!("http://{host}:{}", service.port);
        browser.open(&format!("{origin}/page")).await?;
        let page = Page::open(&format!("{origin}/page"));
        for (path, is_allowed) in [
            ("/any", true),
            ("/listed", true),
            ("/without", false),
            ("/pattern", true),
            ("/plain-pattern", false),
        ] {
            service.check(&browser, page.clone(), path, is_allowed, &origin).await?;
        }
    }
    browser.close().await
}

#[tokio::test]
async fn file_with_file_access_sends_its_own_origin() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("origins-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let file = folder.join("page.html");
    fs::write(&file, "<!doctype html><title>a file</title>")?;
    let address = format!("file://{}", file.to_str().context("the path is not UTF-8")?);

    let page = Page::open(&address);
    for (arguments, origin, page) in [
        (&["--allow-file-access-from-files"][..], "file://", page.clone().with_file_access()),
        (&[][..], "null", page),
    ] {
        let options = Options { arguments, ..Options::default() };
        let browser = Browser::start_with(Engine::Chromium, options).await?;
        let service = Service::start(|_| {
            let rule = || Rule::for_origins(["https://app.example.com"]);
            vec![
                ("/any", Rule::for_any_origin()),
                ("/file", rule().add_origins(["file://"]).dangerously_allow_null_origin(true)),
                ("/null", rule().dangerously_allow_null_origin(true)),
                ("/other", rule()),
            ]
        })
        .await?;
        browser.open(&address).await?;
        let is_null = origin == "null";
        for (path, is_allowed) in
            [("/any", true), ("/file", true), ("/null", is_null), ("/other", false)]
        {
            service.check(&browser, page.clone(), path, is_allowed, origin).await?;
        }
        browser.close().await?;
    }
    Ok(fs::remove_dir_all(&folder)?)
}

// The manifest has no host permissions. With them, the browser would not apply CORS to the page.
#[tokio::test]
async fn page_of_an_extension_has_the_id_as_its_origin() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("extension-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let manifest = json!({ "manifest_version": 3, "name": "a test", "version": "1", "key": KEY });
    fs::write(folder.join("manifest.json"), manifest.to_string())?;
    fs::write(folder.join("page.html"), "<!doctype html><title>an extension</title>")?;
    let path = folder.to_str().context("the path is not UTF-8")?;
    let load = format!("--load-extension={path}");
    let arguments = [&*load, "--disable-features=DisableLoadExtensionCommandLineSwitch"];
    let options = Options { arguments: &arguments, ..Options::default() };
    let browser = Browser::start_with(Engine::Chromium, options).await?;
    let origin = format!("chrome-extension://{EXTENSION}");
    let service = Service::start(|_| {
        vec![
            ("/any", Rule::for_any_origin()),
            ("/listed", Rule::for_origins([&*origin]).allow_credentials(true)),
            ("/apps", Rule::for_app_webviews()),
            ("/other", Rule::for_origins([origin.replace(EXTENSION, &"a".repeat(32))])),
        ]
    })
    .await?;
    browser.open(&format!("{origin}/page.html")).await?;
    let page = Page::open(&format!("{origin}/page.html"));
    for (path, is_allowed) in
        [("/any", true), ("/listed", true), ("/apps", false), ("/other", false)]
    {
        service.check(&browser, page.clone(), path, is_allowed, &origin).await?;
    }
    browser.close().await?;
    Ok(fs::remove_dir_all(&folder)?)
}

/// A service that applies one rule at each path, and records the request origins.
struct Service {
    port: u16,
    router: Router,
    origins: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start(rules: impl FnOnce(u16) -> Vec<(&'static str, Rule)>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let origins = Arc::new(Mutex::new(Vec::new()));
        let page = get(Html("<!doctype html><title>a page</title>"));
        let mut router = Router::new().route("/page", page);
        for (path, rule) in rules(port) {
            let policy = CorsPolicy::new(rule.allow_methods(["PUT"]))?;
            let route = any(|| async { "an answer" }).layer(CorsLayer::new(policy));
            router = router.route(path, route);
        }
        let router = router.layer(from_fn_with_state(Arc::clone(&origins), record));
        let served = router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Ok(Self { port, router, origins })
    }

    /// Asserts that the browser and the model have the same result.
    async fn check(
        &self,
        browser: &Browser,
        mut page: Page,
        path: &str,
        is_allowed: bool,
        origin: &str,
    ) -> Result<()> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        self.seen();
        let read = browser.evaluate_async(READ_AND_WRITE, vec![json!(url)]).await?;
        let expected: Value = json!([is_allowed, is_allowed]);
        assert_eq!(read, expected, "{path} for a page of {origin}");
        let sent = self.seen();
        assert!(sent.len() >= 2, "{path}: {sent:?}");
        assert!(sent.iter().all(|sent| sent == origin), "{path}: {sent:?} instead of {origin}");

        assert_eq!(page.origin(), origin);
        for call in [Fetch::get(&url), Fetch::new("PUT", &url)] {
            let outcome = page.fetch::<_, Body, _>(&mut self.router.clone(), call).await;
            assert_eq!(outcome.is_readable(), is_allowed, "{path} in the model: {outcome:?}");
        }
        assert_eq!(self.seen(), sent, "{path} in the model");
        Ok(())
    }

    /// Returns the request origins since the last call.
    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.origins.lock().expect("no test panics with the lock"))
    }
}

async fn record(
    State(origins): State<Arc<Mutex<Vec<String>>>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(origin) = request.headers().get("origin") {
        let origin = String::from_utf8_lossy(origin.as_bytes()).into_owned();
        origins.lock().expect("no test panics with the lock").push(origin);
    }
    next.run(request).await
}

/// A public key, whose hash is the id of the extension.
const KEY: &str = "qBlAjOUBDKLgnvWaw9ifX/hZXQK1JOYb+K+olKldWU8=";

const EXTENSION: &str = "pmilfieminhbggkdoigkmlmccnfcahnh";

/// Sends a simple and a preflighted request.
const READ_AND_WRITE: &str = r#"
    const [url] = arguments;
    const is_readable = async method => {
        try {
            return (await fetch(url, { method })).ok;
        } catch {
            return false;
        }
    };
    return [await is_readable("GET"), await is_readable("PUT")];
"#;
