//! WebTransport sessions of pages, with the checks of WebSockets.
//!
//! A session is opened by an extended `CONNECT` with `:protocol` `webtransport`. The server passes the head of this
//! request to the guard. Firefox 153 does not connect to this server. <https://www.w3.org/TR/webtransport/>

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result};
use axum::{Router, response::Html, routing::get};
use browsers::{Browser, Engine};
use http::{Method, Request};
use serde_json::json;
use tokio::net::TcpListener;
use tower_cross_origin::{
    RequestHead,
    guard::{Check, FetchMetadata, Verdict, WebSocket},
};
use wtransport::{Endpoint, Identity, ServerConfig, endpoint::SessionRequest};

#[tokio::test]
async fn page_of_another_site_opens_no_session() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let page = get(async || Html("<!doctype html><title>a page</title>"));
    let app = Router::new().route("/page", page);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let server = Server::start(port)?;
    let browser = Browser::start(Engine::Chromium).await?;
    for (path, page, expected, is_allowed) in [
        ("/open", "evil", "open", true),
        ("/web-socket", "evil", "error", false),
        ("/web-socket", "app", "open", true),
        ("/fetch-metadata", "app", "open", true),
    ] {
        let origin = format!("http://{page}.localhost:{port}");
        browser.open(&format!("{origin}/page")).await?;
        let address = format!("https://127.0.0.1:{}{path}", server.port);
        let arguments = vec![json!(address), json!(server.certificate)];
        let result = browser.evaluate_async(OPEN, arguments).await?;
        let seen = server.seen();
        assert_eq!(result, expected, "{path} for a page of {page}: {seen:?}");
        let [seen] = &seen[..] else { anyhow::bail!("{path}: {seen:?}") };
        assert_eq!(seen.origin.as_deref(), Some(&*origin), "{path}");
        assert_eq!(seen.verdict == Verdict::Allow, is_allowed, "{path}: {seen:?}");
    }
    browser.close().await
}

// WebKitGTK 2.50 has no WebTransport.
#[tokio::test]
async fn webkit_has_no_web_transport() -> Result<()> {
    let browser = Browser::start(Engine::WebKit).await?;
    let has = browser.evaluate("return 'WebTransport' in window", vec![]).await?;
    assert_eq!(has, false);
    browser.close().await
}

/// A server that accepts the sessions that the check of their path allows.
struct Server {
    port: u16,
    /// The hash of its certificate, which pages must know.
    certificate: Vec<u8>,
    seen: Arc<Mutex<Vec<Session>>>,
}

/// A request for a session.
#[derive(Debug)]
struct Session {
    origin: Option<String>,
    verdict: Verdict,
}

impl Server {
    fn start(page_port: u16) -> Result<Self> {
        let identity = Identity::self_signed(["127.0.0.1"])?;
        let certificate = &identity.certificate_chain().as_slice()[0];
        let certificate = certificate.hash().as_ref().to_vec();
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let config = ServerConfig::builder().with_bind_address(address).with_identity(identity);
        let endpoint = Endpoint::server(config.build())?;
        let port = endpoint.local_addr()?.port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let trusted = format!("http://app.localhost:{page_port}");
        let web_socket = WebSocket::new().trust_origins([trusted]);
        let checks: HashMap<&str, Box<dyn Check + Send + Sync>> = HashMap::from([
            ("/open", Box::new(|_: &RequestHead<'_>| Verdict::Allow) as Box<_>),
            ("/web-socket", Box::new(web_socket) as Box<_>),
            ("/fetch-metadata", Box::new(FetchMetadata::new().allow_web_sockets(true)) as Box<_>),
        ]);
        let recorded = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let session = endpoint.accept().await;
                let Ok(request) = session.await else { continue };
                let Some(check) = checks.get(request.path()) else { continue };
                let Ok(head) = head(&request) else { continue };
                let verdict = check.check(&RequestHead::from(&head));
                let origin = request.origin().map(str::to_owned);
                recorded
                    .lock()
                    .expect("no test panics with the lock")
                    .push(Session { origin, verdict });
                tokio::spawn(async move {
                    match verdict {
                        Verdict::Deny(_) => request.forbidden().await,
                        _ => {
                            if let Ok(connection) = request.accept().await {
                                connection.closed().await;
                            }
                        }
                    }
                });
            }
        });
        Ok(Self { port, certificate, seen })
    }

    /// Returns the requests since the last call.
    fn seen(&self) -> Vec<Session> {
        std::mem::take(&mut *self.seen.lock().expect("no test panics with the lock"))
    }
}

/// Returns the head of the extended `CONNECT`.
fn head(session: &SessionRequest) -> Result<Request<()>> {
    let uri = format!("https://{}{}", session.authority(), session.path());
    let mut request = Request::builder().method(Method::CONNECT).uri(uri);
    for (name, value) in session.headers() {
        if !name.starts_with(':') {
            request = request.header(name, value);
        }
    }
    request.body(()).context("the request is invalid")
}

/// Opens a session.
const OPEN: &str = r#"
    const [address, certificate] = arguments;
    const hash = { algorithm: "sha-256", value: new Uint8Array(certificate) };
    const transport = new WebTransport(address, { serverCertificateHashes: [hash] });
    transport.closed.catch(() => {});
    try {
        await transport.ready;
        transport.close();
        return "open";
    } catch {
        return "error";
    }
"#;
