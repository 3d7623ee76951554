//! Long polling: the window, dropped futures, and `no-store`. COMPANIONS, section 3, L7 and L8.
//! `tests/layer_properties/` tests the properties of all layers. The tests pause Tokio's time, so that no
//! test sleeps.

use std::{
    convert::Infallible,
    future::{Future, Ready, pending, poll_fn, ready},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body as AxumBody, routing};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use tokio::{
    runtime::Handle,
    task::consume_budget,
    time::{Instant, Sleep, advance, sleep},
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, limit::ConcurrencyLimit, service_fn};
use tower_cross_origin::{
    cors::{CorsConfig, CorsLayer, CorsPolicy, Rule},
    push::{LongPoll, LongPollFuture, LongPollLayer},
};
use tower_http::compression::CompressionLayer;

use crate::support::{APP, EVIL, block_on, cors_lines, from, get, preflight};

const WINDOW: Duration = Duration::from_secs(25);

#[tokio::test(start_paused = true)]
async fn silent_service_gets_204_at_the_end_of_the_window() {
    for (layer, window, status) in [
        (LongPollLayer::new(), WINDOW, 204),
        (LongPollLayer::default(), WINDOW, 204),
        (LongPollLayer::new().timeout_status(StatusCode::OK), WINDOW, 200),
        (LongPollLayer::new().window(Duration::from_millis(500)), Duration::from_millis(500), 204),
        (
            LongPollLayer::new().window(Duration::ZERO).timeout_status(StatusCode::OK),
            Duration::ZERO,
            200,
        ),
        (LongPollLayer::new().window(86_400 * WINDOW), 86_400 * WINDOW, 204),
    ] {
        let start = Instant::now();
        let response =
            layer.layer(service_fn(never_respond)).oneshot(Request::default()).await.unwrap();
        assert_eq!(start.elapsed(), window, "{layer:?}");
        assert_eq!(response.status(), status, "{layer:?}");
        assert_eq!(header_lines(response.headers()), ["cache-control: no-store"], "{layer:?}");
        assert_eq!(response.body(), "");
    }
}

#[tokio::test(start_paused = true)]
async fn outer_cors_layer_adds_headers_to_the_204() {
    let cors_headers = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ];
    let rule = || Rule::for_origins([APP]).allow_credentials(true);
    let polls = ServiceBuilder::new()
        .layer(CorsLayer::new(CorsPolicy::new(rule()).unwrap()))
        .layer(LongPollLayer::new())
        .service_fn(never_respond);
    for (origin, expected) in [(APP, &cors_headers[..]), (EVIL, &["vary: origin"])] {
        let poll = get(origin).body(()).unwrap();
        let response = polls.clone().oneshot(poll).await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(cors_lines(response.headers()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn outer_compression_compresses_responses() {
    let polls = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(LongPollLayer::new())
        .service_fn(async |request: Request<()>| {
            if request.uri() == "/quiet" {
                pending::<()>().await;
            }
            Ok::<_, Infallible>(Response::new("news ".repeat(100)))
        });
    for (path, status, encoding, has_body) in
        [("/quiet", 204, None, false), ("/news", 200, Some("gzip"), true)]
    {
        let poll = Request::get(path).header("accept-encoding", "gzip").body(()).unwrap();
        let response = polls.clone().oneshot(poll).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let encoded =
            response.headers().get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!(encoded, encoding);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(!body.is_empty(), has_body);
    }
}

// Other routes have no window.
#[tokio::test(start_paused = true)]
async fn axum_route_has_the_window() {
    let polls = Router::new().route("/news", routing::get(pending::<()>));
    let other = Router::new().route("/items", routing::get(async || sleep(2 * WINDOW).await));
    let app = polls.layer(LongPollLayer::new()).merge(other);
    for (path, status, existing) in [("/news", 204, Some("no-store")), ("/items", 200, None)] {
        let request = Request::get(path).body(AxumBody::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers().get("cache-control").map(HeaderValue::as_bytes),
            existing.map(str::as_bytes)
        );
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn inner_future_is_dropped_before_the_timeout_response() {
    let held = Arc::new(());
    let inner = {
        let held = held.clone();
        service_fn(move |request| {
            let held = held.clone();
            async move {
                let response = never_respond(request).await;
                drop(held);
                response
            }
        })
    };
    let mut service = LongPollLayer::new().layer(inner);
    let mut response = pin!(service.call(Request::default()));
    assert!(poll_once(response.as_mut()).await.is_pending());
    let before = Arc::strong_count(&held);
    assert!(response.as_mut().await.is_ok());
    // The outer future still exists.
    assert_eq!(Arc::strong_count(&held), before - 1);
    drop(service);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test(start_paused = true)]
async fn poll_beyond_its_window_releases_its_permit() {
    let mut service =
        LongPollLayer::new().layer(ConcurrencyLimit::new(service_fn(never_respond), 1));
    let mut other = service.clone();
    let mut response = pin!(service.ready().await.unwrap().call(Request::default()));
    let mut waiting = pin!(other.ready());
    assert!(poll_once(response.as_mut()).await.is_pending());
    assert!(poll_once(waiting.as_mut()).await.is_pending());
    assert!(response.as_mut().await.is_ok());
    assert!(poll_once(waiting.as_mut()).await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn response_within_the_window_is_forwarded() {
    for at in [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(24_900), WINDOW] {
        let inner = service_fn(move |_: Request<()>| async move {
            sleep(at).await;
            let response = Response::builder().status(201).header("etag", "\"1\"");
            response.body("news".to_owned())
        });
        let start = Instant::now();
        let response = LongPollLayer::new().layer(inner).oneshot(Request::default()).await.unwrap();
        assert_eq!(start.elapsed(), at);
        assert_eq!(response.status(), StatusCode::CREATED, "{at:?}");
        assert_eq!(
            header_lines(response.headers()),
            ["cache-control: no-store", "etag: \"1\""],
            "{at:?}"
        );
        assert_eq!(response.body(), "news", "{at:?}");
    }
}

/// A body of ten chunks, with ten seconds before each chunk.
struct SlowBody {
    left: usize,
    pause: Pin<Box<Sleep>>,
}

impl Default for SlowBody {
    fn default() -> Self {
        Self { left: 10, pause: Box::pin(sleep(Duration::from_secs(10))) }
    }
}

impl Body for SlowBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.pause.as_mut().poll(cx).map(|()| {
            self.left -= 1;
            self.pause.as_mut().reset(Instant::now() + Duration::from_secs(10));
            Some(Ok(Frame::data(Bytes::from_static(b"chunk"))))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn window_does_not_limit_the_body() {
    let inner = service_fn(async |_: Request<()>| {
        sleep(Duration::from_secs(24)).await;
        Ok::<_, Infallible>(Response::new(SlowBody::default()))
    });
    let start = Instant::now();
    let response = LongPollLayer::new().layer(inner).oneshot(Request::default()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), 10 * "chunk".len());
    assert_eq!(start.elapsed(), Duration::from_secs(24 + 100));
}

#[tokio::test(start_paused = true)]
async fn frequent_polls_do_not_extend_the_window() {
    let mut service = LongPollLayer::new().layer(service_fn(never_respond));
    let mut response = pin!(service.call(Request::default()));
    assert_eq!(seconds_until_ready(response.as_mut()).await, 25);
}

// Tokio's timers stay pending while another future in the task has spent the whole budget.
#[tokio::test(start_paused = true)]
async fn busy_service_does_not_extend_the_window() {
    let busy = service_fn(async |_: Request<()>| {
        loop {
            if always_false() {
                return Ok::<_, Infallible>(Response::new(String::new()));
            }
            consume_budget().await;
        }
    });
    let mut service = LongPollLayer::new().layer(busy);
    let mut response = pin!(service.call(Request::default()));
    assert_eq!(seconds_until_ready(response.as_mut()).await, 25);
}

#[tokio::test(start_paused = true)]
async fn maximum_window_does_not_overflow() {
    let layer = LongPollLayer::new().window(Duration::MAX);
    let mut response = pin!(layer.layer(service_fn(never_respond)).oneshot(Request::default()));
    assert!(poll_once(response.as_mut()).await.is_pending());
    advance(Duration::from_secs(10 * 365 * 86_400)).await;
    assert!(poll_once(response.as_mut()).await.is_pending());
}

#[tokio::test(start_paused = true)]
async fn window_begins_with_the_call() {
    let mut service = LongPollLayer::new().layer(service_fn(never_respond));
    let response = service.call(Request::default());
    advance(Duration::from_secs(20)).await;
    let start = Instant::now();
    response.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn completed_future_responds_again_if_polled() {
    let mut service = LongPollLayer::new().layer(service_fn(never_respond));
    let mut response = pin!(service.call(Request::default()));
    for _ in 0..2 {
        assert_eq!(response.as_mut().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
}

// A cache would use a stored response for the next polls.
#[tokio::test]
async fn responses_of_any_status_get_no_store() {
    for status in [200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 410, 429, 500, 503, 504] {
        for existing in [None, Some("public, max-age=60")] {
            let headers = existing.map(|value| ("cache-control", value));
            let response = respond(status, headers, Request::default());
            assert_eq!(
                header_lines(response.headers()),
                ["cache-control: no-store"],
                "{status} {existing:?}"
            );
            assert_eq!(response.status(), status);
        }
    }
}

#[tokio::test]
async fn rejection_of_an_inner_cors_layer_gets_no_store() {
    let rules = vec![Rule::for_origins([APP])];
    let config = CorsConfig::from(rules).enforce(true);
    let polls = ServiceBuilder::new()
        .layer(LongPollLayer::new())
        .layer(CorsLayer::new(CorsPolicy::new(config).unwrap()))
        .service_fn(never_respond);
    for rejected in [from(EVIL, "POST"), preflight(EVIL, "PUT")] {
        let response = polls.clone().oneshot(rejected.body(()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn no_store_replaces_the_cache_control_of_the_service() {
    for (existing, expected) in [
        (&[][..], "no-store"),
        (&["no-store"], "no-store"),
        (&["public, max-age=60, s-maxage=600"], "no-store"),
        (&["max-age=60", "immutable"], "no-store"),
        // Together with `must-understand`, `no-store` is ignored (RFC 9111, section 5.2.2.3).
        (&["must-understand, no-store, max-age=60"], "no-store"),
        (&["No-Transform"], "no-store, no-transform"),
        (&["no-cache,no-transform , private"], "no-store, no-transform"),
        (&["max-age=60", "no-cache,\tNO-TRANSFORM"], "no-store, no-transform"),
        (&["x-no-transform, no-transform-at-all"], "no-store"),
        (&["", ","], "no-store"),
    ] {
        let headers = existing.iter().map(|value| ("cache-control", *value));
        let response = respond(200, headers, Request::default());
        assert_eq!(
            header_lines(response.headers()),
            [format!("cache-control: {expected}")],
            "{existing:?}"
        );
    }
    let not_text = HeaderValue::from_bytes(b"\xff, no-transform").unwrap();
    let mut response = Response::new(String::new());
    response.headers_mut().insert("cache-control", not_text);
    let inner = service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(response.clone())));
    let response = LongPollLayer::new().layer(inner).oneshot(Request::default()).await.unwrap();
    assert_eq!(header_lines(response.headers()), ["cache-control: no-store, no-transform"]);
}

#[tokio::test]
async fn upgrade_and_tunnel_responses_are_unchanged() {
    for (method, status, expected) in [
        ("GET", 101, &[][..]),
        ("CONNECT", 200, &[]),
        ("CONNECT", 204, &[]),
        ("CONNECT", 101, &[]),
        ("CONNECT", 403, &["cache-control: no-store"]),
        ("GET", 200, &["cache-control: no-store"]),
    ] {
        let request = Request::builder().method(method).body(()).unwrap();
        let response = respond(status, None, request);
        assert_eq!(header_lines(response.headers()), expected, "{method} {status}");
    }
}

// To the client of `CONNECT`, a 204 means that the tunnel is open.
#[tokio::test(start_paused = true)]
async fn connect_has_no_window() {
    let inner = service_fn(async |_: Request<()>| {
        sleep(10 * WINDOW).await;
        Ok::<_, Infallible>(Response::builder().status(502).body(String::new()).unwrap())
    });
    let request = Request::connect("example.com:443").body(()).unwrap();
    let start = Instant::now();
    let response = LongPollLayer::new().layer(inner).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(start.elapsed(), 10 * WINDOW);
}

#[tokio::test(start_paused = true)]
async fn idle_polls_spawn_no_tasks() {
    let service = LongPollLayer::new().layer(service_fn(never_respond));
    let poll = |_| Box::pin(service.clone().call(Request::default()));
    let mut polls: Vec<_> = (0..10_000).map(poll).collect();
    for poll in &mut polls {
        assert!(poll_once(poll.as_mut()).await.is_pending());
    }
    let metrics = Handle::current().metrics();
    assert_eq!(metrics.num_alive_tasks(), 0);
    let start = Instant::now();
    for poll in polls {
        assert_eq!(poll.await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(start.elapsed(), WINDOW);
    assert_eq!(metrics.num_alive_tasks(), 0);
}

// The timer needs no allocation.
#[test]
fn future_contains_the_timer() {
    type Inner = Ready<Result<Response<()>, Infallible>>;
    let added = size_of::<LongPollFuture<Inner>>() - size_of::<Inner>();
    let timer = size_of::<Option<Sleep>>();
    assert!((timer..=timer + 32).contains(&added), "{added} bytes, {timer} of them for the timer");
}

#[test]
fn inner_service_is_accessible() {
    let mut polls = LongPollLayer::new().layer(1);
    *polls.get_mut() += 1;
    assert_eq!(*polls.get_ref(), 2);
    assert_eq!(polls.into_inner(), 2);
}

#[test]
fn long_poll_types_are_send_and_sync() {
    fn assert_send_sync<T: Send + Sync + 'static>() {}
    assert_send_sync::<LongPollLayer>();
    assert_send_sync::<LongPoll<()>>();
    assert_send_sync::<LongPollFuture<Ready<()>>>();
}

fn never_respond(_: Request<()>) -> impl Future<Output = Result<Response<String>, Infallible>> {
    pending()
}

/// Returns `false`, hidden from the compiler, which would otherwise warn of unreachable code.
fn always_false() -> bool {
    std::hint::black_box(false)
}

/// Returns the layer's response if the service responds at once.
fn respond(
    status: u16,
    headers: impl IntoIterator<Item = (&'static str, &'static str)>,
    request: Request<()>,
) -> Response<String> {
    let mut response = Response::builder().status(status).body("own".to_owned()).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    let inner = service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(response.clone())));
    let response = block_on(LongPollLayer::new().layer(inner).oneshot(request)).unwrap();
    assert_eq!(response.body(), "own");
    response
}

/// Returns the field lines of all headers, sorted, as `name: value`.
fn header_lines(headers: &HeaderMap) -> Vec<String> {
    let mut header_lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    header_lines.sort();
    header_lines
}

/// Polls the future once, in a task with its full budget.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Returns the seconds until the future is ready; 100 if it stays pending.
///
/// The future is polled once per second.
async fn seconds_until_ready<F: Future>(mut future: Pin<&mut F>) -> u64 {
    for seconds in 0..100 {
        if poll_once(future.as_mut()).await.is_ready() {
            return seconds;
        }
        advance(Duration::from_secs(1)).await;
    }
    100
}
