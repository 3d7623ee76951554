//! Tests the gateway with one file that configures CORS, guards, streams, JSONP and embedding headers.
//!
//! Pages use a service without these features. For comparison, they use the same service through a gateway
//! without these sections.

use std::{
    convert::Infallible,
    fs,
    net::Ipv4Addr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{State, WebSocketUpgrade, ws::WebSocket},
    http::header::CONTENT_TYPE,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use browsers::{Browser, Difference, Engine, Example};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

browsers::test_in_engines!(
    gateway_applies_all_sections_of_one_file,
    page_with_bearer_token_writes_next_to_csrf_guard,
);

async fn gateway_applies_all_sections_of_one_file(engine: Engine) -> Result<()> {
    let transfers = Arc::new(AtomicUsize::new(0));
    let upstream = serve(service(transfers.clone())).await?;
    let (ours, others) = (serve(pages()).await?, serve(pages()).await?);
    let with_localhost = |address: &str| address.replace("127.0.0.1", "localhost");
    let policy = POLICY.replace("{ours}", &with_localhost(&ours));
    let guarded = gateway(&upstream, &format!("whole-{engine:?}"), &policy).await?;
    let open =
        gateway(&upstream, &format!("open-{engine:?}"), "[beacon]\npaths = [\"/none\"]\n").await?;
    let browser = Browser::start(engine).await?;
    for (about, page, api, expected, carried_out) in [
        ("trusted page", &with_localhost(&ours), &guarded, RESULTS_OF_TRUSTED_PAGES, 1),
        ("other page", &with_localhost(&others), &guarded, RESULTS_OF_OTHER_PAGES, 0),
        (
            "other page, without the sections",
            &with_localhost(&others),
            &open,
            RESULTS_WITHOUT_SECTIONS,
            1,
        ),
        (
            "page of the service",
            &guarded.address().to_owned(),
            &guarded,
            RESULTS_OF_SERVICE_PAGES,
            1,
        ),
    ] {
        transfers.store(0, Ordering::Relaxed);
        browser.open(&format!("{page}/page")).await?;
        let arguments = vec![json!(api.address())];
        let seen = browser.evaluate_async(USE_ALL, arguments).await?;
        let mut expected: Value = serde_json::from_str(expected)?;
        let is_unwrapped = expected["jsonp"] == "loaded without a call";
        if is_unwrapped && Difference::JsonAsScript.is_in(engine) {
            (expected["jsonp"], expected["otherCallback"]) = ("error".into(), "error".into());
        }
        assert_eq!(seen, expected, "{about}");
        assert_eq!(transfers.load(Ordering::Relaxed), carried_out, "transfers by {about}");
    }
    browser.close().await
}

// https://github.com/tokens-studio/figma-plugin/issues/970
async fn page_with_bearer_token_writes_next_to_csrf_guard(engine: Engine) -> Result<()> {
    let transfers = Arc::new(AtomicUsize::new(0));
    let upstream = serve(service(transfers.clone())).await?;
    let page = serve(pages()).await?.replace("127.0.0.1", "localhost");
    let rule = BEARER_RULE.replace("{page}", &page);
    let guarded =
        gateway(&upstream, &format!("bearer-{engine:?}"), &format!("[guard.csrf]\n{rule}")).await?;
    let open = gateway(&upstream, &format!("bearer-open-{engine:?}"), &rule).await?;
    let browser = Browser::start(engine).await?;
    let denied = "403 Forbidden (guard.csrf): a page of another origin sent a request that can change data\n";
    for (about, api, simple, carried_out) in
        [("guarded", &guarded, denied, 1), ("without the guard", &open, "transferred", 3)]
    {
        transfers.store(0, Ordering::Relaxed);
        browser.open(&format!("{page}/page")).await?;
        let seen = browser.evaluate_async(USE_TOKEN, vec![json!(api.address())]).await?;
        let expected = json!({
            "put": "saved", "json": "transferred", "simple": simple, "noCors": "opaque", "credentials": "error",
        });
        assert_eq!(seen, expected, "{about}");
        assert_eq!(transfers.load(Ordering::Relaxed), carried_out, "transfers, {about}");
    }
    browser.close().await
}

const BEARER_RULE: &str = r#"
[[cors.rules]]
origins = ["{page}"]
allow_methods = ["PUT"]
allow_headers = ["authorization", "content-type"]
"#;

/// The last three requests need no preflight, or have credentials.
const USE_TOKEN: &str = r#"
    const api = arguments[0];
    const text = async (path, options) => {
        try {
            const response = await fetch(api + path, options);
            return response.type === "opaque" ? "opaque" : await response.text();
        } catch { return "error"; }
    };
    const headers = { authorization: "Bearer token", "content-type": "application/json" };
    return {
        put: await text("/items", { method: "PUT", headers, body: "[2]" }),
        json: await text("/transfer", { method: "POST", headers, body: "{}" }),
        simple: await text("/transfer", { method: "POST", body: "{}" }),
        noCors: await text("/transfer", { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }),
        credentials: await text("/items", { method: "PUT", headers, credentials: "include", body: "[2]" }),
    };
"#;

const POLICY: &str = r#"
[origins]
ours = ["{ours}"]

[[cors.rules]]
origins = ["@ours"]
allow_credentials = true
allow_methods = ["PUT"]

[guard.host]
loopback = true
[guard.web_socket]
[guard.csrf]
[guard.fetch_metadata]
allow_cors = true
allow_web_sockets = true
allow_destinations = ["image", "script"]

[embedding]
preset = "cross-origin-isolated"
resource_policy = "same-origin"

[jsonp]
paths = ["/feed"]
callbacks = { one_of = ["show"] }

[sse]
retry = 3000
keep_alive = 1
"#;

/// Trusted pages can read, write, receive events and open WebSockets, but cannot embed.
const RESULTS_OF_TRUSTED_PAGES: &str = r#"{
    "read": "[1]", "write": "saved", "socket": "heard: hello", "image": "error",
    "jsonp": "called with [1]", "otherCallback": "error", "events": "no-cache, no-transform; retry: 3000; kept alive",
    "eventSource": "1", "isolated": false
}"#;

/// Other pages can only call JSONP endpoints.
const RESULTS_OF_OTHER_PAGES: &str = r#"{
    "read": "error", "write": "error", "socket": "error", "image": "error",
    "jsonp": "called with [1]", "otherCallback": "error", "events": "error",
    "eventSource": "error", "isolated": false
}"#;

/// Without the sections, other pages can embed, act as the user, and read through WebSockets.
///
/// The missing CORS headers only prevent reads with `fetch` and `EventSource`.
const RESULTS_WITHOUT_SECTIONS: &str = r#"{
    "read": "error", "write": "error", "socket": "heard: hello", "image": "load",
    "jsonp": "loaded without a call", "otherCallback": "loaded without a call", "events": "error",
    "eventSource": "error", "isolated": false
}"#;

const RESULTS_OF_SERVICE_PAGES: &str = r#"{
    "read": "[1]", "write": "saved", "socket": "heard: hello", "image": "load",
    "jsonp": "called with [1]", "otherCallback": "error", "events": "no-cache, no-transform; retry: 3000; kept alive",
    "eventSource": "1", "isolated": true
}"#;

const USE_ALL: &str = r#"
    const api = arguments[0];
    const later = (time, value) => new Promise(resolve => setTimeout(() => resolve(value), time));
    const text = async (path, options) => {
        try {
            return await (await fetch(api + path, options)).text();
        } catch { return "error"; }
    };
    const socket = () => new Promise(resolve => {
        const socket = new WebSocket(api.replace("http", "ws") + "/chat");
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({ data }) => { resolve(data); socket.close(); };
        socket.onerror = () => resolve("error");
    });
    const image = () => new Promise(resolve => {
        const image = new Image();
        image.onload = () => resolve("load");
        image.onerror = () => resolve("error");
        image.src = api + "/image";
    });
    const jsonp = name => new Promise(resolve => {
        window[name] = data => resolve("called with " + JSON.stringify(data));
        const script = document.createElement("script");
        script.onload = () => resolve("loaded without a call");
        script.onerror = () => resolve("error");
        script.src = `${api}/feed?callback=${name}`;
        document.head.append(script);
    });
    const events = async () => {
        try {
            const response = await fetch(api + "/events", { credentials: "include" });
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            let read = "";
            while (!(read.includes("retry: 3000\n") && /(^|\n):/.test(read))) {
                const { value, done } = await reader.read();
                if (done) break;
                read += value;
            }
            await reader.cancel();
            return `${response.headers.get("cache-control")}; retry: 3000; kept alive`;
        } catch { return "error"; }
    };
    const eventSource = () => new Promise(resolve => {
        const source = new EventSource(api + "/events", { withCredentials: true });
        const end = result => { source.close(); resolve(result); };
        source.onmessage = ({ data }) => end(data);
        source.onerror = () => end("error");
    });
    // The browser sends this request without a preflight.
    await fetch(api + "/transfer", { method: "POST", credentials: "include", body: "100" }).catch(() => {});
    return {
        read: await text("/items", { credentials: "include" }),
        write: await text("/items", { method: "PUT", credentials: "include", body: "[2]" }),
        socket: await Promise.race([socket(), later(20_000, "nothing")]),
        image: await image(),
        jsonp: await jsonp("show"),
        otherCallback: await jsonp("other"),
        events: await Promise.race([events(), later(20_000, "nothing")]),
        eventSource: await Promise.race([eventSource(), later(20_000, "nothing")]),
        isolated: crossOriginIsolated,
    };
"#;

/// Returns the service behind the gateway, which ignores origins.
fn service(transfers: Arc<AtomicUsize>) -> Router {
    let json = || async { ([(CONTENT_TYPE, "application/json")], "[1]") };
    let transfer = async |State(transfers): State<Arc<AtomicUsize>>| {
        transfers.fetch_add(1, Ordering::Relaxed);
        "transferred"
    };
    pages()
        .route("/items", get(json).put("saved"))
        .route("/feed", get(json))
        .route("/transfer", post(transfer))
        .route("/image", get(async || ([(CONTENT_TYPE, "image/gif")], PIXEL)))
        .route("/events", get(events))
        .route("/chat", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(chat)))
        .with_state(transfers)
}

fn pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/page", get(async || Html("<!doctype html><title>a page</title>")))
}

/// Responds with one event and keeps the stream open.
async fn events() -> Response {
    let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: 1\n\n"))]);
    let body = Body::from_stream(first.chain(stream::pending()));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn chat(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Ok(text) = message.into_text() {
            // The client may have disconnected.
            let _ = socket.send(format!("heard: {text}").into()).await;
        }
    }
}

async fn serve(application: Router) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, application).await });
    Ok(address)
}

async fn gateway(upstream: &str, name: &str, policy: &str) -> Result<Example> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(folder)?;
    let file = folder.join(format!("cross-origin-{}-{name}.toml", std::process::id()));
    fs::write(&file, policy)?;
    let file = file.to_str().context("the path of the target folder is not Unicode")?;
    Example::start("gateway", &["--upstream", upstream, file]).await
}

/// One transparent pixel.
const PIXEL: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
