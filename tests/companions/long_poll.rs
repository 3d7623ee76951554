//! Long polling: the window, what it drops, and what no cache keeps. COMPANIONS, section 3, L7 and L8.
//! What holds for every layer is in `tests/layer_properties/`. Time is Tokio's, paused: nothing sleeps.

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
async fn a_poll_without_an_answer_is_answered_204_when_the_window_is_over() {
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
        let answer = layer.layer(service_fn(never)).oneshot(Request::default()).await.unwrap();
        assert_eq!(start.elapsed(), window, "{layer:?}");
        assert_eq!(answer.status(), status, "{layer:?}");
        assert_eq!(lines(answer.headers()), ["cache-control: no-store"], "{layer:?}");
        assert_eq!(answer.body(), "", "the default body");
    }
}

#[tokio::test(start_paused = true)]
async fn the_headers_of_cors_reach_the_204() {
    let of_cors = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ];
    let rule = || Rule::for_origins([APP]).allow_credentials(true);
    let polls = ServiceBuilder::new()
        .layer(CorsLayer::new(CorsPolicy::new(rule()).unwrap()))
        .layer(LongPollLayer::new())
        .service_fn(never);
    for (origin, expected) in [(APP, &of_cors[..]), (EVIL, &["vary: origin"])] {
        let poll = get(origin).body(()).unwrap();
        let answer = polls.clone().oneshot(poll).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(cors_lines(answer.headers()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn compression_stands_outside() {
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
        let answer = polls.clone().oneshot(poll).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let encoded = answer.headers().get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!(encoded, encoding);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(!body.is_empty(), has_body);
    }
}

/// A window for these routes, and none for the others.
#[tokio::test(start_paused = true)]
async fn a_route_of_axum_has_the_window() {
    let polls = Router::new().route("/news", routing::get(pending::<()>));
    let other = Router::new().route("/items", routing::get(async || sleep(2 * WINDOW).await));
    let app = polls.layer(LongPollLayer::new()).merge(other);
    for (path, status, own) in [("/news", 204, Some("no-store")), ("/items", 200, None)] {
        let request = Request::get(path).body(AxumBody::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(
            answer.headers().get("cache-control").map(HeaderValue::as_bytes),
            own.map(str::as_bytes)
        );
        assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_future_of_the_service_is_gone_before_its_poll_is_answered() {
    let held = Arc::new(());
    let inner = {
        let held = held.clone();
        service_fn(move |request| {
            let held = held.clone();
            async move {
                let response = never(request).await;
                drop(held);
                response
            }
        })
    };
    let mut service = LongPollLayer::new().layer(inner);
    let mut answer = pin!(service.call(Request::default()));
    assert!(poll_once(answer.as_mut()).await.is_pending());
    let before = Arc::strong_count(&held);
    assert!(answer.as_mut().await.is_ok());
    // The answered future still lives.
    assert_eq!(Arc::strong_count(&held), before - 1);
    drop(service);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test(start_paused = true)]
async fn a_poll_past_its_window_holds_no_permit() {
    let mut service = LongPollLayer::new().layer(ConcurrencyLimit::new(service_fn(never), 1));
    let mut other = service.clone();
    let mut answer = pin!(service.ready().await.unwrap().call(Request::default()));
    let mut waiting = pin!(other.ready());
    assert!(poll_once(answer.as_mut()).await.is_pending());
    assert!(poll_once(waiting.as_mut()).await.is_pending());
    assert!(answer.as_mut().await.is_ok());
    assert!(poll_once(waiting.as_mut()).await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn what_the_service_answers_in_time_is_its_own() {
    for at in [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(24_900), WINDOW] {
        let inner = service_fn(move |_: Request<()>| async move {
            sleep(at).await;
            let response = Response::builder().status(201).header("etag", "\"1\"");
            response.body("news".to_owned())
        });
        let start = Instant::now();
        let answer = LongPollLayer::new().layer(inner).oneshot(Request::default()).await.unwrap();
        assert_eq!(start.elapsed(), at);
        assert_eq!(answer.status(), StatusCode::CREATED, "{at:?}");
        assert_eq!(lines(answer.headers()), ["cache-control: no-store", "etag: \"1\""], "{at:?}");
        assert_eq!(answer.body(), "news", "{at:?}");
    }
}

/// Ten chunks, one each ten seconds.
struct Slow {
    left: usize,
    pause: Pin<Box<Sleep>>,
}

impl Default for Slow {
    fn default() -> Self {
        Self { left: 10, pause: Box::pin(sleep(Duration::from_secs(10))) }
    }
}

impl Body for Slow {
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
async fn a_response_whose_head_is_there_in_time_streams_for_as_long_as_it_likes() {
    let inner = service_fn(async |_: Request<()>| {
        sleep(Duration::from_secs(24)).await;
        Ok::<_, Infallible>(Response::new(Slow::default()))
    });
    let start = Instant::now();
    let response = LongPollLayer::new().layer(inner).oneshot(Request::default()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), 10 * "chunk".len());
    assert_eq!(start.elapsed(), Duration::from_secs(24 + 100));
}

#[tokio::test(start_paused = true)]
async fn polling_often_does_not_move_the_end_of_the_window() {
    let mut service = LongPollLayer::new().layer(service_fn(never));
    let mut answer = pin!(service.call(Request::default()));
    assert_eq!(seconds_until_answered(answer.as_mut()).await, 25);
}

/// Tokio's own timers wait while what they are polled with has spent the budget of its task.
#[tokio::test(start_paused = true)]
async fn a_service_that_is_never_idle_does_not_move_the_end_of_the_window() {
    let busy = service_fn(async |_: Request<()>| {
        loop {
            if pending_forever() {
                return Ok::<_, Infallible>(Response::new(String::new()));
            }
            consume_budget().await;
        }
    });
    let mut service = LongPollLayer::new().layer(busy);
    let mut answer = pin!(service.call(Request::default()));
    assert_eq!(seconds_until_answered(answer.as_mut()).await, 25);
}

#[tokio::test(start_paused = true)]
async fn the_longest_window_is_no_overflow() {
    let layer = LongPollLayer::new().window(Duration::MAX);
    let mut answer = pin!(layer.layer(service_fn(never)).oneshot(Request::default()));
    assert!(poll_once(answer.as_mut()).await.is_pending());
    advance(Duration::from_secs(10 * 365 * 86_400)).await;
    assert!(poll_once(answer.as_mut()).await.is_pending());
}

#[tokio::test(start_paused = true)]
async fn the_window_begins_with_the_call() {
    let mut service = LongPollLayer::new().layer(service_fn(never));
    let answer = service.call(Request::default());
    advance(Duration::from_secs(20)).await;
    let start = Instant::now();
    answer.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn an_answered_poll_that_is_polled_again_answers_again() {
    let mut service = LongPollLayer::new().layer(service_fn(never));
    let mut answer = pin!(service.call(Request::default()));
    for _ in 0..2 {
        assert_eq!(answer.as_mut().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
}

/// A cache that kept one of these would answer the next polls with it.
#[tokio::test]
async fn no_answer_of_the_service_may_be_stored_whatever_its_status() {
    for status in [200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 410, 429, 500, 503, 504] {
        for own in [None, Some("public, max-age=60")] {
            let headers = own.map(|value| ("cache-control", value));
            let answer = answered(status, headers, Request::default());
            assert_eq!(lines(answer.headers()), ["cache-control: no-store"], "{status} {own:?}");
            assert_eq!(answer.status(), status);
        }
    }
}

#[tokio::test]
async fn a_refusal_inside_of_the_layer_may_not_be_stored_either() {
    let rules = vec![Rule::for_origins([APP])];
    let config = CorsConfig::from(rules).enforce(true);
    let polls = ServiceBuilder::new()
        .layer(LongPollLayer::new())
        .layer(CorsLayer::new(CorsPolicy::new(config).unwrap()))
        .service_fn(never);
    for refused in [from(EVIL, "POST"), preflight(EVIL, "PUT")] {
        let answer = polls.clone().oneshot(refused.body(()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn no_store_stands_in_the_place_of_what_the_service_said() {
    for (own, expected) in [
        (&[][..], "no-store"),
        (&["no-store"], "no-store"),
        (&["public, max-age=60, s-maxage=600"], "no-store"),
        (&["max-age=60", "immutable"], "no-store"),
        // Beside `must-understand`, `no-store` is ignored (RFC 9111, section 5.2.2.3).
        (&["must-understand, no-store, max-age=60"], "no-store"),
        (&["No-Transform"], "no-store, no-transform"),
        (&["no-cache,no-transform , private"], "no-store, no-transform"),
        (&["max-age=60", "no-cache,\tNO-TRANSFORM"], "no-store, no-transform"),
        (&["x-no-transform, no-transform-at-all"], "no-store"),
        (&["", ","], "no-store"),
    ] {
        let headers = own.iter().map(|value| ("cache-control", *value));
        let answer = answered(200, headers, Request::default());
        assert_eq!(lines(answer.headers()), [format!("cache-control: {expected}")], "{own:?}");
    }
    let not_text = HeaderValue::from_bytes(b"\xff, no-transform").unwrap();
    let mut response = Response::new(String::new());
    response.headers_mut().insert("cache-control", not_text);
    let inner = service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(response.clone())));
    let answer = LongPollLayer::new().layer(inner).oneshot(Request::default()).await.unwrap();
    assert_eq!(lines(answer.headers()), ["cache-control: no-store, no-transform"]);
}

#[tokio::test]
async fn a_response_after_which_there_is_no_http_has_no_header_of_the_layer() {
    for (method, status, expected) in [
        ("GET", 101, &[][..]),
        ("CONNECT", 200, &[]),
        ("CONNECT", 204, &[]),
        ("CONNECT", 101, &[]),
        ("CONNECT", 403, &["cache-control: no-store"]),
        ("GET", 200, &["cache-control: no-store"]),
    ] {
        let request = Request::builder().method(method).body(()).unwrap();
        let answer = answered(status, None, request);
        assert_eq!(lines(answer.headers()), expected, "{method} {status}");
    }
}

/// A 204 would tell the client of `CONNECT` that it has its tunnel.
#[tokio::test(start_paused = true)]
async fn connect_has_no_window() {
    let inner = service_fn(async |_: Request<()>| {
        sleep(10 * WINDOW).await;
        Ok::<_, Infallible>(Response::builder().status(502).body(String::new()).unwrap())
    });
    let request = Request::connect("example.com:443").body(()).unwrap();
    let start = Instant::now();
    let answer = LongPollLayer::new().layer(inner).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(start.elapsed(), 10 * WINDOW);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_idle_polls_are_ten_thousand_futures_and_no_task() {
    let service = LongPollLayer::new().layer(service_fn(never));
    let poll = |_| Box::pin(service.clone().call(Request::default()));
    let mut polls: Vec<_> = (0..10_000).map(poll).collect();
    for poll in &mut polls {
        assert!(poll_once(poll.as_mut()).await.is_pending());
    }
    let of_runtime = Handle::current().metrics();
    assert_eq!(of_runtime.num_alive_tasks(), 0);
    let start = Instant::now();
    for poll in polls {
        assert_eq!(poll.await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(start.elapsed(), WINDOW);
    assert_eq!(of_runtime.num_alive_tasks(), 0);
}

/// So nothing is allocated for it, and it goes with its future.
#[test]
fn the_timer_lies_within_the_future() {
    type Inner = Ready<Result<Response<()>, Infallible>>;
    let added = size_of::<LongPollFuture<Inner>>() - size_of::<Inner>();
    let timer = size_of::<Option<Sleep>>();
    assert!((timer..=timer + 32).contains(&added), "{added} bytes beside {timer}");
}

#[test]
fn the_inner_service_can_be_reached() {
    let mut polls = LongPollLayer::new().layer(1);
    *polls.get_mut() += 1;
    assert_eq!(*polls.get_ref(), 2);
    assert_eq!(polls.into_inner(), 2);
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn assert_send_sync<T: Send + Sync + 'static>() {}
    assert_send_sync::<LongPollLayer>();
    assert_send_sync::<LongPoll<()>>();
    assert_send_sync::<LongPollFuture<Ready<()>>>();
}

fn never(_: Request<()>) -> impl Future<Output = Result<Response<String>, Infallible>> {
    pending()
}

/// Not a constant to the compiler, which would say that nothing is reached behind the loop.
fn pending_forever() -> bool {
    std::hint::black_box(false)
}

/// What the layer makes of a response that is there at once.
fn answered(
    status: u16,
    headers: impl IntoIterator<Item = (&'static str, &'static str)>,
    request: Request<()>,
) -> Response<String> {
    let mut response = Response::builder().status(status).body("own".to_owned()).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    let inner = service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(response.clone())));
    let answer = block_on(LongPollLayer::new().layer(inner).oneshot(request)).unwrap();
    assert_eq!(answer.body(), "own");
    answer
}

/// The lines of all headers, sorted, as `name: value`.
fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

/// One poll, within a task whose budget is whole.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// The whole seconds after which a future that is polled each second is ready; 100 if it is not.
async fn seconds_until_answered<F: Future>(mut future: Pin<&mut F>) -> u64 {
    for seconds in 0..100 {
        if poll_once(future.as_mut()).await.is_ready() {
            return seconds;
        }
        advance(Duration::from_secs(1)).await;
    }
    100
}
