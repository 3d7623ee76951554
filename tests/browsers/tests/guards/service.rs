//! A service that pages attack, with a record of its requests.

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
    http::{StatusCode, Uri},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::tls::TlsListener;

/// A service, with or without a guard.
pub struct Service {
    scheme: &'static str,
    port: u16,
    seen: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Service {
    /// Starts the service, with TLS if there is an acceptor.
    pub async fn start(
        tls: Option<TlsAcceptor>,
        guard: impl FnOnce(Router) -> Router,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (sender, seen) = mpsc::unbounded_channel();
        let application =
            guard(application()).layer(middleware::from_fn_with_state(sender, record));
        // Under the service's host name, this is a page of the service. Under the attacker's host name, it represents
        // the attacker's page before DNS rebinding.
        let router = Router::new()
            .route("/page", get(Html(PAGE)))
            .route("/favicon.ico", get(StatusCode::NO_CONTENT))
            // A login at another site, which then redirects to the client.
            .route("/login", any(redirect))
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

    /// Returns the origin with this host name, as browsers send it.
    pub fn origin(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    /// Returns a description of the next request, its origin headers and its outcome.
    ///
    /// For example: `HTTP/2.0 POST /transfer [origin, cross-site]: rejected`.
    pub async fn seen(&self) -> Result<String> {
        let mut seen = self.seen.lock().await;
        let line = timeout(LIMIT, seen.recv()).await.context("no request arrived in time")?;
        line.context("the service has ended")
    }
}

/// Redirects to the URL in the query.
async fn redirect(uri: Uri) -> Redirect {
    Redirect::to(uri.query().unwrap_or("/page"))
}

fn application() -> Router {
    let chat = any(async |call: Call, upgrade: WebSocketUpgrade| {
        call.set();
        upgrade.on_upgrade(echo)
    });
    Router::new()
        .route("/chat", chat)
        .route(
            "/transfer",
            post(async |call: Call| {
                call.set();
                Html("<!doctype html><title>transferred</title>")
            }),
        )
        // This route is faulty on purpose: `GET` must not change state.
        .route(
            "/delete",
            get(async |call: Call| {
                call.set();
                ([("content-type", "image/svg+xml")], PIXEL)
            }),
        )
        .route(
            "/notes",
            get(async |call: Call| {
                call.set();
                "the user's notes"
            }),
        )
        .merge(secrets())
}

/// Responses that every page can read, as scripts or by a careless CORS policy.
fn secrets() -> Router {
    let static_response = |media_type, body| {
        get(async move |call: Call| {
            call.set();
            ([("content-type", media_type)], body)
        })
    };
    let with_open_cors = |media_type, body| {
        any(async move |call: Call| {
            call.set();
            let headers = [
                ("content-type", media_type),
                ("access-control-allow-origin", "*"),
                ("access-control-allow-headers", "*"),
            ];
            (headers, body)
        })
    };
    Router::new()
        .route("/secret.js", static_response("text/javascript", "window.secret = 'a secret';"))
        .route("/secret.css", static_response("text/css", "body { --secret: a secret; }"))
        .route("/secret.svg", static_response("image/svg+xml", SECRET_IMAGE))
        .route("/secret", static_response("text/html", SECRET_PAGE))
        .route("/open-notes", with_open_cors("text/plain", "a secret"))
        .route("/events", with_open_cors("text/event-stream", "data: a secret\n\n"))
}

/// The extension that the service uses to record a call.
type Call = Extension<CallFlag>;

#[derive(Clone, Default)]
struct CallFlag(Arc<AtomicBool>);

impl CallFlag {
    fn set(&self) {
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

/// Records each request and its outcome, outside the guard.
async fn record(
    State(sender): State<mpsc::UnboundedSender<String>>,
    mut request: Request,
    next: Next,
) -> impl IntoResponse {
    let flag = CallFlag::default();
    let headers = request.headers();
    let origin = headers.contains_key("origin").then_some("origin");
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let origin_headers: Vec<&str> = origin.into_iter().chain(site).collect();
    let (version, path) = (request.version(), request.uri().path());
    let line = format!("{version:?} {} {path} [{}]", request.method(), origin_headers.join(", "));
    request.extensions_mut().insert(flag.clone());
    let response: Response = next.run(request).await;
    let outcome = match (flag.0.load(Ordering::SeqCst), response.status().as_u16()) {
        (true, 101 | 200) => "carried out".to_owned(),
        (false, 403) => "rejected".to_owned(),
        (was_called, status) => format!("{status}, called: {was_called}"),
    };
    // The receiver is dropped at the end of a test.
    let _ = sender.send(format!("{line}: {outcome}"));
    response
}

const PAGE: &str = "<!doctype html><title>a page</title><body></body>";
const SECRET_PAGE: &str = "<!doctype html><script>parent.postMessage('a secret', '*')</script>";
const SECRET_IMAGE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="42" height="1"/>"#;
const PIXEL: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;

/// A long limit, because test machines can be slow. The tests do not measure time.
const LIMIT: Duration = Duration::from_secs(60);
