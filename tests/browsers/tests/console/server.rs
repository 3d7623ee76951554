//! A server of pages, and of what they call under another name.

use std::{
    io,
    net::Ipv4Addr,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use axum::{
    Router,
    extract::Request,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_SECURITY_POLICY},
    },
    response::{Html, IntoResponse, Response},
    routing::{any, get},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpSocket, TcpStream},
};
use tower_cross_origin::cors::{CorsConfig, CorsLayer, CorsPolicy, DebugOrigins, Rule};
use url::form_urlencoded;

use super::page::Page;

/// The server's ports. Pages, and what they call, are served at the first three, under any name that
/// leads there; to the browser these are three networks.
#[derive(Clone, Copy)]
pub struct Server {
    public: u16,
    local: u16,
    loopback: u16,
    silent: u16,
    closed: u16,
    reached: &'static AtomicUsize,
}

impl Server {
    pub async fn start() -> Result<Self> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let [public, local, loopback] = [bind().await?, bind().await?, bind().await?];
        let silent = bind().await?;
        // Bound, so that nobody else gets the port, and never listening.
        let closed: &TcpSocket = Box::leak(Box::new(TcpSocket::new_v4()?));
        closed.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let server = Self {
            public: public.local_addr()?.port(),
            local: local.local_addr()?.port(),
            loopback: loopback.local_addr()?.port(),
            silent: silent.local_addr()?.port(),
            closed: closed.local_addr()?.port(),
            reached: Box::leak(Box::default()),
        };
        tokio::spawn(async move {
            while let Ok((connection, _)) = silent.accept().await {
                tokio::spawn(end_without_a_word(connection));
            }
        });
        let router = server.router()?;
        for listener in [public, local, loopback] {
            let router = router.clone();
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Ok(server)
    }

    /// The browser's argument that makes networks of the ports.
    pub fn networks(self) -> String {
        let Self { public, silent, local, .. } = self;
        let networks = [(public, "public"), (silent, "public"), (local, "local")];
        let networks = networks.map(|(port, network)| format!("127.0.0.1:{port}={network}"));
        format!("--ip-address-space-overrides={}", networks.join(","))
    }

    pub fn origin(self, host: &str) -> String {
        format!("http://{host}:{}", self.public)
    }

    /// What pages call.
    pub fn api(self) -> String {
        self.origin("api.localhost")
    }

    /// The address of what answers as `settings` say: `preflight` and `actual` are statuses, and
    /// `actual.etag` is a header.
    pub fn answering(self, settings: &[(&str, &str)]) -> String {
        self.answering_as("api.localhost", settings)
    }

    /// The same under another name.
    pub fn answering_as(self, host: &str, settings: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(settings).finish();
        format!("{}{BY_HAND}?{query}", self.origin(host))
    }

    /// Of the user's network, while pages are of the internet.
    pub fn local(self) -> String {
        format!("http://api.localhost:{}{BY_HAND}", self.local)
    }

    /// Of the user's machine.
    pub fn loopback(self) -> String {
        format!("http://api.localhost:{}{BY_HAND}", self.loopback)
    }

    /// Where connections are closed without a word.
    pub fn silent(self) -> String {
        format!("http://api.localhost:{}/", self.silent)
    }

    /// Where nobody listens.
    pub fn closed(self) -> String {
        format!("http://api.localhost:{}/", self.closed)
    }

    /// How many requests got past the layer.
    pub fn reached(self) -> usize {
        self.reached.load(Ordering::Relaxed)
    }

    fn router(self) -> Result<Router> {
        let app = || DebugOrigins::Origins(vec![Page::App.origin(self)]);
        let rule = || Rule::for_origins([Page::App, Page::Partner].map(|page| page.origin(self)));
        let delete = || rule().allow_methods([Method::DELETE]);
        let page = || Html("<!doctype html><title>a page</title>");
        Ok(Router::new()
            .route("/page", get(page()))
            .route(
                "/sandboxed",
                get(([(CONTENT_SECURITY_POLICY, "sandbox allow-scripts")], page())),
            )
            .route(BY_HAND, any(by_hand))
            .merge(self.with_layer("/untold", delete(), DebugOrigins::default())?)
            .merge(self.with_layer("/told", delete(), app())?)
            .merge(self.with_layer("/told/without-methods", rule(), app())?)
            .merge(self.with_layer("/all-told", delete(), DebugOrigins::All)?))
    }

    fn with_layer(self, path: &str, rule: Rule, diagnostics: DebugOrigins) -> Result<Router> {
        let config = CorsConfig::from(vec![rule]).debug_origins(diagnostics);
        let layer = CorsLayer::new(CorsPolicy::new(config)?);
        let read = move || async move {
            self.reached.fetch_add(1, Ordering::Relaxed);
            "read"
        };
        Ok(Router::new().route(path, any(read)).layer(layer))
    }
}

/// As a server does whose handler panics: the request was read.
async fn end_without_a_word(mut connection: TcpStream) -> io::Result<()> {
    connection.read(&mut [0; 8192]).await.map(drop)
}

async fn by_hand(request: Request) -> Response {
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let this = if is_preflight { "preflight" } else { "actual" };
    let mut response = "read".into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let query = request.uri().query().unwrap_or_default();
    for (setting, value) in form_urlencoded::parse(query.as_bytes()) {
        match setting.strip_prefix(this).map(|rest| rest.strip_prefix('.')) {
            None => {}
            Some(None) => {
                let status = StatusCode::from_bytes(value.as_bytes()).expect("a status");
                *response.status_mut() = status;
            }
            Some(Some(name)) => {
                let name: HeaderName = name.parse().expect("a header's name");
                response.headers_mut().append(name, value.parse().expect("a header's value"));
            }
        }
    }
    response
}

const BY_HAND: &str = "/by-hand";
