//! Tests that nginx and Varnish, as caches in front of the gateway, never send a page another page's
//! response.
//!
//! The requests are a pseudorandom sequence. Without `Vary`, the caches send wrong responses. The model
//! of a shared cache has the same hits and the same wrong responses, request by request.

use std::{
    any::Any,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Body,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    routing::get,
};
use browsers::{Daemon, Example, Nginx, free_ports};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt};
use tower_cross_origin::{
    browser::SharedCache,
    cross_origin::{CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
};

/// A policy whose responses depend on the request.
///
/// It has two CORS rules, timings, a guard and JSONP.
const POLICY: &str = r#"
[origins]
ours = ["https://app.example.com", "https://*.example.org"]

[[cors.rules]]
origins = ["@ours"]
allow_credentials = true
expose_headers = ["etag"]
[[cors.rules]]
origins = ["https://partner.example"]

[guard.fetch_metadata]
allow_cors = true
allow_destinations = ["script"]

[embedding]
timing_allow_origin = { matching = ["@ours"] }

[jsonp]
paths = ["/cached"]
"#;

#[tokio::test]
async fn nginx_never_sends_another_pages_response() -> Result<()> {
    compare_with_model(nginx).await
}

#[tokio::test]
async fn varnish_never_sends_another_pages_response() -> Result<()> {
    compare_with_model(varnish).await
}

/// A policy whose responses are the same for every request. DESIGN 8
const STATIC_POLICY: &str = r#"
[[cors.rules]]
static_origin = "https://app.example.com"
allow_credentials = true
expose_headers = ["etag"]
"#;

#[tokio::test]
async fn nginx_stores_one_response_for_a_static_origin() -> Result<()> {
    stores_one_response(nginx).await
}

#[tokio::test]
async fn varnish_stores_one_response_for_a_static_origin() -> Result<()> {
    stores_one_response(varnish).await
}

/// Checks that a cache serves one stored response to all origins.
async fn stores_one_response(cache: impl AsyncFn(&str, bool) -> Result<Cache>) -> Result<()> {
    let upstream = serve().await?;
    let policy =
        folder("policy", 0)?.join(format!("static-{}.toml", upstream.rsplit(':').next().unwrap()));
    fs::write(&policy, STATIC_POLICY)?;
    let file = policy.to_str().context("the target folder is not Unicode")?;
    let gateway = Example::start("gateway", &["--upstream", &upstream, file]).await?;
    let address = gateway.address().strip_prefix("http://").context("the address has no scheme")?;
    let (port, _cache) = cache(address, true).await?;
    let cached = format!("http://127.0.0.1:{port}");
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut responses = Vec::new();
    for origin in ORIGINS {
        let request = TestRequest { target: "/cached", origin, metadata: &[] };
        let response = client.request(request.to_http(&cached, Empty::<Bytes>::new())?).await?;
        let headers = response.headers();
        assert_eq!(headers["access-control-allow-origin"], "https://app.example.com", "{origin:?}");
        assert!(!headers.contains_key("vary"), "{headers:?}");
        let is_hit = headers.get("x-cache").is_some_and(|value| value == "HIT");
        responses.push((is_hit, to_text(response).await?));
    }
    let hits = responses.iter().filter(|(is_hit, _)| *is_hit).count();
    assert_eq!(hits, ORIGINS.len() - 1, "the first request fills the cache: {responses:#?}");
    responses.dedup_by(|(_, next), (_, first)| next == first);
    assert_eq!(responses.len(), 1, "the responses differ: {responses:#?}");
    fs::remove_file(policy)?;
    Ok(())
}

async fn compare_with_model(cache: impl AsyncFn(&str, bool) -> Result<Cache>) -> Result<()> {
    let models = [run_model(true).await?, run_model(false).await?];
    let upstream = serve().await?;
    let policy =
        folder("policy", 0)?.join(format!("{}.toml", upstream.rsplit(':').next().unwrap()));
    fs::write(&policy, POLICY)?;
    let file = policy.to_str().context("the target folder is not Unicode")?;
    let gateway = Example::start("gateway", &["--upstream", &upstream, file]).await?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    for (vary, model) in [true, false].into_iter().zip(models) {
        let address =
            gateway.address().strip_prefix("http://").context("the address has no scheme")?;
        let (port, _cache) = cache(address, vary).await?;
        let cached = format!("http://127.0.0.1:{port}");
        let mut results = Results::default();
        for request in sequence() {
            let (is_hit, cached) = send(&client, &cached, request).await?;
            let (_, direct) = send(&client, gateway.address(), request).await?;
            results.add(request, is_hit, &cached, &direct);
        }
        results.assert(vary);
        assert_eq!(results, model, "the results of the model differ");
    }
    fs::remove_file(policy)?;
    Ok(())
}

/// Returns the results of a [`SharedCache`] in front of the same layers.
async fn run_model(vary: bool) -> Result<Results> {
    let config: CrossOriginConfig = toml::from_str(POLICY)?;
    let layer = CrossOriginLayer::new(CrossOriginPolicy::new(config)?);
    let service = layer.layer(application().into_service::<Body>());
    let cache = SharedCache::new(service.clone());
    let mut cache = if vary { cache } else { cache.ignore_vary() };
    let mut results = Results::default();
    for request in sequence() {
        let hits = cache.hits();
        let cached = cache.ready().await?.call(request.to_http("", Body::empty())?).await?;
        let is_hit = cache.hits() > hits;
        let direct = service.clone().oneshot(request.to_http("", Body::empty())?).await?;
        results.add(request, is_hit, &to_text(cached).await?, &to_text(direct).await?);
    }
    results.assert(vary);
    Ok(results)
}

/// The results of a sequence of requests.
#[derive(Debug, Default, PartialEq)]
struct Results {
    /// For each request, `true` if the cache responded without the gateway.
    hits: Vec<bool>,
    /// The requests for which the cache's response differs from the gateway's response.
    poisoned: Vec<String>,
}

impl Results {
    fn add(&mut self, request: TestRequest, is_hit: bool, cached: &str, direct: &str) {
        self.hits.push(is_hit);
        if cached != direct {
            self.poisoned
                .push(format!("{request:?}\nfrom the cache\n{cached}\nfrom the gateway\n{direct}"));
        }
    }

    #[track_caller]
    fn assert(&self, vary: bool) {
        let hits = self.hits.iter().filter(|is_hit| **is_hit).count();
        println!("Vary: {vary}; hits: {hits}, poisoned: {}", self.poisoned.len());
        assert!(hits > SEQUENCE / 4, "the cache has only {hits} hits");
        match vary {
            true => assert!(self.poisoned.is_empty(), "{}", self.poisoned[0]),
            false => assert!(!self.poisoned.is_empty(), "the cache is not poisoned without Vary"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct TestRequest {
    target: &'static str,
    origin: Option<&'static str>,
    metadata: &'static [(&'static str, &'static str)],
}

const TARGETS: [&str; 4] = ["/cached", "/missing", "/own", "/cached?callback=show"];

/// The request origins: absent, allowed by three kinds of rules, and rejected.
const ORIGINS: [Option<&str>; 6] = [
    None,
    Some("https://app.example.com"),
    Some("https://a.example.org"),
    Some("https://partner.example"),
    Some("https://evil.example"),
    Some("null"),
];

const METADATA: [&[(&str, &str)]; 4] = [
    &[],
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
    &[
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "script"),
    ],
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
];

const SEQUENCE: usize = 600;

/// Returns the requests, which are the same in every run and for every cache.
fn sequence() -> impl Iterator<Item = TestRequest> {
    let mut state = 9_111_u64;
    let mut below = move |number: usize| {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % number
    };
    (0..SEQUENCE).map(move |_| TestRequest {
        target: TARGETS[below(TARGETS.len())],
        origin: ORIGINS[below(ORIGINS.len())],
        metadata: METADATA[below(METADATA.len())],
    })
}

impl TestRequest {
    fn to_http<B>(self, server: &str, body: B) -> Result<Request<B>> {
        let mut request = Request::get(format!("{server}{}", self.target));
        request = request.header("host", "api.example.com");
        let origin = self.origin.map(|origin| ("origin", origin));
        for (name, value) in origin.iter().chain(self.metadata) {
            request = request.header(*name, *value);
        }
        Ok(request.body(body)?)
    }
}

async fn send(
    client: &Client<HttpConnector, Empty<Bytes>>,
    server: &str,
    request: TestRequest,
) -> Result<(bool, String)> {
    let response = client.request(request.to_http(server, Empty::new())?).await?;
    let is_hit = response.headers().get("x-cache").is_some_and(|value| value == "HIT");
    Ok((is_hit, to_text(response).await?))
}

/// Returns the status, the body, and the headers that browsers evaluate, sorted by name.
async fn to_text<B>(response: Response<B>) -> Result<String>
where
    B: BodyExt<Error: std::error::Error + Send + Sync + 'static>,
{
    let mut lines = relevant_lines(&response);
    let body = response.into_body().collect().await?.to_bytes();
    lines.push(format!("{body:?}"));
    Ok(lines.join("\n"))
}

fn relevant_lines<B>(response: &Response<B>) -> Vec<String> {
    let is_relevant = |name: &str| {
        name.starts_with("access-control-")
            || ["content-type", "content-disposition", "timing-allow-origin"].contains(&name)
    };
    let headers = response.headers().iter().filter(|(name, _)| is_relevant(name.as_str()));
    let mut lines: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort();
    lines.insert(0, response.status().to_string());
    lines
}

/// Returns an application that ignores the request origin.
fn application() -> Router {
    let cached = || async {
        (
            [(CACHE_CONTROL, "max-age=600"), (ETAG, "\"1\""), (CONTENT_TYPE, "application/json")],
            "[1]",
        )
    };
    let own = || async {
        let own = [("access-control-allow-origin", "https://own.example")];
        (own, [(CACHE_CONTROL, "max-age=600")], "own")
    };
    let missing =
        || async { (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "max-age=600")], "not found") };
    Router::new()
        .route("/cached", get(cached))
        .route("/own", get(own))
        .route("/missing", get(missing))
}

async fn serve() -> Result<String> {
    let application = application();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, application).await });
    Ok(address)
}

/// A port, and the guard that stops the cache when it is dropped.
type Cache = (u16, Box<dyn Any>);

async fn nginx(gateway: &str, vary: bool) -> Result<Cache> {
    let [port] = free_ports().await?;
    let folder = folder("nginx-cache", port)?;
    let ignored = if vary { "" } else { "proxy_ignore_headers Vary;" };
    let http = format!(
        "proxy_cache_path {}/responses keys_zone=responses:1m;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ \
         proxy_pass http://{gateway}; proxy_http_version 1.1; proxy_set_header Connection \"\"; \
         proxy_set_header Host $http_host; proxy_cache responses; {ignored} \
         add_header X-Cache $upstream_cache_status always; }} }}",
        folder.display()
    );
    let nginx = Nginx::with(folder, &http, [port]).await?;
    Ok((port, Box::new(nginx)))
}

async fn varnish(gateway: &str, vary: bool) -> Result<Cache> {
    let [port] = free_ports().await?;
    let folder = folder("varnish-cache", port)?;
    let (host, upstream) = gateway.rsplit_once(':').context("the address has no port")?;
    let removed = if vary { "" } else { "unset beresp.http.Vary;" };
    let vcl = format!(
        "backend default {{ .host = \"{host}\"; .port = \"{upstream}\"; }}\n\
             sub vcl_backend_response {{ {removed} }}\n\
             sub vcl_deliver {{\n\
               if (obj.hits > 0) {{ set resp.http.X-Cache = \"HIT\"; }}\n\
             }}\n"
    );
    let varnish = Daemon::varnish(&folder, &vcl, port).await?;
    Ok((port, Box::new(varnish)))
}

fn folder(name: &str, port: u16) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{port}"));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
