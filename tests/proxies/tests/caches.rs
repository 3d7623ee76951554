//! Random sequences of pages before nginx and Varnish, which keep what the gateway answers: no page is served
//! what its own request would not have got; and with `Vary` taken out, pages are. The model of such a cache keeps
//! and poisons the same, request by request.

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

/// What depends on who asks: CORS of two kinds, timings, a guard, JSONP.
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
paths = ["/kept"]
"#;

#[tokio::test]
async fn nginx_gives_no_page_what_another_one_was_answered() -> Result<()> {
    through(nginx).await
}

#[tokio::test]
async fn varnish_gives_no_page_what_another_one_was_answered() -> Result<()> {
    through(varnish).await
}

async fn through(cache: impl AsyncFn(&str, bool) -> Result<Cache>) -> Result<()> {
    let modelled = [modelled(true).await?, modelled(false).await?];
    let upstream = serve().await?;
    let policy =
        folder("policy", 0)?.join(format!("{}.toml", upstream.rsplit(':').next().unwrap()));
    fs::write(&policy, POLICY)?;
    let file = policy.to_str().context("a target folder of Unicode")?;
    let gateway = Example::start("gateway", &["--upstream", &upstream, file]).await?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    for (vary, modelled) in [true, false].into_iter().zip(modelled) {
        let address = gateway.address().strip_prefix("http://").context("an address")?;
        let (port, _cache) = cache(address, vary).await?;
        let cached = format!("http://127.0.0.1:{port}");
        let mut kept = Kept::default();
        for asked in sequence() {
            let (is_hit, through) = ask(&client, &cached, asked).await?;
            let (_, direct) = ask(&client, gateway.address(), asked).await?;
            kept.note(asked, is_hit, &through, &direct);
        }
        kept.assert(vary);
        assert_eq!(kept, modelled, "the model keeps otherwise");
    }
    fs::remove_file(policy)?;
    Ok(())
}

/// The same by the model of a cache, before the same layers.
async fn modelled(vary: bool) -> Result<Kept> {
    let config: CrossOriginConfig = toml::from_str(POLICY)?;
    let layer = CrossOriginLayer::new(CrossOriginPolicy::new(config)?);
    let service = layer.layer(application().into_service::<Body>());
    let cache = SharedCache::new(service.clone());
    let mut cache = if vary { cache } else { cache.ignoring_vary() };
    let mut kept = Kept::default();
    for asked in sequence() {
        let hits = cache.hits();
        let through = cache.ready().await?.call(asked.request("", Body::empty())?).await?;
        let is_hit = cache.hits() > hits;
        let direct = service.clone().oneshot(asked.request("", Body::empty())?).await?;
        kept.note(asked, is_hit, &shown(through).await?, &shown(direct).await?);
    }
    kept.assert(vary);
    Ok(kept)
}

/// What became of a sequence.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    /// Of each request whether nobody was asked.
    hits: Vec<bool>,
    /// Those that were answered as their own would not have been.
    poisoned: Vec<String>,
}

impl Kept {
    fn note(&mut self, asked: Asked, is_hit: bool, through: &str, direct: &str) {
        self.hits.push(is_hit);
        if through != direct {
            self.poisoned.push(format!("{asked:?}\ngot\n{through}\nand not\n{direct}"));
        }
    }

    #[track_caller]
    fn assert(&self, vary: bool) {
        let hits = self.hits.iter().filter(|is_hit| **is_hit).count();
        println!("Vary kept: {vary}; hits: {hits}, poisoned: {}", self.poisoned.len());
        assert!(hits > SEQUENCE / 4, "nothing was kept: {hits} hits");
        match vary {
            true => assert!(self.poisoned.is_empty(), "{}", self.poisoned[0]),
            false => assert!(!self.poisoned.is_empty(), "without Vary nothing is poisoned"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    target: &'static str,
    origin: Option<&'static str>,
    metadata: &'static [(&'static str, &'static str)],
}

const TARGETS: [&str; 4] = ["/kept", "/missing", "/own", "/kept?callback=show"];

/// Allowed with credentials, by a pattern, without them; refused; none at all.
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

/// The same in every run, and before every cache.
fn sequence() -> impl Iterator<Item = Asked> {
    let mut state = 9_111_u64;
    let mut below = move |number: usize| {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % number
    };
    (0..SEQUENCE).map(move |_| Asked {
        target: TARGETS[below(TARGETS.len())],
        origin: ORIGINS[below(ORIGINS.len())],
        metadata: METADATA[below(METADATA.len())],
    })
}

impl Asked {
    fn request<B>(self, server: &str, body: B) -> Result<Request<B>> {
        let mut request = Request::get(format!("{server}{}", self.target));
        request = request.header("host", "api.example.com");
        let origin = self.origin.map(|origin| ("origin", origin));
        for (name, value) in origin.iter().chain(self.metadata) {
            request = request.header(*name, *value);
        }
        Ok(request.body(body)?)
    }
}

async fn ask(
    client: &Client<HttpConnector, Empty<Bytes>>,
    server: &str,
    asked: Asked,
) -> Result<(bool, String)> {
    let response = client.request(asked.request(server, Empty::new())?).await?;
    let is_hit = response.headers().get("x-cache").is_some_and(|said| said == "HIT");
    Ok((is_hit, shown(response).await?))
}

/// The status, the body, and the headers by which a browser decides, in the order of their names.
async fn shown<B>(response: Response<B>) -> Result<String>
where
    B: BodyExt<Error: std::error::Error + Send + Sync + 'static>,
{
    let mut shown = decisive(&response);
    let body = response.into_body().collect().await?.to_bytes();
    shown.push(format!("{body:?}"));
    Ok(shown.join("\n"))
}

fn decisive<B>(response: &Response<B>) -> Vec<String> {
    let is_decisive = |name: &str| {
        name.starts_with("access-control-")
            || ["content-type", "content-disposition", "timing-allow-origin"].contains(&name)
    };
    let headers = response.headers().iter().filter(|(name, _)| is_decisive(name.as_str()));
    let mut lines: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort();
    lines.insert(0, response.status().to_string());
    lines
}

/// It knows nothing of origins.
fn application() -> Router {
    let kept = || async {
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
        || async { (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "max-age=600")], "nothing is here") };
    Router::new().route("/kept", get(kept)).route("/own", get(own)).route("/missing", get(missing))
}

async fn serve() -> Result<String> {
    let application = application();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, application).await });
    Ok(address)
}

/// Its port, and what ends it when it is dropped.
type Cache = (u16, Box<dyn Any>);

async fn nginx(gateway: &str, vary: bool) -> Result<Cache> {
    let [port] = free_ports().await?;
    let folder = folder("nginx-cache", port)?;
    let ignored = if vary { "" } else { "proxy_ignore_headers Vary;" };
    let http = format!(
        "proxy_cache_path {}/kept keys_zone=kept:1m;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ \
         proxy_pass http://{gateway}; proxy_http_version 1.1; proxy_set_header Connection \"\"; \
         proxy_set_header Host $http_host; proxy_cache kept; {ignored} \
         add_header X-Cache $upstream_cache_status always; }} }}",
        folder.display()
    );
    let nginx = Nginx::with(folder, &http, [port]).await?;
    Ok((port, Box::new(nginx)))
}

async fn varnish(gateway: &str, vary: bool) -> Result<Cache> {
    let [port] = free_ports().await?;
    let folder = folder("varnish-cache", port)?;
    let (host, upstream) = gateway.rsplit_once(':').context("an address and a port")?;
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
