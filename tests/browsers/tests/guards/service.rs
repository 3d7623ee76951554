//! A service that pages attack, and what it saw of that.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{
    Extension, Router,
    extract::{
        Request, State,
        ws::{WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{any, get, post},
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::tls::TlsListener;

/// A service behind a layer, or behind none.
pub struct Service {
    scheme: &'static str,
    port: u16,
    seen: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Service {
    /// With TLS, where there is an acceptor.
    pub async fn start(
        tls: Option<TlsAcceptor>,
        guard: impl FnOnce(Router) -> Router,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (sender, seen) = mpsc::unbounded_channel();
        let application =
            guard(application()).layer(middleware::from_fn_with_state(sender, record));
        // A page that the service answers for, or, of another name, one from before the name led here.
        let router = Router::new()
            .route("/page", get(Html(PAGE)))
            .route("/favicon.ico", get(StatusCode::NO_CONTENT))
            .merge(application);
        let scheme = if tls.is_some() { "https" } else { "http" };
        match tls {
            Some(acceptor) => {
                let listener = TlsListener::new(listener, acceptor)?;
                tokio::spawn(async move { axum::serve(listener, router).await });
            }
            None => {
                tokio::spawn(async move { axum::serve(listener, router).await });
            }
        }
        Ok(Self { scheme, port, seen: Mutex::new(seen) })
    }

    /// By this name, as browsers write it.
    pub fn origin(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    /// The next request that it has answered, what the browser said of who asks, and what came of it:
    /// `HTTP/2.0 POST /transfer [origin, cross-site]: refused`.
    pub async fn seen(&self) -> Result<String> {
        let mut seen = self.seen.lock().await;
        timeout(LIMIT, seen.recv()).await.context("nothing arrives")?.context("the service ended")
    }
}

fn application() -> Router {
    let chat = any(async |call: Call, upgrade: WebSocketUpgrade| {
        call.carry_out();
        upgrade.on_upgrade(echo)
    });
    Router::new()
        .route("/chat", chat)
        .route(
            "/transfer",
            post(async |call: Call| {
                call.carry_out();
                Html("<!doctype html><title>transferred</title>")
            }),
        )
        // It should not: GET is for reading.
        .route(
            "/delete",
            get(async |call: Call| {
                call.carry_out();
                ([("content-type", "image/svg+xml")], PIXEL)
            }),
        )
        .route(
            "/notes",
            get(async |call: Call| {
                call.carry_out();
                "the user's notes"
            }),
        )
}

/// Tells who recorded the request that the service was called.
type Call = Extension<Called>;

#[derive(Clone, Default)]
struct Called(Arc<AtomicBool>);

impl Called {
    fn carry_out(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// Outside of the guard.
async fn record(
    State(sender): State<mpsc::UnboundedSender<String>>,
    mut request: Request,
    next: Next,
) -> impl IntoResponse {
    let called = Called::default();
    let headers = request.headers();
    let origin = headers.contains_key("origin").then_some("origin");
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let says: Vec<&str> = origin.into_iter().chain(site).collect();
    let (version, path) = (request.version(), request.uri().path());
    let line = format!("{version:?} {} {path} [{}]", request.method(), says.join(", "));
    request.extensions_mut().insert(called.clone());
    let response: Response = next.run(request).await;
    let outcome = match (called.0.load(Ordering::SeqCst), response.status().as_u16()) {
        (true, 101 | 200) => "carried out".to_owned(),
        (false, 403) => "rejected".to_owned(),
        (was_called, status) => format!("{status}, called: {was_called}"),
    };
    // The test may be over.
    let _ = sender.send(format!("{line}: {outcome}"));
    response
}

const PAGE: &str = "<!doctype html><title>a page</title><body></body>";
const PIXEL: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;

/// Generous: these machines are slow at times, and nothing is measured here.
const LIMIT: Duration = Duration::from_secs(60);
