//! A cache between pages and the service: no page is served what its own request would not have got, and
//! without `Vary` pages are. RFC 9111; STANDARDS F58 to F60; MATRIX 2.9.

use std::{convert::Infallible, fmt::Write, sync::LazyLock, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
};
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;
use tower::{Layer, Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_cross_origin::{
    browser::SharedCache,
    cross_origin::{CrossOriginBody, CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
};

use crate::support::{APP, EVIL, block_on};

type Answer = Response<CrossOriginBody<Full<Bytes>>>;

type Server = BoxCloneSyncService<Request<()>, Answer, Infallible>;

/// Each configuration, and whether responses depend on who asks.
const CONFIGURATIONS: &[(&str, bool)] = &[
    (
        "[[cors.rules]]\norigins = ['https://app.example.com', 'https://*.example.org']\n\
         allow_credentials = true\nexpose_headers = ['etag']",
        true,
    ),
    // As each of a list, it is echoed.
    ("[[cors.rules]]\norigins = ['https://app.example.com']", true),
    (
        "[[cors.rules]]\norigins = ['https://app.example.com']\nallow_credentials = true\n\
         [[cors.rules]]\norigins = ['*']",
        true,
    ),
    ("[[cors.rules]]\norigins = ['*']\nexpose_headers = ['*']", false),
    (
        "[cors]\nenforce = true\nservice_origins = ['https://api.example.com']\n\
         [[cors.rules]]\norigins = ['https://app.example.com']",
        true,
    ),
    (
        "[cors]\nupstream_headers = 'keep'\n[[cors.rules]]\norigins = ['https://app.example.com']",
        true,
    ),
    ("[guard.fetch_metadata]\nallow_destinations = ['script']", true),
    ("[guard.fetch_metadata]\nreport_only = true", false),
    ("[embedding]\ntiming_allow_origin = { matching = ['https://app.example.com'] }", true),
    ("[embedding]\npreset = 'public-asset'", false),
    ("[jsonp]\nstatus = 'envelope'", true),
    (
        "[[cors.rules]]\norigins = ['https://app.example.com']\nallow_credentials = true\n\
         [guard.web_socket]\n[guard.csrf]\n[guard.fetch_metadata]\nallow_cors = true\n\
         [embedding]\npreset = 'private-api'\n[jsonp]\n[sse]\n[beacon]\npaths = ['/ping']",
        true,
    ),
];

fn server(configuration: &str) -> Server {
    let config: CrossOriginConfig = toml::from_str(configuration).unwrap();
    let policy = CrossOriginPolicy::new(config).unwrap();
    BoxCloneSyncService::new(CrossOriginLayer::new(policy).layer(service_fn(serve)))
}

/// The same, of which nobody learns on what its responses depend.
fn without_vary(server: Server) -> Server {
    BoxCloneSyncService::new(server.map_response(|mut response: Answer| {
        response.headers_mut().remove(VARY);
        response
    }))
}

/// A service that knows nothing of origins.
async fn serve(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = Response::builder().header(CONTENT_TYPE, "application/json");
    let mut is_known = false;
    let response = match request.uri().path() {
        "/kept" => {
            is_known = request.headers().get(IF_NONE_MATCH).is_some_and(|tag| tag == "\"1\"");
            let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
            response.status(status).header(CACHE_CONTROL, "max-age=60").header(ETAG, "\"1\"")
        }
        "/asked-again" => response.header(CACHE_CONTROL, "no-cache").header(ETAG, "\"2\""),
        "/private" => response.header(CACHE_CONTROL, "private, max-age=60"),
        "/own" => response.header("access-control-allow-origin", "https://own.example"),
        "/missing" => response.status(StatusCode::NOT_FOUND),
        _ => response,
    };
    let has_body = !is_known && request.method() != Method::HEAD;
    let body = if has_body { "[1]" } else { "" };
    Ok(response.body(Full::from(body)).unwrap())
}

/// A request, and how long it comes after the one before.
#[derive(Clone, Copy, Debug)]
struct Asked {
    method: &'static str,
    target: &'static str,
    origin: Option<&'static str>,
    metadata: &'static [(&'static str, &'static str)],
    after: u64,
}

impl Asked {
    fn request(self) -> Request<()> {
        let mut request = Request::builder().method(self.method).uri(self.target);
        request = request.header("host", "api.example.com");
        let origin = self.origin.map(|origin| ("origin", origin));
        for (name, value) in origin.iter().chain(self.metadata) {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }
}

const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "OPTIONS"];

const TARGETS: [&str; 8] =
    ["/", "/kept", "/asked-again", "/private", "/own", "/missing", "/ping", "/kept?callback=show"];

const ORIGINS: [Option<&str>; 6] = [
    None,
    Some(APP),
    Some("https://a.example.org"),
    Some("https://b.example.org"),
    Some(EVIL),
    Some("null"),
];

const METADATA: [&[(&str, &str)]; 6] = [
    &[],
    &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")],
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
    &[
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "script"),
    ],
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
    &[("cookie", "session=1")],
];

/// The first request that the cache answers otherwise than the service would.
fn poisoned(server: &Server, asked: &[Asked]) -> Option<String> {
    let mut cache = SharedCache::new(server.clone());
    asked.iter().find_map(|one| {
        cache.advance(Duration::from_secs(one.after));
        differs(&through(&mut cache, *one), &direct(server, *one), *one)
    })
}

fn through(cache: &mut SharedCache<Server>, asked: Asked) -> String {
    block_on(async {
        shown(cache.ready().await.unwrap().call(asked.request()).await.unwrap()).await
    })
}

fn direct(server: &Server, asked: Asked) -> String {
    block_on(async { shown(server.clone().oneshot(asked.request()).await.unwrap()).await })
}

fn differs(through: &str, direct: &str, asked: Asked) -> Option<String> {
    (through != direct).then(|| format!("{asked:?}\ngot\n{through}\nand not\n{direct}"))
}

/// All of it but the age; header lines in the order of their names.
async fn shown<B>(response: Response<B>) -> String
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    let mut lines: Vec<String> = lines(&parts.headers);
    lines.sort();
    let mut text = format!("{}\n{}\n", parts.status, lines.join("\n"));
    let body = body.collect().await.unwrap().to_bytes();
    let _ = write!(text, "{body:?}");
    text
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.iter().filter(|(name, _)| *name != AGE);
    lines.map(|(name, value)| format!("{name}: {value:?}")).collect()
}

/// The first of all pairs of requests for one resource whose second is answered by the cache otherwise than
/// by the service.
fn poisoned_pair(server: &Server) -> Option<String> {
    const TARGETS: [&str; 4] = ["/kept", "/own", "/missing", "/kept?callback=show"];
    TARGETS.into_iter().find_map(|target| {
        let asked = ORIGINS.into_iter().flat_map(move |origin| {
            METADATA.map(|metadata| Asked { method: "GET", target, origin, metadata, after: 1 })
        });
        let asked: Vec<(Asked, String)> = asked.map(|one| (one, direct(server, one))).collect();
        asked.iter().find_map(|(first, _)| {
            asked.iter().find_map(|(second, direct)| {
                let mut cache = SharedCache::new(server.clone());
                let _ = through(&mut cache, *first);
                differs(&through(&mut cache, *second), direct, *second)
            })
        })
    })
}

#[test]
fn whoever_asks_second_gets_what_is_for_the_second() {
    for (configuration, _) in CONFIGURATIONS {
        let server = server(configuration);
        let poisoned = poisoned_pair(&server);
        assert_eq!(poisoned, None, "{configuration}");
    }
}

/// The attack: of the same pairs some poison the cache, once `Vary` is taken out.
#[test]
fn without_vary_the_second_gets_what_is_for_the_first() {
    for (configuration, depends) in CONFIGURATIONS {
        let server = without_vary(server(configuration));
        let poisoned = poisoned_pair(&server);
        assert_eq!(poisoned.is_some(), *depends, "{configuration}: {poisoned:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_page_is_served_what_its_own_request_would_not_have_got(
        asked in prop::collection::vec(asked(), 1..60)
    ) {
        static SERVERS: LazyLock<Vec<Server>> =
            LazyLock::new(|| CONFIGURATIONS.iter().map(|(one, _)| server(one)).collect());
        for (server, (configuration, _)) in SERVERS.iter().zip(CONFIGURATIONS) {
            let poisoned = poisoned(server, &asked);
            prop_assert_eq!(poisoned, None, "{}", configuration);
        }
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let method = prop_oneof![8 => Just("GET"), 1 => prop::sample::select(&METHODS[..])];
    let target = prop::sample::select(&TARGETS[..]);
    let origin = prop::sample::select(&ORIGINS[..]);
    let metadata = prop::sample::select(&METADATA[..]);
    let after = prop_oneof![3 => Just(1), 1 => Just(40), 1 => Just(4000)];
    (method, target, origin, metadata, after).prop_map(
        |(method, target, origin, metadata, after)| Asked {
            method,
            target,
            origin,
            metadata,
            after,
        },
    )
}

#[test]
fn the_cache_keeps_what_it_may() {
    let server = server("[beacon]\npaths = ['/ping']");
    for (targets, after, hits) in [
        (["/kept", "/kept"], 59, 1),
        (["/kept", "/kept"], 60, 0),
        (["/", "/"], 3599, 1),
        (["/", "/?a"], 1, 0),
        (["/missing", "/missing"], 1, 1),
        (["/asked-again", "/asked-again"], 1, 0),
        (["/private", "/private"], 1, 0),
        // Pings must all arrive.
        (["/ping", "/ping"], 1, 0),
    ] {
        let mut cache = SharedCache::new(server.clone());
        for target in targets {
            let request = Request::get(target).body(()).unwrap();
            let ready = block_on(cache.ready()).unwrap();
            block_on(ready.call(request)).unwrap();
            cache.advance(Duration::from_secs(after));
        }
        assert_eq!(cache.hits(), hits, "{targets:?} after {after} s");
    }
}

#[test]
fn what_is_changed_is_asked_for_anew() {
    let mut cache = SharedCache::new(server("[beacon]\npaths = ['/ping']"));
    let mut ask = |method: &str, target: &str| {
        let request = Request::builder().method(method).uri(target).body(()).unwrap();
        block_on(async { cache.ready().await.unwrap().call(request).await }).unwrap();
        cache.hits()
    };
    assert_eq!([ask("GET", "/kept"), ask("GET", "/kept"), ask("HEAD", "/kept")], [0, 1, 2]);
    assert_eq!([ask("POST", "/kept"), ask("GET", "/kept"), ask("GET", "/kept")], [2, 2, 3]);
    assert_eq!([ask("POST", "/missing"), ask("GET", "/kept")], [3, 4]);
}
