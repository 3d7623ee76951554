//! What the layer puts into streams of events, and when: keep-alives, `retry`, ends.
//! COMPANIONS section 2, E3, E7; STANDARDS S1, S4, S5.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use http::{HeaderName, Method, Request};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::time::{Instant, advance, timeout};
use tower_cross_origin::push::{Shutdown, SseBody, SseLayer};

use crate::scripted::{EVENT_STREAM, Look, Script, Scripted, answered, data, events, look};

const SILENCE: Duration = SseLayer::KEEP_ALIVE;
const MOMENT: Duration = Duration::from_millis(1);
/// A moment before.
const NEARLY: Duration = Duration::from_millis(14_999);

fn kept_alive() -> SseLayer {
    SseLayer::new().keep_alive(SILENCE)
}

/// What comes after each piece, once there has been silence.
#[tokio::test(start_paused = true)]
async fn a_keep_alive_comes_between_lines_and_nowhere_else() {
    for pieces in [
        &[("", ":\n")][..],
        &[("data: a\n", ":\n"), ("\n", ":\n\n")],
        &[("data: a\n\n", ":\n\n"), ("data: b\n\n", ":\n\n")],
        // In the middle of a line it waits for the end of it.
        &[("data: ab", ""), ("c", ""), ("\n", ":\n"), ("\n", ":\n\n")],
        &[(":", ""), ("\n", ":\n")],
        // A CR may be half a line end.
        &[("data: a\r", ""), ("\n", ":\n"), ("\r", ""), ("\n", ":\n\n")],
        &[("data: a\r", ""), ("\r", ""), ("d", ""), ("ata\n\n", ":\n\n")],
        &[("data: a\r\n\r\n", ":\n\n"), ("\r\n", ":\n\n")],
        // So may be a part of a byte order mark.
        &[("\u{feff}", ":\n"), ("data: a\n", ":\n")],
        &[("\u{feff}\u{feff}", ""), ("data: a\n", ":\n")],
        &[("", ":\n"), ("", ":\n"), ("data: a\n\n", ":\n\n"), ("", ":\n\n")],
    ] {
        let script = Script::default();
        let mut body = events(&kept_alive(), &script);
        for (piece, comment) in pieces {
            if !piece.is_empty() {
                script.say(piece);
                assert_eq!(look(&mut body), data(piece), "{pieces:?}");
            }
            assert_eq!(look(&mut body), Look::Nothing, "{pieces:?}");
            advance(SILENCE).await;
            let expected = if comment.is_empty() { Look::Nothing } else { data(comment) };
            assert_eq!(look(&mut body), expected, "after {piece:?} of {pieces:?}");
            assert_eq!(look(&mut body), Look::Nothing, "{pieces:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_passes_begins_the_silence_anew() {
    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    for _ in 0..3 {
        advance(NEARLY).await;
        assert_eq!(look(&mut body), Look::Nothing);
        script.say("data: a\n\n");
        assert_eq!(look(&mut body), data("data: a\n\n"));
        assert_eq!(look(&mut body), Look::Nothing);
    }
    advance(NEARLY).await;
    assert_eq!(look(&mut body), Look::Nothing);
    advance(MOMENT).await;
    assert_eq!(look(&mut body), data(":\n\n"));
}

/// The task is woken for it: nothing else does.
#[tokio::test(start_paused = true)]
async fn an_idle_stream_lives_by_comments_at_their_times() {
    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    let start = Instant::now();
    for number in 1..=4_u32 {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), ":\n");
        let (due, passed) = (SILENCE * number, start.elapsed());
        assert!(due <= passed && passed <= due + MOMENT * number, "{passed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_is_there_goes_before_a_comment_that_is_due() {
    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    assert_eq!(look(&mut body), Look::Nothing);
    script.say("data: a\n\n");
    advance(SILENCE * 2).await;
    assert_eq!(look(&mut body), data("data: a\n\n"));
    assert_eq!(look(&mut body), Look::Nothing);
}

/// More often, it would fill the stream.
#[tokio::test(start_paused = true)]
async fn a_silence_is_a_second_at_least() {
    let script = Script::default();
    let mut body = events(&SseLayer::new().keep_alive(Duration::ZERO), &script);
    assert_eq!(look(&mut body), Look::Nothing);
    advance(Duration::from_millis(999)).await;
    assert_eq!(look(&mut body), Look::Nothing);
    advance(MOMENT).await;
    assert_eq!(look(&mut body), data(":\n"));
    assert_eq!(look(&mut body), Look::Nothing);
}

#[test]
fn a_stream_begins_with_retry_once_and_before_the_service_says_anything() {
    let script = Script::default();
    let layer = SseLayer::new().retry(Duration::from_micros(2_500_900));
    let mut body = events(&layer, &script);
    assert!(!body.is_end_stream());
    assert_eq!(look(&mut body), data("retry: 2500\n"));
    assert_eq!(script.polls(), 0, "the service is not asked yet");
    assert_eq!(look(&mut body), Look::Nothing);
    script.say("data: a\n\n");
    script.end();
    assert_eq!(look(&mut body), data("data: a\n\n"));
    assert_eq!(look(&mut body), Look::End);
}

#[test]
fn a_stream_of_nothing_begins_all_the_same() {
    let inner = tower::service_fn(|_: Request<()>| {
        let mut response = http::Response::new(Full::<Bytes>::default());
        response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let mut service = tower::Layer::layer(&SseLayer::new().retry(MOMENT), inner);
    let mut future = pin!(tower::Service::call(&mut service, Request::new(())));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(response) = future.as_mut().poll(&mut context) else { panic!() };
    let mut body = response.unwrap().into_body();
    assert!(!body.is_end_stream());
    assert_eq!(look(&mut body), data("retry: 1\n"));
    assert!(body.is_end_stream());
    assert_eq!(look(&mut body), Look::End);
}

/// A client takes a byte order mark away at the beginning alone; elsewhere it is a part of a name.
#[test]
fn a_byte_order_mark_after_retry_goes() {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    for (pieces, expected) in [
        (&[MARK, b"data: a\n\n"][..], &["data: a\n\n"][..]),
        (&["\u{feff}data: a\n\n".as_bytes()], &["data: a\n\n"]),
        (&[&MARK[..1], &MARK[1..2], &MARK[2..], b"data: a\n\n"], &["data: a\n\n"]),
        (&[&MARK[..2], b"\xBFdata: a\n\n", MARK], &["data: a\n\n", "\u{feff}"]),
        // Only one, and only a whole one.
        (&[MARK, MARK, b"data: a\n\n"], &["\u{feff}", "data: a\n\n"]),
        (&[&MARK[..2], b"a"], &["\u{fffd}a"]),
        (&[b"data: \xEF", b"\xBB\xBF\n\n"], &["data: \u{fffd}", "\u{fffd}\u{fffd}\n\n"]),
        (&[&MARK[..2]], &[]),
    ] {
        let script = Script::default();
        let mut body = events(&SseLayer::new().retry(Duration::from_secs(1)), &script);
        for piece in pieces {
            script.say(piece);
        }
        script.end();
        assert_eq!(look(&mut body), data("retry: 1000\n"));
        for expected in expected {
            assert_eq!(look(&mut body), data(expected), "{pieces:?}");
        }
        assert_eq!(look(&mut body), Look::End, "{pieces:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_after_a_comment_goes_and_one_before_it_stays() {
    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    assert_eq!(look(&mut body), Look::Nothing);
    advance(SILENCE).await;
    assert_eq!(look(&mut body), data(":\n"));
    script.say("\u{feff}data: a\n\n");
    assert_eq!(look(&mut body), data("data: a\n\n"));

    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    script.say("\u{feff}");
    assert_eq!(look(&mut body), data("\u{feff}"));
    assert_eq!(look(&mut body), Look::Nothing);
    advance(SILENCE).await;
    assert_eq!(look(&mut body), data(":\n"));
}

/// Only the first one is a mark: a second is the beginning of a line.
#[tokio::test(start_paused = true)]
async fn second_bom_is_treated_as_data() {
    for (layer, before) in [(kept_alive().retry(MOMENT), "retry: 1\n"), (kept_alive(), ":\n")] {
        let script = Script::default();
        let mut body = events(&layer, &script);
        if before == ":\n" {
            assert_eq!(look(&mut body), Look::Nothing);
            advance(SILENCE).await;
        }
        assert_eq!(look(&mut body), data(before));
        script.say("\u{feff}");
        assert_eq!(look(&mut body), Look::Nothing);
        script.say("\u{feff}");
        assert_eq!(look(&mut body), data("\u{feff}"));
        assert_eq!(look(&mut body), Look::Nothing);
        advance(SILENCE).await;
        assert_eq!(look(&mut body), Look::Nothing, "inside of a line");
    }
}

/// The task is woken for what is due next, also where something later was due before.
#[tokio::test(start_paused = true)]
async fn what_is_due_next_wakes_the_reader() {
    let script = Script::default();
    let layer = kept_alive().max_age(SILENCE * 10).jitter_percent(0);
    let mut body = events(&layer, &script);
    script.say("data: a");
    assert_eq!(frame_at(&mut body, 0).await, "data: a");
    assert_eq!(look(&mut body), Look::Nothing);
    advance(SILENCE * 2).await;
    script.say("\n");
    assert_eq!(frame_at(&mut body, 0).await, "\n");
    assert_eq!(frame_at(&mut body, 15).await, ":\n");
    script.say("data: b");
    assert_eq!(frame_at(&mut body, 0).await, "data: b");
    // The end is due at 150 s, and waits a second for the end of an event.
    let start = Instant::now();
    let end = timeout(SILENCE * 100, body.frame()).await.expect("it is woken");
    assert!(end.is_none());
    assert_eq!(start.elapsed().as_secs(), 150 - 45 + 1);
}

#[track_caller]
fn frame_at(body: &mut SseBody<Scripted>, seconds: u64) -> impl Future<Output = String> + use<'_> {
    let start = Instant::now();
    async move {
        let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(start.elapsed().as_secs(), seconds, "{data:?}");
        String::from_utf8(data.to_vec()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_of_two_ends_is_the_end() {
    for (max_age, window, seconds) in [(10, 1000, 10), (1000, 0, 5)] {
        let shutdown = Shutdown::new();
        let layer = SseLayer::new()
            .max_age(Duration::from_secs(max_age))
            .jitter_percent(0)
            .shutdown(&shutdown)
            .shutdown_window(Duration::from_secs(window));
        let start = Instant::now();
        let mut bodies: Vec<_> = (0..20).map(|_| events(&layer, &Script::default())).collect();
        advance(Duration::from_secs(5)).await;
        shutdown.begin();
        for body in &mut bodies {
            assert!(body.frame().await.is_none());
        }
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_cleanly_in_the_last_fifth_of_its_longest_age() {
    for _ in 0..20 {
        let (script, start) = (Script::default(), Instant::now());
        let layer = SseLayer::new().max_age(Duration::from_secs(10));
        let mut body = events(&layer, &script);
        script.say("data: a\n\n");
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "data: a\n\n");
        assert!(body.frame().await.is_none());
        let age = start.elapsed();
        let (least, most) = (Duration::from_secs(8), Duration::from_secs(10) + MOMENT);
        assert!(least <= age && age <= most, "{age:?}");
        assert!(script.is_dropped() && body.is_end_stream());
        assert_eq!(look(&mut body), Look::End);
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_waits_for_the_end_of_an_event_for_a_second() {
    let layer = SseLayer::new().max_age(Duration::from_secs(10)).jitter_percent(0);
    for (said, more, is_cut) in [
        ("data: a\n", "\n", false),
        ("data: a", "\n\n", false),
        ("data: a\n", "data: b\n", true),
        ("data: a\r\n\r", "", false),
    ] {
        let script = Script::default();
        let mut body = events(&layer, &script);
        script.say(said);
        assert_eq!(look(&mut body), data(said));
        assert_eq!(look(&mut body), Look::Nothing);
        advance(Duration::from_secs(10)).await;
        if !more.is_empty() {
            assert_eq!(look(&mut body), Look::Nothing, "{said:?}");
            advance(Duration::from_millis(999)).await;
            assert_eq!(look(&mut body), Look::Nothing, "{said:?}");
            script.say(more);
            assert_eq!(look(&mut body), data(more), "{said:?}");
        }
        if is_cut {
            assert_eq!(look(&mut body), Look::Nothing, "{said:?}");
            advance(MOMENT).await;
        }
        assert_eq!(look(&mut body), Look::End, "{said:?}");
        assert!(script.is_dropped());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_always_has_more_ends_too() {
    let script = Script::default();
    let layer = SseLayer::new().max_age(Duration::from_secs(10)).jitter_percent(0);
    let mut body = events(&layer, &script);
    for _ in 0..30 {
        script.say("data: a\n\n");
    }
    assert_eq!(look(&mut body), data("data: a\n\n"));
    advance(Duration::from_secs(10)).await;
    assert_eq!(look(&mut body), Look::End);
}

#[tokio::test(start_paused = true)]
async fn any_duration_is_taken() {
    for duration in [Duration::ZERO, MOMENT, Duration::MAX] {
        let shutdown = Shutdown::new();
        let layer = SseLayer::new()
            .keep_alive(duration)
            .max_age(duration)
            .retry(duration)
            .shutdown(&shutdown)
            .shutdown_window(duration)
            .jitter_percent(u8::MAX);
        let mut body = events(&layer, &Script::default());
        look(&mut body);
        look(&mut body);
        shutdown.begin();
        advance(SILENCE).await;
        look(&mut body);
        look(&mut events(&layer, &Script::default()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_every_stream_at_once_or_within_its_window() {
    for window in [Duration::ZERO, Duration::from_secs(30)] {
        let shutdown = Shutdown::new();
        let layer = kept_alive().shutdown(&shutdown).shutdown_window(window);
        let mut ends = Vec::new();
        for _ in 0..50 {
            let script = Script::default();
            let mut body = events(&layer, &script);
            assert_eq!(look(&mut body), Look::Nothing);
            ends.push(tokio::spawn(async move {
                while body.frame().await.is_some() {}
                assert!(script.is_dropped());
                Instant::now()
            }));
        }
        advance(Duration::from_secs(5)).await;
        let start = Instant::now();
        shutdown.clone().begin();
        let mut after = Vec::new();
        for end in ends {
            after.push(end.await.unwrap() - start);
        }
        let last = after.iter().max().unwrap();
        assert!(*last <= window + MOMENT * 2, "{last:?}");
        let early = after.iter().filter(|end| **end < window / 2).count();
        assert!(window.is_zero() || (5..=45).contains(&early), "{early} in the first half");

        // What begins when the window is over ends at once, and what comes in between passes.
        let script = Script::default();
        script.say("data: a\n\n");
        advance(window).await;
        let mut late = events(&layer, &script);
        assert_eq!(look(&mut late), Look::End);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_wakes_streams_that_have_no_other_timer() {
    let shutdown = Shutdown::new();
    let mut body = events(&SseLayer::new().shutdown(&shutdown), &Script::default());
    let reader = tokio::spawn(async move { body.frame().await.is_none() });
    tokio::task::yield_now().await;
    assert!(!reader.is_finished());
    shutdown.begin();
    assert!(reader.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn after_a_shutdown_began_clients_are_told_to_stop_where_the_layer_is() {
    let get = || Request::get("/").body(()).unwrap();
    let shutdown = Shutdown::new();
    let window = Duration::from_secs(30);
    let layer = SseLayer::new().shutdown(&shutdown).shutdown_window(window);
    let stopping = layer.clone().stop_reconnecting();
    for layer in [&layer, &stopping] {
        assert_eq!(answered(layer, &Script::default(), get(), &EVENT_STREAM).status(), 200);
    }
    shutdown.begin();
    assert_eq!(answered(&layer, &Script::default(), get(), &EVENT_STREAM).status(), 200);

    let script = Script::default();
    let headers = [EVENT_STREAM[0], ("vary", "origin"), ("content-length", "9")];
    let response = answered(&stopping, &script, get(), &headers);
    assert_eq!(response.status(), 204);
    let mut names: Vec<&str> = response.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "vary"]);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(script.is_dropped() && response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(0));

    // What was asked for otherwise is not an `EventSource`'s, and what is no stream is none.
    let post = Request::post("/").body(()).unwrap();
    assert_eq!(answered(&stopping, &Script::default(), post, &EVENT_STREAM).status(), 200);
    assert_eq!(answered(&stopping, &Script::default(), get(), &[]).status(), 200);
}

#[tokio::test(start_paused = true)]
async fn trailers_are_last() {
    let shutdown = Shutdown::new();
    let script = Script::default();
    let layer = kept_alive().max_age(SILENCE).shutdown(&shutdown);
    let mut body = events(&layer, &script);
    script.say("data: a\n\n");
    script.say_trailers();
    assert_eq!(look(&mut body), data("data: a\n\n"));
    assert_eq!(look(&mut body), Look::Trailers);
    shutdown.begin();
    advance(SILENCE * 10).await;
    assert_eq!(look(&mut body), Look::Nothing);
    script.end();
    assert_eq!(look(&mut body), Look::End);
}

#[tokio::test(start_paused = true)]
async fn an_error_passes_and_is_the_end() {
    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    script.say("data: a\n");
    script.fail();
    assert_eq!(look(&mut body), data("data: a\n"));
    assert_eq!(look(&mut body), Look::Error);
    assert!(script.is_dropped() && body.is_end_stream());
    advance(SILENCE).await;
    assert_eq!(look(&mut body), Look::End);
}

#[test]
fn a_dropped_body_drops_the_services_at_once() {
    let script = Script::default();
    let mut body = events(&kept_alive().retry(MOMENT), &script);
    assert_eq!(look(&mut body), data("retry: 1\n"));
    drop(body);
    assert!(script.is_dropped());
    assert_eq!(script.polls(), 0);
}

/// One frame out for one look, and the next is asked for at the next.
#[tokio::test(start_paused = true)]
async fn frames_pass_one_by_one_as_they_are() {
    let script = Script::default();
    let mut body = events(&kept_alive(), &script);
    let pieces = ["data: ", "a\r", "\n", "\n", "id: 1\ndata: b\n\ndata:"];
    for piece in pieces {
        script.say(piece);
    }
    script.end();
    for (number, piece) in (1..).zip(pieces) {
        assert_eq!(look(&mut body), data(piece));
        assert_eq!(script.polls(), number);
    }
    assert_eq!(look(&mut body), Look::End);
    assert_eq!(script.polls(), pieces.len() + 1);
}

/// Nobody knows where a line of it ends.
#[tokio::test(start_paused = true)]
async fn nothing_is_put_into_an_encoded_stream_but_it_ends_in_time() {
    for (encoding, is_plain) in [("gzip", false), ("identity", true), ("identity, br", false)] {
        let script = Script::default();
        let layer = kept_alive().retry(MOMENT).max_age(SILENCE * 2).jitter_percent(0);
        let headers = [EVENT_STREAM[0], ("content-encoding", encoding)];
        let get = Request::get("/").body(()).unwrap();
        let mut body = answered(&layer, &script, get, &headers).into_body();
        if is_plain {
            assert_eq!(look(&mut body), data("retry: 1\n"));
        }
        assert_eq!(look(&mut body), Look::Nothing);
        script.say("\u{feff}data: a\n\n");
        let expected = if is_plain { "data: a\n\n" } else { "\u{feff}data: a\n\n" };
        assert_eq!(look(&mut body), data(expected));
        assert_eq!(look(&mut body), Look::Nothing);
        advance(SILENCE).await;
        assert_eq!(look(&mut body), if is_plain { data(":\n\n") } else { Look::Nothing });
        advance(SILENCE).await;
        assert_eq!(look(&mut body), Look::End);
    }
}

#[test]
fn a_body_into_which_nothing_is_put_is_the_services() {
    let busy = kept_alive().retry(MOMENT).max_age(SILENCE).shutdown(&Shutdown::new());
    let lines = || SseLayer::for_other_streams(["application/x-ndjson"]).unwrap();
    let request = |method| Request::builder().method(method).uri("/").body(()).unwrap();
    for (layer, method, content_type) in [
        (SseLayer::new(), Method::GET, "text/event-stream"),
        (busy.clone(), Method::GET, "text/plain"),
        (busy.clone(), Method::HEAD, "text/event-stream"),
        (busy.clone(), Method::CONNECT, "text/event-stream"),
        (lines(), Method::GET, "application/x-ndjson"),
        (lines().keep_alive(SILENCE).retry(MOMENT), Method::GET, "application/x-ndjson"),
    ] {
        let inner = tower::service_fn(|_: Request<()>| {
            let mut response = http::Response::new(Full::new(Bytes::from_static(b"data: a\n\n")));
            response.headers_mut().insert("content-type", content_type.parse().unwrap());
            std::future::ready(Ok::<_, std::convert::Infallible>(response))
        });
        let mut service = tower::Layer::layer(&layer, inner);
        let mut future = pin!(tower::Service::call(&mut service, request(method)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(response) = future.as_mut().poll(&mut context) else { panic!() };
        let mut body: SseBody<Full<Bytes>> = response.unwrap().into_body();
        assert_eq!(body.size_hint().exact(), Some(9), "{content_type}");
        assert!(!body.is_end_stream());
        assert_eq!(look(&mut body), data("data: a\n\n"));
        assert!(body.is_end_stream());
        assert_eq!(look(&mut body), Look::End);
    }
}

#[test]
fn the_size_of_a_stream_that_may_grow_is_not_said() {
    let body: SseBody<Scripted> = events(&kept_alive(), &Script::default());
    assert_eq!((body.size_hint().lower(), body.size_hint().upper()), (0, None));
}
