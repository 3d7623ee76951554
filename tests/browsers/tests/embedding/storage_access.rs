//! Access to cookies of other sites, in browsers that block them.
//!
//! <https://privacycg.github.io/storage-access-headers/>

use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::Html,
    routing::get,
};
use browsers::{Browser, Engine};
use serde_json::json;
use tower_cross_origin::embedding::EmbeddingConfig;

use crate::{layer, start};

#[tokio::test]
async fn listed_page_activates_access_to_cookies_in_chromium() -> Result<()> {
    listed_page_activates_access_to_cookies(Engine::Chromium).await
}

#[tokio::test]
async fn listed_page_activates_access_to_cookies_in_firefox() -> Result<()> {
    listed_page_activates_access_to_cookies(Engine::Firefox).await
}

async fn listed_page_activates_access_to_cookies(engine: Engine) -> Result<()> {
    let seen = Seen::default();
    let activating = EmbeddingConfig::new().activate_storage_access(["http://app.localhost:*"]);
    let image = || get(image);
    let app = Router::new()
        .route("/page", get(async || Html("<!doctype html><title>a page</title><body>")))
        .route("/sign-in", get(async || ([("set-cookie", COOKIE)], "signed in")))
        .route("/image", image().layer(layer(activating.clone())?))
        .route("/frame", get(async || Html(FRAME)).layer(layer(activating)?))
        .route("/frame-without-layer", get(async || Html(FRAME)))
        .route("/image-without-layer", image())
        .with_state(seen.clone());
    let port = start(app).await?;
    let browser = Browser::start(engine).await?;
    if engine == Engine::Chromium {
        browser.open("chrome://settings").await?;
        browser.evaluate_async(BLOCK_THIRD_PARTY_COOKIES, vec![]).await?;
    }
    let service = format!("http://other.localhost:{port}");
    for (page, is_granted, path, expected) in [
        ("app", false, "/image", &["none"][..]),
        ("app", true, "/image-without-layer", &["inactive"]),
        ("app", true, "/image", &["inactive", "active with cookie"]),
        ("evil", true, "/image", &["inactive"]),
    ] {
        browser.open(&format!("{service}/sign-in")).await?;
        let page = format!("http://{page}.localhost:{port}");
        if engine == Engine::Chromium {
            let permission = json!({
                "permission": { "name": "storage-access" },
                "setting": if is_granted { "granted" } else { "denied" },
                "origin": page,
                "embeddedOrigin": service,
            });
            browser.developer_tools("Browser.setPermission", permission).await?;
        } else if is_granted {
            let arguments = vec![json!(page), json!(service)];
            browser.evaluate_in_chrome(GRANT_STORAGE_ACCESS, arguments).await?;
        }
        browser.open(&format!("{page}/page")).await?;
        browser.evaluate_async(IMAGE, vec![json!(format!("{service}{path}"))]).await?;
        assert_eq!(seen.take(), expected, "{path} in a page of {page}, granted: {is_granted}");
        let frame = format!("{service}{}", path.replace("image", "frame"));
        let has_access = browser.evaluate_async(EMBED_FRAME, vec![json!(frame)]).await?;
        assert_eq!(has_access, expected.len() == 2, "a frame instead of {path}");
    }
    browser.close().await
}

/// The status of the access of each request, and whether the request has a cookie.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    /// Returns the requests since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panics with the lock"))
    }
}

async fn image(State(Seen(seen)): State<Seen>, request: Request) -> &'static str {
    let headers: &HeaderMap = request.headers();
    let status = headers.get("sec-fetch-storage-access").and_then(|value| value.to_str().ok());
    let cookie = headers.get("cookie").map_or("", |_| " with cookie");
    let line = format!("{}{cookie}", status.unwrap_or("without status"));
    seen.lock().expect("no test panics with the lock").push(line);
    "not an image"
}

const COOKIE: &str = "session=1; SameSite=None; Secure";

/// A document that sends to its parent whether it can use its cookies.
const FRAME: &str = "<!doctype html><script>
    document.hasStorageAccess().then(access => parent.postMessage(access, '*'));
</script>";

const BLOCK_THIRD_PARTY_COOKIES: &str = r#"
    const on = ["profile.cookie_controls_mode", 1, ""];
    const done = await new Promise(resolve => chrome.settingsPrivate.setPref(...on, resolve));
    if (!done) throw new Error("could not change the cookie setting");
"#;

const GRANT_STORAGE_ACCESS: &str = r#"
    const [page, service] = arguments;
    const principal = Services.scriptSecurityManager.createContentPrincipalFromOrigin(page);
    const site = service.replace(/:[0-9]+$/, "");
    const { ALLOW_ACTION } = Services.perms;
    Services.perms.addFromPrincipal(principal, `3rdPartyFrameStorage^${site}`, ALLOW_ACTION);
"#;

/// Requests an image with cookies.
const IMAGE: &str = r#"
    const [address] = arguments;
    return new Promise(resolve => {
        const image = new Image();
        image.onload = image.onerror = () => resolve(null);
        image.src = address;
    });
"#;

const EMBED_FRAME: &str = r#"
    const [address] = arguments;
    return new Promise(resolve => {
        addEventListener("message", ({ data }) => resolve(data));
        const frame = document.createElement("iframe");
        frame.src = address;
        document.body.append(frame);
    });
"#;
