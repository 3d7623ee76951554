//! A server of pages and of the resources that they request.

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
        HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_SECURITY_POLICY},
    },
    response::{Html, IntoResponse, Response},
    routing::{any, get},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpSocket, TcpStream},
};
use tower_cross_origin::cors::{CorsConfig, CorsLayer, CorsPolicy, Rule};
use url::form_urlencoded;

use super::page::Page;

/// The ports of the server.
///
/// The first three ports serve pages and resources under any host name. The browser treats them as three networks.
#[derive(Clone, Copy)]
pub struct Server {
    public: u16,
    local: u16,
    loopback: u16,
    silent: u16,
    closed: u16,
    forwarded_requests: &'static AtomicUsize,
}

impl Server {
    pub async fn start() -> Result<Self> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let [public, local, loopback] = [bind().await?, bind().await?, bind().await?];
        let silent = bind().await?;
        // The socket is bound to reserve the port, but never listens.
        let closed: &TcpSocket = Box::leak(Box::new(TcpSocket::new_v4()?));
        closed.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let server = Self {
            public: public.local_addr()?.port(),
            local: local.local_addr()?.port(),
            loopback: loopback.local_addr()?.port(),
            silent: silent.local_addr()?.port(),
            closed: closed.local_addr()?.port(),
            forwarded_requests: Box::leak(Box::default()),
        };
        tokio::spawn(async move {
            while let Ok((connection, _)) = silent.accept().await {
                tokio::spawn(close_without_response(connection));
            }
        });
        let router = server.router()?;
        for listener in [public, local, loopback] {
            let router = router.clone();
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Ok(server)
    }

    /// Returns the browser argument that maps the ports to networks.
    pub fn networks(self) -> String {
        let Self { public, silent, local, .. } = self;
        let networks = [(public, "public"), (silent, "public"), (local, "local")];
        let networks = networks.map(|(port, network)| format!("127.0.0.1:{port}={network}"));
        format!("--ip-address-space-overrides={}", networks.join(","))
    }

    pub fn origin(self, host: &str) -> String {
        format!("http://{host}:{}", self.public)
    }

    /// Returns the origin that pages send requests to.
    pub fn api(self) -> String {
        self.origin("api.localhost")
    }

    /// Returns the URL of a resource that responds according to `settings`.
    ///
    /// `preflight` and `actual` set the status, and names such as `actual.etag` set a header.
    pub fn url_with(self, settings: &[(&str, &str)]) -> String {
        self.url_with_host("api.localhost", settings)
    }

    /// Returns the same URL with another host name.
    pub fn url_with_host(self, host: &str, settings: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(settings).finish();
        format!("{}{BY_QUERY}?{query}", self.origin(host))
    }

    /// Returns a URL in the local network. The pages are in the public network.
    pub fn local(self) -> String {
        format!("http://api.localhost:{}{BY_QUERY}", self.local)
    }

    /// Returns a URL on the user's machine.
    pub fn loopback(self) -> String {
        format!("http://api.localhost:{}{BY_QUERY}", self.loopback)
    }

    /// Returns a URL whose server closes connections without a response.
    pub fn silent(self) -> String {
        format!("http://api.localhost:{}/", self.silent)
    }

    /// Returns a URL whose port is closed.
    pub fn closed(self) -> String {
        format!("http://api.localhost:{}/", self.closed)
    }

    /// Returns the number of requests that the layer forwarded.
    pub fn forwarded_requests(self) -> usize {
        self.forwarded_requests.load(Ordering::Relaxed)
    }

    fn router(self) -> Result<Router> {
        let rule = || Rule::for_origins([Page::App, Page::Partner].map(|page| page.origin(self)));
        let delete = || CorsConfig::from(rule().allow_methods([Method::DELETE]));
        let with_header = rule().allow_methods([Method::DELETE]).allow_headers(["x-a"]);
        // In a browser without WebDriver, a script receives the calls from the test.
        let page = || {
            async |uri: Uri| {
                let port = uri.query().and_then(|query| query.strip_prefix("driver="));
                let script = port.map(|port| {
                    format!("<script src='http://127.0.0.1:{port}/driver.js'></script>")
                });
                Html(format!("<!doctype html><title>a page</title>{}", script.unwrap_or_default()))
            }
        };
        Ok(Router::new()
            .route("/page", get(page()))
            .route(
                "/sandboxed",
                get(async move |uri: Uri| {
                    ([(CONTENT_SECURITY_POLICY, "sandbox allow-scripts")], page()(uri).await)
                }),
            )
            .route(BY_QUERY, any(respond_by_query))
            .merge(self.with_layer("/shown", delete())?)
            .merge(self.with_layer("/shown/without-methods", rule().into())?)
            .merge(self.with_layer("/shown/with-header", with_header.into())?)
            .merge(self.with_layer("/hidden", delete().hide_failing_step(true))?))
    }

    fn with_layer(self, path: &str, config: CorsConfig) -> Result<Router> {
        let layer = CorsLayer::new(CorsPolicy::new(config)?);
        let read = move || async move {
            self.forwarded_requests.fetch_add(1, Ordering::Relaxed);
            "read"
        };
        Ok(Router::new().route(path, any(read)).layer(layer))
    }
}

/// Reads the request and closes the connection, as after a panic of a handler.
async fn close_without_response(mut connection: TcpStream) -> io::Result<()> {
    connection.read(&mut [0; 8192]).await.map(drop)
}

async fn respond_by_query(request: Request) -> Response {
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let kind = if is_preflight { "preflight" } else { "actual" };
    let mut response = "read".into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let query = request.uri().query().unwrap_or_default();
    for (setting, value) in form_urlencoded::parse(query.as_bytes()) {
        match setting.strip_prefix(kind).map(|rest| rest.strip_prefix('.')) {
            None => {}
            Some(None) => {
                let status = StatusCode::from_bytes(value.as_bytes()).expect("a status");
                *response.status_mut() = status;
            }
            Some(Some(name)) => {
                let name: HeaderName = name.parse().expect("a header name");
                response.headers_mut().append(name, value.parse().expect("a header value"));
            }
        }
    }
    response
}

const BY_QUERY: &str = "/by-query";
