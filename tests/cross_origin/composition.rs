//! The whole layer responds like the single layers, stacked in the documented order.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use tower::{Layer, Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_cross_origin::{
    RequestHead,
    beacon::BeaconLayer,
    cors::{self, CorsConfig, CorsLayer, CorsPolicy, Rule},
    cross_origin::{
        BeaconConfig, CrossOriginConfig, CrossOriginDecision, CrossOriginLayer, CrossOriginPolicy,
        CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig, LongPollConfig,
        RequirePreflightConfig, SseConfig, WebSocketConfig,
    },
    embedding::{CrossOriginOpenerPolicy, EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy},
    fetch::Destination,
    guard::{
        Check, Csrf, FetchMetadata, GuardLayer, HostCheck, Rejection, ReportedRejection,
        RequirePreflight, WebSocket,
    },
    jsonp::{Callback, JsonpApplied, JsonpConfig, JsonpLayer, JsonpPolicy},
    push::{LastEventId, LongPollLayer, SseLayer, Streaming},
};

use crate::support::{APP, EVIL};

const PARTNER: &str = "https://partner.example";
const SERVICE: &str = "https://api.example.com";
const WINDOW: Duration = Duration::from_secs(20);

// Sends 50 random requests to each random configuration, and every request of the table to eight others.
// `COMPOSITION_CONFIGURATIONS` sets the number of configurations: 2,000 are 100,000 random requests.
#[test]
fn whole_responds_like_the_single_layers() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().start_paused(true).build().unwrap();
    let mut random = Random(1);
    let configurations = std::env::var("COMPOSITION_CONFIGURATIONS");
    for number in 0..configurations.map_or(100, |number| number.parse().unwrap()) {
        let sections =
            if number < 8 { Sections::nth(number) } else { Sections::random(&mut random) };
        let policy = sections.policy();
        let whole = reject_with_empty_body(policy.clone());
        let requests = if number < 8 { table() } else { Vec::new() };
        let random_requests: Vec<_> = (0..50).map(|_| random_request(&mut random)).collect();
        for request in requests.into_iter().chain(random_requests) {
            let expected =
                runtime.block_on(sections.stack(request.uri().path()).oneshot(copy(&request)));
            let found = runtime.block_on(whole.layer(service_fn(serve)).oneshot(copy(&request)));
            let (expected, found) = (expected.unwrap(), found.unwrap());
            let expected = runtime.block_on(seen(expected));
            let found = runtime.block_on(seen(found));
            assert_eq!(found, expected, "{sections:?}\n{request:?}");
            check_explanation(&policy, &request, &found);
        }
    }
}

/// Which sections a configuration has.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one field for each section")]
struct Sections {
    cors: Option<Cors>,
    host: Option<bool>,
    web_socket: Option<bool>,
    csrf: Option<bool>,
    fetch_metadata: Option<bool>,
    /// Has no effect without `cors`.
    require_preflight: Option<bool>,
    embedding: bool,
    jsonp: bool,
    sse: bool,
    long_poll: bool,
    beacon: bool,
}

#[derive(Clone, Copy, Debug)]
enum Cors {
    Listed,
    Enforced,
    AnyOrigin,
    KeepsUpstream,
}

impl Sections {
    /// Returns configurations of one kind of section, without and with the others.
    fn nth(number: u32) -> Self {
        let all = Self {
            cors: Some(Cors::Listed),
            host: Some(false),
            web_socket: Some(false),
            csrf: Some(false),
            fetch_metadata: Some(false),
            require_preflight: Some(false),
            embedding: true,
            jsonp: true,
            sse: true,
            long_poll: true,
            beacon: true,
        };
        let none = Self {
            cors: None,
            host: None,
            web_socket: None,
            csrf: None,
            fetch_metadata: None,
            require_preflight: None,
            embedding: false,
            jsonp: false,
            sse: false,
            long_poll: false,
            beacon: false,
        };
        match number {
            0 => all,
            1 => Self { cors: all.cors, require_preflight: Some(false), ..none },
            2 => Self { cors: Some(Cors::Enforced), ..all },
            3 => Self { cors: Some(Cors::AnyOrigin), csrf: Some(true), ..all },
            4 => Self { cors: None, ..all },
            5 => Self { csrf: all.csrf, fetch_metadata: all.fetch_metadata, ..none },
            6 => Self { embedding: true, jsonp: true, ..none },
            _ => Self { sse: true, long_poll: true, beacon: true, ..none },
        }
    }

    fn random(random: &mut Random) -> Self {
        loop {
            let cors = [Cors::Listed, Cors::Enforced, Cors::AnyOrigin, Cors::KeepsUpstream];
            let sections = Self {
                cors: random.of(&[true, true, false]).then(|| random.of(&cors)),
                host: random.of(&[None, Some(false), Some(false), Some(true)]),
                web_socket: random.of(&[None, Some(false), Some(true)]),
                csrf: random.of(&[None, Some(false), Some(true)]),
                fetch_metadata: random.of(&[None, Some(false), Some(true)]),
                require_preflight: random.of(&[None, Some(false), Some(true)]),
                embedding: random.of(&[true, false]),
                jsonp: random.of(&[true, false]),
                sse: random.of(&[true, false]),
                long_poll: random.of(&[true, false]),
                beacon: random.of(&[true, false]),
            };
            if sections.cors.is_some() || sections.embedding || sections.jsonp || sections.beacon {
                return sections;
            }
        }
    }

    fn cors_config(self) -> Option<CorsConfig> {
        let listed = [
            Rule::for_origins([APP, "https://*.example.org"])
                .allow_credentials(true)
                .allow_methods(["PUT"])
                .allow_headers(["x-demo"])
                .expose_headers(["x-seen"]),
            Rule::for_origins([PARTNER]),
        ];
        Some(match self.cors? {
            Cors::Listed => listed.into(),
            Cors::Enforced => CorsConfig::from(listed).enforce(true),
            Cors::AnyOrigin => Rule::for_any_origin().into(),
            Cors::KeepsUpstream => {
                CorsConfig::from(listed).upstream_headers(cors::UpstreamHeaders::Keep)
            }
        })
    }

    fn embedding_config() -> EmbeddingConfig {
        EmbeddingConfig::private_api()
            .opener_policy(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
            .timing_allow_request_origin([APP, "https://*.example.org"])
            .reporting_endpoint("main", "/reports")
    }

    fn jsonp_config() -> JsonpConfig {
        JsonpConfig::new().paths(["/feed", "/public/*"])
    }

    fn policy(self) -> CrossOriginPolicy {
        let mut config = CrossOriginConfig::new()
            .service_origins([SERVICE])
            .exempt_paths(["/hooks/payment", "/ping"]);
        if let Some(cors) = self.cors_config() {
            config = config.cors(cors);
        }
        let mut guard = GuardConfig::new();
        if let Some(report_only) = self.host {
            let host = HostConfig::new().names(["api.example.com"]).loopback(true);
            guard = guard.host(host.trust_x_forwarded_host(report_only).report_only(report_only));
        }
        if let Some(report_only) = self.web_socket {
            let check = WebSocketConfig::new().require_origin(true).report_only(report_only);
            guard = guard.web_socket(check);
        }
        if let Some(report_only) = self.csrf {
            guard = guard.csrf(CsrfConfig::new().report_only(report_only));
        }
        if let Some(report_only) = self.fetch_metadata {
            let check = FetchMetadataConfig::new()
                .allow_cors(true)
                .allow_destinations([Destination::Script]);
            guard = guard.fetch_metadata(check.report_only(report_only));
        }
        if let (Some(report_only), Some(_)) = (self.require_preflight, self.cors) {
            let check = RequirePreflightConfig::new().report_only(report_only);
            guard = guard.require_preflight(check);
        }
        config = config.guard(guard);
        if self.embedding {
            config = config.embedding(Self::embedding_config());
        }
        if self.jsonp {
            config = config.jsonp(Self::jsonp_config());
        }
        if self.sse {
            let sse = SseConfig::new().retry(Duration::from_secs(3));
            config = config.sse(sse.other_media_types(["application/x-ndjson"]));
        }
        if self.long_poll {
            config = config.long_poll(LongPollConfig::new().paths(["/poll"]).window(WINDOW));
        }
        if self.beacon {
            config = config.beacon(BeaconConfig::new().paths(["/ping"]));
        }
        CrossOriginPolicy::new(config).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the single layers around the service, for a request to this path.
    fn stack(self, path: &str) -> Stack {
        let exempt = ["/hooks/payment", "/ping"];
        let cors = self.cors_config().map(|config| {
            let config = config.service_origins([SERVICE]).exempt_paths(exempt);
            CorsPolicy::new(config).unwrap()
        });
        let mut stack = boxed(service_fn(serve));
        if self.long_poll && path == "/poll" {
            stack = boxed(LongPollLayer::new().window(WINDOW).layer(stack));
        }
        if self.sse {
            let others = SseLayer::for_other_streams(["application/x-ndjson"]).unwrap();
            stack = boxed(others.layer(stack));
            stack = boxed(SseLayer::new().retry(Duration::from_secs(3)).layer(stack));
        }
        if self.jsonp {
            stack = boxed(
                JsonpLayer::new(JsonpPolicy::new(Self::jsonp_config()).unwrap()).layer(stack),
            );
        }
        let web_socket = self.web_socket.map(|report_only| {
            let check = WebSocket::new().require_origin(true).service_origins([SERVICE]);
            match &cors {
                Some(cors) => check.trust_policy(cors.clone()).report_only(report_only),
                None => check.report_only(report_only),
            }
        });
        let csrf = self.csrf.map(|report_only| {
            let check = Csrf::new().service_origins([SERVICE]).exempt_paths(exempt);
            match &cors {
                Some(cors) => check.trust_policy(cors.clone()).report_only(report_only),
                None => check.report_only(report_only),
            }
        });
        let fetch_metadata = self.fetch_metadata.map(|report_only| {
            let check = FetchMetadata::new()
                .allow_cors(true)
                .allow_destinations([Destination::Script])
                .exempt_paths(exempt);
            check.report_only(report_only)
        });
        let require_preflight =
            self.require_preflight.zip(cors.clone()).map(|(report_only, cors)| {
                let check =
                    RequirePreflight::new(cors).service_origins([SERVICE]).exempt_paths(exempt);
                check.report_only(report_only)
            });
        let pages = Check::and(web_socket, csrf).and(fetch_metadata).and(require_preflight);
        stack = boxed(GuardLayer::new(pages).unwrap().layer(stack));
        if let Some(cors) = cors {
            stack = boxed(CorsLayer::new(cors).layer(stack));
        }
        if let Some(report_only) = self.host {
            let host = HostCheck::new(["api.example.com"]).add_loopback();
            let host = host.trust_x_forwarded_host(report_only).report_only(report_only);
            stack = boxed(GuardLayer::new(host).unwrap().layer(stack));
        }
        if self.embedding {
            let policy = EmbeddingPolicy::new(Self::embedding_config()).unwrap();
            stack = boxed(EmbeddingLayer::new(policy).layer(stack));
        }
        if self.beacon && path == "/ping" {
            stack = boxed(BeaconLayer::new().layer(stack));
        }
        stack
    }
}

/// Returns the layer of the whole, with the empty rejections of the single layers.
fn reject_with_empty_body(
    policy: CrossOriginPolicy,
) -> CrossOriginLayer<
    CrossOriginPolicy,
    impl Fn(&CrossOriginDecision) -> Response<Full<Bytes>> + Clone,
> {
    CrossOriginLayer::new(policy).reject_with(|_| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::FORBIDDEN;
        response
    })
}

/// Checks that the explanation's summary names the section and the setting of a rejection.
#[track_caller]
fn check_explanation(policy: &CrossOriginPolicy, request: &Request<()>, seen: &Seen) {
    let explanation = policy.explain(request);
    let (decision, summary) = (explanation.decision(), explanation.summary());
    assert_eq!(decision.rejection(), seen.rejection, "{request:?}");
    // A preflight that fails at the method or a header has the status of an allowed one.
    let step = decision.cors().and_then(cors::Decision::failed_step);
    let is_failing = step.is_some_and(|step| step != cors::Step::Origin)
        && cors::is_preflight(&RequestHead::from(request));
    let is_rejected = seen.status == StatusCode::FORBIDDEN || is_failing;
    assert_eq!(decision.rejected_by().is_some(), is_rejected, "{summary}\n{request:?}");
    if let Some(section) = decision.rejected_by() {
        let settings =
            [&*format!("{section}."), "exempt_paths)", "service_origins)", "cors.rules)"];
        let names = |setting| summary.starts_with(&format!("rejected by {section} ({setting}"));
        assert!(settings.into_iter().any(names), "{summary}\n{request:?}");
        assert!(explanation.help().next().is_some(), "{explanation}\n{request:?}");
    } else {
        let is_allowed =
            summary.starts_with("forwarded") || summary.starts_with("preflight allowed");
        assert!(is_allowed, "{summary}\n{request:?}");
    }
    let text = explanation.to_string();
    assert!(text.bytes().all(|byte| byte == b'\n' || (0x20..0x7f).contains(&byte)), "{text:?}");
}

type AnyBody = BoxBody<Bytes, Infallible>;
type Stack = BoxCloneSyncService<Request<()>, Response<Boxed>, Infallible>;

/// A body of any of the layers. A layer needs one that it can make itself.
#[derive(Debug)]
struct Boxed(AnyBody);

impl Default for Boxed {
    fn default() -> Self {
        Self(Empty::new().boxed())
    }
}

impl http_body::Body for Boxed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(cx)
    }
}

fn boxed<S, B>(service: S) -> Stack
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
{
    BoxCloneSyncService::new(
        service.map_response(|response: Response<B>| response.map(|body| Boxed(body.boxed()))),
    )
}

/// Everything of a response that a client or an outer layer sees.
#[derive(Debug, PartialEq)]
struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    rejection: Option<Rejection>,
    reported: Option<ReportedRejection>,
    applied: Option<JsonpApplied>,
    is_streaming: bool,
}

async fn seen<B>(response: Response<B>) -> Seen
where
    B: http_body::Body<Data = Bytes, Error = Infallible>,
{
    let (parts, body) = response.into_parts();
    Seen {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
        rejection: parts.extensions.get().copied(),
        reported: parts.extensions.get().copied(),
        applied: parts.extensions.get().cloned(),
        is_streaming: parts.extensions.get::<Streaming>().is_some(),
    }
}

/// Responds by the path, and reports the request as the service sees it.
async fn serve(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let (status, media_type, body) = match path {
        "/missing" => (404, "application/json", "{}"),
        "/events" => (200, "text/event-stream", "data: 1\n\n"),
        "/lines" => (200, "application/x-ndjson", "{}\n"),
        "/upgrade" => (101, "text/plain", ""),
        "/empty" => (204, "application/json", ""),
        "/poll" => {
            tokio::time::sleep(2 * WINDOW).await;
            (200, "application/json", "[2]")
        }
        _ => (200, "application/json", "[1]"),
    };
    let names: Vec<&str> = request.headers().keys().map(http::HeaderName::as_str).collect();
    let seen = format!(
        "{} {} {names:?} {:?} {:?}",
        request.method(),
        request.uri(),
        request.extensions().get::<Callback>().map(Callback::as_str),
        request.extensions().get::<LastEventId>().is_some(),
    );
    let response = Response::builder().status(status).header(CONTENT_TYPE, media_type);
    let response =
        response.header("x-seen", seen).header("set-cookie", "a=b").header("etag", "\"1\"");
    let response = match path {
        "/upstream" => response
            .header("access-control-allow-origin", "https://upstream.example")
            .header("vary", "accept, x-upstream"),
        "/everything" => response.header("vary", "*").header("cache-control", "max-age=60"),
        _ => response,
    };
    Ok(response.body(Full::from(body)).unwrap())
}

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT"];
const PATHS: [&str; 16] = [
    "/",
    "/missing",
    "/feed?callback=app.show",
    "/feed?callback=1",
    "/feed?callback=app.show&x=1",
    "/public/../feed?callback=app.show",
    "/private?callback=app.show",
    "/events",
    "/lines",
    "/hooks/payment",
    "/ping",
    "/poll",
    "/upgrade",
    "/empty",
    "/upstream",
    "/everything",
];
const HOSTS: [&str; 4] = ["api.example.com", "localhost:3000", "evil.example", "a b"];
const ORIGINS: [Option<&str>; 7] =
    [None, Some(APP), Some(EVIL), Some(PARTNER), Some("null"), Some(SERVICE), Some("nonsense")];
const MORE: [&[(&str, &str)]; 9] = [
    &[],
    &[("access-control-request-method", "PUT")],
    &[("access-control-request-method", "DELETE"), ("access-control-request-headers", "x-demo")],
    &[("upgrade", "websocket"), ("connection", "upgrade")],
    &[
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "script"),
    ],
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
    &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("cookie", "session=1")],
    &[("x-forwarded-host", "evil.example"), ("range", "bytes=0-1"), ("if-none-match", "\"1\"")],
    &[("last-event-id", "7"), ("accept-encoding", "gzip"), ("authorization", "Bearer a")],
];

/// Returns requests with all combinations of the values that the sections read.
fn table() -> Vec<Request<()>> {
    let mut requests = Vec::new();
    for method in METHODS {
        for path in PATHS {
            for (index, host) in HOSTS.iter().enumerate().take(3) {
                let origin = ORIGINS[(index + path.len()) % ORIGINS.len()];
                requests.extend(MORE.map(|more| request(method, path, host, origin, &[more])));
            }
        }
    }
    requests
}

fn random_request(random: &mut Random) -> Request<()> {
    let more = [random.of(&MORE), random.of(&MORE)];
    request(random.of(&METHODS), random.of(&PATHS), random.of(&HOSTS), random.of(&ORIGINS), &more)
}

fn request(
    method: &str,
    path: &str,
    host: &str,
    origin: Option<&str>,
    more: &[&[(&str, &str)]],
) -> Request<()> {
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    let origin = origin.map(|origin| ("origin", origin));
    for (name, value) in origin.iter().chain(more.iter().copied().flatten()) {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

fn copy(request: &Request<()>) -> Request<()> {
    let mut copy = Request::new(());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// <https://prng.di.unimi.it/splitmix64.c>
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        let length = u64::try_from(values.len()).unwrap();
        values[usize::try_from(self.next() % length).unwrap()]
    }
}
