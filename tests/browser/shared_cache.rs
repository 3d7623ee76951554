//! Tests that a shared cache never sends a page a response that the service would not send.
//!
//! Without `Vary`, the cache sends such responses. RFC 9111; STANDARDS F58 to F60; MATRIX 2.9.

use std::{convert::Infallible, fmt::Write, sync::LazyLock, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
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

type ServerResponse = Response<CrossOriginBody<Full<Bytes>>>;

type Server = BoxCloneSyncService<Request<()>, ServerResponse, Infallible>;

/// Configurations; `true` if the responses depend on the request origin or on `Sec-Fetch-*`.
const CONFIGURATIONS: &[(&str, bool)] = &[
    (
        "[[cors.rules]]\norigins = ['https://app.example.com', 'https://*.example.org']\n\
         allow_credentials = true\nexpose_headers = ['etag']",
        true,
    ),
    // The layer echoes the origin, even if the list has only one.
    ("[[cors.rules]]\norigins = ['https://app.example.com']", true),
    (
        "[[cors.rules]]\norigins = ['https://app.example.com']\nallow_credentials = true\n\
         [[cors.rules]]\norigins = ['*']",
        true,
    ),
    ("[[cors.rules]]\norigins = ['*']\nexpose_headers = ['*']", false),
    (
        "service_origins = ['https://api.example.com']\n[cors]\nenforce = true\n\
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

/// Returns the server without `Vary` in its responses.
fn without_vary(server: Server) -> Server {
    BoxCloneSyncService::new(server.map_response(|mut response: ServerResponse| {
        response.headers_mut().remove(VARY);
        response
    }))
}

/// Serves the test resources, independently of the request origin.
async fn serve(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = Response::builder().header(CONTENT_TYPE, "application/json");
    let mut is_not_modified = false;
    let response = match request.uri().path() {
        "/cached" => {
            is_not_modified = request
                .headers()
                .get(IF_NONE_MATCH)
                .is_some_and(|tag| tag == "\"1\"" || tag == "W/\"1\"");
            let status = if is_not_modified { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
            response.status(status).header(CACHE_CONTROL, "max-age=60").header(ETAG, "\"1\"")
        }
        "/revalidated" => response.header(CACHE_CONTROL, "no-cache").header(ETAG, "\"2\""),
        "/private" => response.header(CACHE_CONTROL, "private, max-age=60"),
        "/own" => response.header("access-control-allow-origin", "https://own.example"),
        "/missing" => response.status(StatusCode::NOT_FOUND),
        _ => response,
    };
    let has_body = !is_not_modified && request.method() != Method::HEAD;
    let body = if has_body { "[1]" } else { "" };
    Ok(response.body(Full::from(body)).unwrap())
}

/// A request.
#[derive(Clone, Copy, Debug)]
struct TestRequest {
    method: &'static str,
    target: &'static str,
    origin: Option<&'static str>,
    metadata: &'static [(&'static str, &'static str)],
    /// The time since the previous request, in seconds.
    after: u64,
}

impl TestRequest {
    fn to_http(self) -> Request<()> {
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

const TARGETS: [&str; 8] = [
    "/",
    "/cached",
    "/revalidated",
    "/private",
    "/own",
    "/missing",
    "/ping",
    "/cached?callback=show",
];

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

/// Returns the first request with different responses from the cache and from the service.
fn poisoned(server: &Server, requests: &[TestRequest]) -> Option<String> {
    let mut cache = SharedCache::new(server.clone());
    requests.iter().find_map(|request| {
        cache.advance(Duration::from_secs(request.after));
        difference(&cached(&mut cache, *request), &direct(server, *request), *request)
    })
}

/// Returns the cache's response as text.
fn cached(cache: &mut SharedCache<Server>, request: TestRequest) -> String {
    block_on(async {
        to_text(cache.ready().await.unwrap().call(request.to_http()).await.unwrap()).await
    })
}

/// Returns the service's response as text.
fn direct(server: &Server, request: TestRequest) -> String {
    block_on(async { to_text(server.clone().oneshot(request.to_http()).await.unwrap()).await })
}

fn difference(cached: &str, direct: &str, request: TestRequest) -> Option<String> {
    (cached != direct)
        .then(|| format!("{request:?}\nfrom the cache\n{cached}\nfrom the service\n{direct}"))
}

/// Returns a response as text, without `Age` and with sorted field lines.
async fn to_text<B>(response: Response<B>) -> String
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

/// Returns the first pair of requests for one resource that poisons the cache.
///
/// In such a pair, the second response of the cache differs from the response of the service.
fn poisoned_pair(server: &Server) -> Option<String> {
    const TARGETS: [&str; 4] = ["/cached", "/own", "/missing", "/cached?callback=show"];
    TARGETS.into_iter().find_map(|target| {
        let requests = ORIGINS.into_iter().flat_map(move |origin| {
            METADATA.map(|metadata| TestRequest {
                method: "GET",
                target,
                origin,
                metadata,
                after: 1,
            })
        });
        let requests: Vec<(TestRequest, String)> =
            requests.map(|request| (request, direct(server, request))).collect();
        requests.iter().find_map(|(first, _)| {
            requests.iter().find_map(|(second, direct)| {
                let mut cache = SharedCache::new(server.clone());
                let _ = cached(&mut cache, *first);
                difference(&cached(&mut cache, *second), direct, *second)
            })
        })
    })
}

#[test]
fn second_request_receives_its_own_response() {
    for (configuration, _) in CONFIGURATIONS {
        let server = server(configuration);
        let poisoned = poisoned_pair(&server);
        assert_eq!(poisoned, None, "{configuration}");
    }
}

// The attack: without `Vary`, some of the same pairs poison the cache.
#[test]
fn second_request_without_vary_receives_a_poisoned_response() {
    for (configuration, depends) in CONFIGURATIONS {
        let server = without_vary(server(configuration));
        let poisoned = poisoned_pair(&server);
        assert_eq!(poisoned.is_some(), *depends, "{configuration}: {poisoned:?}");
    }
}

// S10. RFC 9110, section 15.4.5; the cache updates the stored headers, and so the requests that it selects by.
#[test]
fn not_modified_script_is_not_sent_to_a_navigation() {
    let server = server("[[cors.rules]]\norigins = ['https://app.example.com']\n[jsonp]");
    // The attack: the 304 has only the `Vary` of CORS.
    let only_origin = |mut response: ServerResponse| {
        if response.status() == StatusCode::NOT_MODIFIED {
            response.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
        }
        response
    };
    let attacked = BoxCloneSyncService::new(server.clone().map_response(only_origin));
    let request = |destination, after| TestRequest {
        method: "GET",
        target: "/cached?callback=show",
        origin: None,
        metadata: destination,
        after,
    };
    let script: &[_] = &[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "script")];
    let navigation: &[_] = &[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")];
    let requests = [request(script, 1), request(script, 61), request(navigation, 1)];
    let poisoned_by = poisoned(&attacked, &requests);
    assert!(
        poisoned_by.as_ref().is_some_and(|text| text.contains("typeof show")),
        "{poisoned_by:?}"
    );
    assert_eq!(poisoned(&server, &requests), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_sequence_never_poisons_the_cache(
        requests in prop::collection::vec(test_request(), 1..60)
    ) {
        static SERVERS: LazyLock<Vec<Server>> =
            LazyLock::new(|| CONFIGURATIONS.iter().map(|(config, _)| server(config)).collect());
        for (server, (configuration, _)) in SERVERS.iter().zip(CONFIGURATIONS) {
            let poisoned = poisoned(server, &requests);
            prop_assert_eq!(poisoned, None, "{}", configuration);
        }
    }
}

fn test_request() -> impl Strategy<Value = TestRequest> {
    let method = prop_oneof![8 => Just("GET"), 1 => prop::sample::select(&METHODS[..])];
    let target = prop::sample::select(&TARGETS[..]);
    let origin = prop::sample::select(&ORIGINS[..]);
    let metadata = prop::sample::select(&METADATA[..]);
    let after = prop_oneof![3 => Just(1), 1 => Just(40), 1 => Just(4000)];
    (method, target, origin, metadata, after).prop_map(
        |(method, target, origin, metadata, after)| TestRequest {
            method,
            target,
            origin,
            metadata,
            after,
        },
    )
}

#[test]
fn cache_stores_only_storable_responses() {
    let server = server("[beacon]\npaths = ['/ping']");
    for (targets, after, hits) in [
        (["/cached", "/cached"], 59, 1),
        (["/cached", "/cached"], 60, 0),
        (["/", "/"], 3599, 1),
        (["/", "/?a"], 1, 0),
        (["/missing", "/missing"], 1, 1),
        (["/revalidated", "/revalidated"], 1, 0),
        (["/private", "/private"], 1, 0),
        // All beacon requests must reach the service.
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
fn unsafe_request_invalidates_stored_responses() {
    let mut cache = SharedCache::new(server("[beacon]\npaths = ['/ping']"));
    let mut hits_after = |method: &str, target: &str| {
        let request = Request::builder().method(method).uri(target).body(()).unwrap();
        block_on(async { cache.ready().await.unwrap().call(request).await }).unwrap();
        cache.hits()
    };
    assert_eq!(
        [hits_after("GET", "/cached"), hits_after("GET", "/cached"), hits_after("HEAD", "/cached")],
        [0, 1, 2]
    );
    assert_eq!(
        [hits_after("POST", "/cached"), hits_after("GET", "/cached"), hits_after("GET", "/cached")],
        [2, 2, 3]
    );
    assert_eq!([hits_after("POST", "/missing"), hits_after("GET", "/cached")], [3, 4]);
}
