//! The layer together with axum's `Sse` and its keep-alive, compression, tracing, CORS, and hyper with HTTP/1
//! and HTTP/2. COMPANIONS section 2, tests.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Body,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::Instant;
use tokio_stream::{Stream, StreamExt};
use tower::{ServiceBuilder, ServiceExt};
use tower_cross_origin::{
    cors::{CorsLayer, CorsPolicy, Rule},
    push::{LastEventId, Shutdown, SseLayer, is_not_streaming},
};
use tower_http::{
    compression::{CompressionLayer, Predicate, predicate::DefaultPredicate},
    trace::TraceLayer,
};

const INTERVAL: Duration = SseLayer::KEEP_ALIVE;

type EventResult = Result<Event, Infallible>;

/// Returns a stream of one event, which then stays silent.
fn one_event() -> impl Stream<Item = EventResult> + Send + 'static {
    tokio_stream::once(Ok(Event::default().data("a"))).chain(tokio_stream::pending())
}

async fn send(app: Router, path: &str) -> Response<Body> {
    let request = Request::get(path).header("accept-encoding", "gzip");
    let request = request.header("accept", "text/event-stream").body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap()
}

async fn next_frame<B: http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Unpin>(
    body: &mut B,
) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8_lossy(&frame.into_data().unwrap()).into_owned()
}

// If axum sends its own comments at least as often, they restart the layer's interval.
#[tokio::test(start_paused = true)]
async fn frequent_keep_alive_of_axum_replaces_the_layers() {
    for (own, expected) in [
        (Some(INTERVAL / 2), (": axum's\n\n", INTERVAL / 2)),
        (Some(INTERVAL), (": axum's\n\n", INTERVAL)),
        (Some(INTERVAL * 100), (":\n\n", INTERVAL)),
        (None, (":\n\n", INTERVAL)),
    ] {
        let handler = move || async move {
            let sse = Sse::new(one_event());
            let Some(time) = own else { return sse.into_response() };
            sse.keep_alive(KeepAlive::new().interval(time).text("axum's")).into_response()
        };
        let app =
            Router::new().route("/", get(handler)).layer(SseLayer::new().keep_alive(INTERVAL));
        let mut body = send(app, "/").await.into_body();
        assert_eq!(next_frame(&mut body).await, "data: a\n\n");
        for _ in 0..10 {
            let start = Instant::now();
            let comment = next_frame(&mut body).await;
            // Timers have a resolution of one millisecond.
            let passed = start.elapsed();
            assert_eq!(comment, expected.0, "{own:?}");
            assert!(passed.abs_diff(expected.1) < Duration::from_millis(20), "{passed:?} {own:?}");
        }
    }
}

// tower-http#420: compression compares the media type in lower case, so the layer changes it to lower case.
// Other streams need the predicate.
#[tokio::test]
async fn outer_compression_does_not_compress_streams() {
    let of_type = |content_type: &'static str| {
        let lines = "0123456789".repeat(100);
        get(move || async move { ([("content-type", content_type)], lines) })
    };
    let app = || {
        Router::new()
            .route("/events", of_type("Text/Event-Stream; charset=utf-8"))
            .route("/lines", of_type("application/x-ndjson"))
            .route("/text", of_type("text/plain"))
    };
    let lines = || SseLayer::for_other_streams(["application/x-ndjson"]).unwrap();
    let compression_with_predicate =
        || CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_not_streaming));
    for (app, path, is_compressed) in [
        (app().layer(CompressionLayer::new()), "/events", true),
        (app().layer(SseLayer::new()).layer(CompressionLayer::new()), "/events", false),
        (app().layer(SseLayer::new()).layer(compression_with_predicate()), "/events", false),
        (app().layer(lines()).layer(CompressionLayer::new()), "/lines", true),
        (app().layer(lines()).layer(compression_with_predicate()), "/lines", false),
        (
            app().layer(SseLayer::new()).layer(lines()).layer(compression_with_predicate()),
            "/text",
            true,
        ),
    ] {
        let response = send(app, path).await;
        assert_eq!(response.headers().contains_key("content-encoding"), is_compressed, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn outer_tracing_records_every_byte_and_one_end() {
    let shutdown = Shutdown::new();
    let (bytes, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, ended) = (bytes.clone(), ends.clone());
    let trace = TraceLayer::new_for_http()
        .on_body_chunk(move |chunk: &Bytes, _: Duration, _: &tracing::Span| {
            counted.fetch_add(chunk.len(), Ordering::SeqCst);
        })
        .on_eos(move |_: Option<&HeaderMap>, _: Duration, _: &tracing::Span| {
            ended.fetch_add(1, Ordering::SeqCst);
        });
    let layer =
        SseLayer::new().retry(Duration::from_secs(1)).keep_alive(INTERVAL).shutdown(&shutdown);
    let handler = || async { Sse::new(one_event()) };
    let app = Router::new()
        .route("/", get(handler))
        .layer(ServiceBuilder::new().layer(trace).layer(layer));
    let mut body = send(app, "/").await.into_body();
    let mut expected = 0;
    for comment in ["retry: 1000\n", "data: a\n\n", ":\n\n", ":\n\n"] {
        assert_eq!(next_frame(&mut body).await, comment);
        expected += comment.len();
    }
    shutdown.begin();
    assert!(body.frame().await.is_none());
    assert!(body.frame().await.is_none());
    assert_eq!(bytes.load(Ordering::SeqCst), expected);
    assert_eq!(ends.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn handler_receives_the_last_event_id() {
    async fn handler(id: Option<Extension<LastEventId>>) -> String {
        id.map_or("new".to_owned(), |Extension(id)| id.to_str().unwrap().to_owned())
    }
    let app = Router::new().route("/", get(handler)).layer(SseLayer::new());
    for (id, expected) in [(None, "new"), (Some("17"), "17"), (Some(""), "new")] {
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        if let Some(id) = id {
            request.headers_mut().insert("last-event-id", id.parse().unwrap());
        }
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), expected);
    }
}

// A page needs the CORS headers to read events and to recognize errors.
#[tokio::test]
async fn outer_cors_layer_applies_to_streams_and_errors() {
    const PAGE: &str = "https://app.example.com";
    let policy = CorsPolicy::new(Rule::for_origins([PAGE])).unwrap();
    let shutdown = Shutdown::new();
    let sse = SseLayer::new().shutdown(&shutdown).stop_reconnecting();
    let app = Router::new()
        .route("/", get(|| async { Sse::new(one_event()) }))
        .layer(ServiceBuilder::new().layer(CorsLayer::new(policy)).layer(sse));
    for (path, status) in [("/", 200), ("/nothing", 404), ("/", 204)] {
        if status == 204 {
            shutdown.begin();
        }
        let request = Request::get(path).header("origin", PAGE);
        let request = request.header("accept", "text/event-stream").body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["access-control-allow-origin"], PAGE);
    }
}

// `Connection` is malformed in HTTP/2, and a `Content-Length` would end the stream.
#[tokio::test]
async fn first_event_arrives_at_once_over_http_1_and_http_2() {
    for is_h2 in [false, true] {
        let layer = SseLayer::new().keep_alive(INTERVAL);
        let app = Router::new().route("/", get(|| async { Sse::new(one_event()) })).layer(layer);
        let request = Request::get("http://a.example/").body(Empty::<Bytes>::new()).unwrap();
        let response = send_over(is_h2, app, request).await;
        let headers = response.headers();
        assert_eq!(headers["cache-control"], "no-cache, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        assert!(!headers.contains_key("connection") && !headers.contains_key("content-length"));
        assert_eq!(next_frame(&mut response.into_body()).await, "data: a\n\n");
    }
}

// R27: the end of a stream must not look like the end of the response to a client that does not reconnect.
#[tokio::test(start_paused = true)]
async fn maximum_age_ends_only_the_streams_of_event_sources() {
    let second = Duration::from_secs(1);
    let numbers = async || {
        let events =
            (0..8).map(|number| Ok::<_, Infallible>(Event::default().data(number.to_string())));
        Sse::new(tokio_stream::iter(events).throttle(Duration::from_secs(1)))
    };
    let layer = SseLayer::new().max_age(second * 3).jitter_percent(0);
    let app = Router::new().route("/", get(numbers).post(numbers)).layer(layer);
    let all: Vec<String> = (0..8).map(|number| format!("data: {number}\n\n")).collect();
    let all = all.concat();
    for is_h2 in [false, true] {
        for (method, accept, is_complete) in [
            ("GET", "text/event-stream", false),
            ("POST", "text/event-stream", true),
            ("POST", "application/json, text/event-stream", true),
            ("GET", "*/*", true),
        ] {
            let request = Request::builder().method(method).uri("http://a.example/");
            let request = request.header("accept", accept).body(Empty::<Bytes>::new()).unwrap();
            let response = send_over(is_h2, app.clone(), request).await;
            let body = response.into_body().collect().await.expect("a clean end").to_bytes();
            assert!(all.as_bytes().starts_with(&body), "{body:?}");
            assert_eq!(body == all, is_complete, "{method} {accept}: {body:?}");
        }
    }
}

/// Sends the request with hyper, over HTTP/1.1 or HTTP/2.
async fn send_over(
    is_h2: bool,
    app: Router,
    request: Request<Empty<Bytes>>,
) -> Response<hyper::body::Incoming> {
    let (client, server) = tokio::io::duplex(4096);
    let service = hyper_util::service::TowerToHyperService::new(app);
    tokio::spawn(async move {
        let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection(TokioIo::new(server), service).await;
    });
    let io = TokioIo::new(client);
    if is_h2 {
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }
}
