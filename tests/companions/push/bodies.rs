//! Insertions into event streams (keep-alive comments and `retry`) and their ends.
//! COMPANIONS section 2, E3, E7; STANDARDS S1, S4, S5.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use http::{HeaderName, Method, Request};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::time::{Instant, advance, timeout};
use tower_cross_origin::push::{Shutdown, SseBody, SseLayer};

use crate::scripted::{
    BodyScript, EVENT_STREAM, Polled, ScriptedBody, data, event_source, poll_body, respond,
    sse_body,
};

const INTERVAL: Duration = SseLayer::KEEP_ALIVE;
const MILLISECOND: Duration = Duration::from_millis(1);
/// One millisecond less than the interval.
const NEARLY: Duration = Duration::from_millis(14_999);

fn keep_alive_layer() -> SseLayer {
    SseLayer::new().keep_alive(INTERVAL)
}

// Each row lists frames, and the comment that follows each frame after an interval of silence.
#[tokio::test(start_paused = true)]
async fn keep_alive_is_inserted_only_between_lines() {
    for pieces in [
        &[("", ":\n")][..],
        &[("data: a\n", ":\n"), ("\n", ":\n\n")],
        &[("data: a\n\n", ":\n\n"), ("data: b\n\n", ":\n\n")],
        // In the middle of a line, the comment waits for the end of the line.
        &[("data: ab", ""), ("c", ""), ("\n", ":\n"), ("\n", ":\n\n")],
        &[(":", ""), ("\n", ":\n")],
        // A CR may be the first half of a line end.
        &[("data: a\r", ""), ("\n", ":\n"), ("\r", ""), ("\n", ":\n\n")],
        &[("data: a\r", ""), ("\r", ""), ("d", ""), ("ata\n\n", ":\n\n")],
        &[("data: a\r\n\r\n", ":\n\n"), ("\r\n", ":\n\n")],
        // A byte order mark is complete after three bytes.
        &[("\u{feff}", ":\n"), ("data: a\n", ":\n")],
        &[("\u{feff}\u{feff}", ""), ("data: a\n", ":\n")],
        &[("", ":\n"), ("", ":\n"), ("data: a\n\n", ":\n\n"), ("", ":\n\n")],
    ] {
        let script = BodyScript::default();
        let mut body = sse_body(&keep_alive_layer(), &script);
        for (piece, comment) in pieces {
            if !piece.is_empty() {
                script.send(piece);
                assert_eq!(poll_body(&mut body), data(piece), "{pieces:?}");
            }
            assert_eq!(poll_body(&mut body), Polled::Pending, "{pieces:?}");
            advance(INTERVAL).await;
            let expected = if comment.is_empty() { Polled::Pending } else { data(comment) };
            assert_eq!(poll_body(&mut body), expected, "after {piece:?} of {pieces:?}");
            assert_eq!(poll_body(&mut body), Polled::Pending, "{pieces:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn forwarded_frame_restarts_the_interval() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    for _ in 0..3 {
        advance(NEARLY).await;
        assert_eq!(poll_body(&mut body), Polled::Pending);
        script.send("data: a\n\n");
        assert_eq!(poll_body(&mut body), data("data: a\n\n"));
        assert_eq!(poll_body(&mut body), Polled::Pending);
    }
    advance(NEARLY).await;
    assert_eq!(poll_body(&mut body), Polled::Pending);
    advance(MILLISECOND).await;
    assert_eq!(poll_body(&mut body), data(":\n\n"));
}

// Only the timer wakes the task.
#[tokio::test(start_paused = true)]
async fn idle_stream_gets_a_comment_at_each_interval() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    let start = Instant::now();
    for number in 1..=4_u32 {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), ":\n");
        let (due, passed) = (INTERVAL * number, start.elapsed());
        assert!(due <= passed && passed <= due + MILLISECOND * number, "{passed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ready_frame_precedes_a_due_comment() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    assert_eq!(poll_body(&mut body), Polled::Pending);
    script.send("data: a\n\n");
    advance(INTERVAL * 2).await;
    assert_eq!(poll_body(&mut body), data("data: a\n\n"));
    assert_eq!(poll_body(&mut body), Polled::Pending);
}

// A shorter interval would fill the stream with comments.
#[tokio::test(start_paused = true)]
async fn interval_is_at_least_one_second() {
    let script = BodyScript::default();
    let mut body = sse_body(&SseLayer::new().keep_alive(Duration::ZERO), &script);
    assert_eq!(poll_body(&mut body), Polled::Pending);
    advance(Duration::from_millis(999)).await;
    assert_eq!(poll_body(&mut body), Polled::Pending);
    advance(MILLISECOND).await;
    assert_eq!(poll_body(&mut body), data(":\n"));
    assert_eq!(poll_body(&mut body), Polled::Pending);
}

#[test]
fn stream_begins_with_retry_before_the_first_frame() {
    let script = BodyScript::default();
    let layer = SseLayer::new().retry(Duration::from_micros(2_500_900));
    let mut body = sse_body(&layer, &script);
    assert!(!body.is_end_stream());
    assert_eq!(poll_body(&mut body), data("retry: 2500\n"));
    assert_eq!(script.polls(), 0, "the body of the service has not been polled");
    assert_eq!(poll_body(&mut body), Polled::Pending);
    script.send("data: a\n\n");
    script.end();
    assert_eq!(poll_body(&mut body), data("data: a\n\n"));
    assert_eq!(poll_body(&mut body), Polled::End);
}

#[test]
fn empty_stream_begins_with_retry() {
    let inner = tower::service_fn(|_: Request<()>| {
        let mut response = http::Response::new(Full::<Bytes>::default());
        response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let mut service = tower::Layer::layer(&SseLayer::new().retry(MILLISECOND), inner);
    let mut future = pin!(tower::Service::call(&mut service, Request::new(())));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(response) = future.as_mut().poll(&mut context) else { panic!() };
    let mut body = response.unwrap().into_body();
    assert!(!body.is_end_stream());
    assert_eq!(poll_body(&mut body), data("retry: 1\n"));
    assert!(body.is_end_stream());
    assert_eq!(poll_body(&mut body), Polled::End);
}

// Clients remove a byte order mark only at the beginning. Elsewhere, it is part of a field name.
#[test]
fn bom_after_retry_is_removed() {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    for (pieces, expected) in [
        (&[MARK, b"data: a\n\n"][..], &["data: a\n\n"][..]),
        (&["\u{feff}data: a\n\n".as_bytes()], &["data: a\n\n"]),
        (&[&MARK[..1], &MARK[1..2], &MARK[2..], b"data: a\n\n"], &["data: a\n\n"]),
        (&[&MARK[..2], b"\xBFdata: a\n\n", MARK], &["data: a\n\n", "\u{feff}"]),
        // Only one mark is removed, and only if it is complete.
        (&[MARK, MARK, b"data: a\n\n"], &["\u{feff}", "data: a\n\n"]),
        (&[&MARK[..2], b"a"], &["\u{fffd}a"]),
        (&[b"data: \xEF", b"\xBB\xBF\n\n"], &["data: \u{fffd}", "\u{fffd}\u{fffd}\n\n"]),
        (&[&MARK[..2]], &[]),
    ] {
        let script = BodyScript::default();
        let mut body = sse_body(&SseLayer::new().retry(Duration::from_secs(1)), &script);
        for piece in pieces {
            script.send(piece);
        }
        script.end();
        assert_eq!(poll_body(&mut body), data("retry: 1000\n"));
        for expected in expected {
            assert_eq!(poll_body(&mut body), data(expected), "{pieces:?}");
        }
        assert_eq!(poll_body(&mut body), Polled::End, "{pieces:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn bom_is_removed_after_a_comment_and_kept_before_it() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    assert_eq!(poll_body(&mut body), Polled::Pending);
    advance(INTERVAL).await;
    assert_eq!(poll_body(&mut body), data(":\n"));
    script.send("\u{feff}data: a\n\n");
    assert_eq!(poll_body(&mut body), data("data: a\n\n"));

    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    script.send("\u{feff}");
    assert_eq!(poll_body(&mut body), data("\u{feff}"));
    assert_eq!(poll_body(&mut body), Polled::Pending);
    advance(INTERVAL).await;
    assert_eq!(poll_body(&mut body), data(":\n"));
}

// Only the first is a byte order mark. The second is the beginning of a line.
#[tokio::test(start_paused = true)]
async fn second_bom_is_treated_as_data() {
    for (layer, before) in
        [(keep_alive_layer().retry(MILLISECOND), "retry: 1\n"), (keep_alive_layer(), ":\n")]
    {
        let script = BodyScript::default();
        let mut body = sse_body(&layer, &script);
        if before == ":\n" {
            assert_eq!(poll_body(&mut body), Polled::Pending);
            advance(INTERVAL).await;
        }
        assert_eq!(poll_body(&mut body), data(before));
        script.send("\u{feff}");
        assert_eq!(poll_body(&mut body), Polled::Pending);
        script.send("\u{feff}");
        assert_eq!(poll_body(&mut body), data("\u{feff}"));
        assert_eq!(poll_body(&mut body), Polled::Pending);
        advance(INTERVAL).await;
        assert_eq!(poll_body(&mut body), Polled::Pending, "in the middle of a line");
    }
}

// The timer is reset to an earlier deadline.
#[tokio::test(start_paused = true)]
async fn next_deadline_wakes_the_reader() {
    let script = BodyScript::default();
    let layer = keep_alive_layer().max_age(INTERVAL * 10).jitter_percent(0);
    let mut body = sse_body(&layer, &script);
    script.send("data: a");
    assert_eq!(frame_after(&mut body, 0).await, "data: a");
    assert_eq!(poll_body(&mut body), Polled::Pending);
    advance(INTERVAL * 2).await;
    script.send("\n");
    assert_eq!(frame_after(&mut body, 0).await, "\n");
    assert_eq!(frame_after(&mut body, 15).await, ":\n");
    script.send("data: b");
    assert_eq!(frame_after(&mut body, 0).await, "data: b");
    // The end is due at 150 s, and waits one second for the end of an event.
    let start = Instant::now();
    let end = timeout(INTERVAL * 100, body.frame()).await.expect("the timer must wake the reader");
    assert!(end.is_none());
    assert_eq!(start.elapsed().as_secs(), 150 - 45 + 1);
}

#[track_caller]
fn frame_after(
    body: &mut SseBody<ScriptedBody>,
    seconds: u64,
) -> impl Future<Output = String> + use<'_> {
    let start = Instant::now();
    async move {
        let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(start.elapsed().as_secs(), seconds, "{data:?}");
        String::from_utf8(data.to_vec()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn earlier_of_two_ends_applies() {
    for (max_age, window, seconds) in [(10, 1000, 10), (1000, 0, 5)] {
        let shutdown = Shutdown::new();
        let layer = SseLayer::new()
            .max_age(Duration::from_secs(max_age))
            .jitter_percent(0)
            .shutdown(&shutdown)
            .shutdown_window(Duration::from_secs(window));
        let start = Instant::now();
        let mut bodies: Vec<_> =
            (0..20).map(|_| sse_body(&layer, &BodyScript::default())).collect();
        advance(Duration::from_secs(5)).await;
        shutdown.begin();
        for body in &mut bodies {
            assert!(body.frame().await.is_none());
        }
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn stream_ends_in_the_last_fifth_of_its_maximum_age() {
    for _ in 0..20 {
        let (script, start) = (BodyScript::default(), Instant::now());
        let layer = SseLayer::new().max_age(Duration::from_secs(10));
        let mut body = sse_body(&layer, &script);
        script.send("data: a\n\n");
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "data: a\n\n");
        assert!(body.frame().await.is_none());
        let age = start.elapsed();
        let (least, most) = (Duration::from_secs(8), Duration::from_secs(10) + MILLISECOND);
        assert!(least <= age && age <= most, "{age:?}");
        assert!(script.is_dropped() && body.is_end_stream());
        assert_eq!(poll_body(&mut body), Polled::End);
    }
}

#[tokio::test(start_paused = true)]
async fn end_waits_one_second_for_the_end_of_an_event() {
    let layer = SseLayer::new().max_age(Duration::from_secs(10)).jitter_percent(0);
    for (first, more, is_incomplete) in [
        ("data: a\n", "\n", false),
        ("data: a", "\n\n", false),
        ("data: a\n", "data: b\n", true),
        ("data: a\r\n\r", "", false),
    ] {
        let script = BodyScript::default();
        let mut body = sse_body(&layer, &script);
        script.send(first);
        assert_eq!(poll_body(&mut body), data(first));
        assert_eq!(poll_body(&mut body), Polled::Pending);
        advance(Duration::from_secs(10)).await;
        if !more.is_empty() {
            assert_eq!(poll_body(&mut body), Polled::Pending, "{first:?}");
            advance(Duration::from_millis(999)).await;
            assert_eq!(poll_body(&mut body), Polled::Pending, "{first:?}");
            script.send(more);
            assert_eq!(poll_body(&mut body), data(more), "{first:?}");
        }
        if is_incomplete {
            assert_eq!(poll_body(&mut body), Polled::Pending, "{first:?}");
            advance(MILLISECOND).await;
        }
        assert_eq!(poll_body(&mut body), Polled::End, "{first:?}");
        assert!(script.is_dropped());
    }
}

#[tokio::test(start_paused = true)]
async fn stream_with_endless_frames_ends() {
    let script = BodyScript::default();
    let layer = SseLayer::new().max_age(Duration::from_secs(10)).jitter_percent(0);
    let mut body = sse_body(&layer, &script);
    for _ in 0..30 {
        script.send("data: a\n\n");
    }
    assert_eq!(poll_body(&mut body), data("data: a\n\n"));
    advance(Duration::from_secs(10)).await;
    assert_eq!(poll_body(&mut body), Polled::End);
}

#[tokio::test(start_paused = true)]
async fn any_duration_is_accepted() {
    for duration in [Duration::ZERO, MILLISECOND, Duration::MAX] {
        let shutdown = Shutdown::new();
        let layer = SseLayer::new()
            .keep_alive(duration)
            .max_age(duration)
            .retry(duration)
            .shutdown(&shutdown)
            .shutdown_window(duration)
            .jitter_percent(u8::MAX);
        let mut body = sse_body(&layer, &BodyScript::default());
        poll_body(&mut body);
        poll_body(&mut body);
        shutdown.begin();
        advance(INTERVAL).await;
        poll_body(&mut body);
        poll_body(&mut sse_body(&layer, &BodyScript::default()));
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_every_stream_within_its_window() {
    for window in [Duration::ZERO, Duration::from_secs(30)] {
        let shutdown = Shutdown::new();
        let layer = keep_alive_layer().shutdown(&shutdown).shutdown_window(window);
        let mut ends = Vec::new();
        for _ in 0..50 {
            let script = BodyScript::default();
            let mut body = sse_body(&layer, &script);
            assert_eq!(poll_body(&mut body), Polled::Pending);
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
        assert!(*last <= window + MILLISECOND * 2, "{last:?}");
        let early = after.iter().filter(|end| **end < window / 2).count();
        assert!(window.is_zero() || (5..=45).contains(&early), "{early} in the first half");

        // A stream that begins after the window ends at once.
        let script = BodyScript::default();
        script.send("data: a\n\n");
        advance(window).await;
        let mut late = sse_body(&layer, &script);
        assert_eq!(poll_body(&mut late), Polled::End);
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_wakes_streams_without_another_timer() {
    let shutdown = Shutdown::new();
    let mut body = sse_body(&SseLayer::new().shutdown(&shutdown), &BodyScript::default());
    let reader = tokio::spawn(async move { body.frame().await.is_none() });
    tokio::task::yield_now().await;
    assert!(!reader.is_finished());
    shutdown.begin();
    assert!(reader.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn stop_reconnecting_responds_with_204_after_the_shutdown() {
    let shutdown = Shutdown::new();
    let window = Duration::from_secs(30);
    let layer = SseLayer::new().shutdown(&shutdown).shutdown_window(window);
    let stopping = layer.clone().stop_reconnecting();
    for layer in [&layer, &stopping] {
        assert_eq!(
            respond(layer, &BodyScript::default(), event_source(), &EVENT_STREAM).status(),
            200
        );
    }
    shutdown.begin();
    assert_eq!(
        respond(&layer, &BodyScript::default(), event_source(), &EVENT_STREAM).status(),
        200
    );

    let script = BodyScript::default();
    let headers = [EVENT_STREAM[0], ("vary", "origin"), ("content-length", "9")];
    let response = respond(&stopping, &script, event_source(), &headers);
    assert_eq!(response.status(), 204);
    let mut names: Vec<&str> = response.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "vary"]);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(script.is_dropped() && response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(0));

    // Neither request comes from an `EventSource`, and a response without the media type is not a stream.
    for other in [Request::post("/"), Request::get("/").header("accept", "*/*")] {
        let other = other.body(()).unwrap();
        assert_eq!(respond(&stopping, &BodyScript::default(), other, &EVENT_STREAM).status(), 200);
    }
    assert_eq!(respond(&stopping, &BodyScript::default(), event_source(), &[]).status(), 200);
}

#[tokio::test(start_paused = true)]
async fn trailers_are_last() {
    let shutdown = Shutdown::new();
    let script = BodyScript::default();
    let layer = keep_alive_layer().max_age(INTERVAL).shutdown(&shutdown);
    let mut body = sse_body(&layer, &script);
    script.send("data: a\n\n");
    script.send_trailers();
    assert_eq!(poll_body(&mut body), data("data: a\n\n"));
    assert_eq!(poll_body(&mut body), Polled::Trailers);
    shutdown.begin();
    advance(INTERVAL * 10).await;
    assert_eq!(poll_body(&mut body), Polled::Pending);
    script.end();
    assert_eq!(poll_body(&mut body), Polled::End);
}

#[tokio::test(start_paused = true)]
async fn error_is_forwarded_and_ends_the_body() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    script.send("data: a\n");
    script.fail();
    assert_eq!(poll_body(&mut body), data("data: a\n"));
    assert_eq!(poll_body(&mut body), Polled::Error);
    assert!(script.is_dropped() && body.is_end_stream());
    advance(INTERVAL).await;
    assert_eq!(poll_body(&mut body), Polled::End);
}

#[test]
fn dropped_body_drops_the_body_of_the_service() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer().retry(MILLISECOND), &script);
    assert_eq!(poll_body(&mut body), data("retry: 1\n"));
    drop(body);
    assert!(script.is_dropped());
    assert_eq!(script.polls(), 0);
}

// Each poll forwards one frame, and polls the service's body once.
#[tokio::test(start_paused = true)]
async fn frames_are_forwarded_one_by_one_unchanged() {
    let script = BodyScript::default();
    let mut body = sse_body(&keep_alive_layer(), &script);
    let pieces = ["data: ", "a\r", "\n", "\n", "id: 1\ndata: b\n\ndata:"];
    for piece in pieces {
        script.send(piece);
    }
    script.end();
    for (number, piece) in (1..).zip(pieces) {
        assert_eq!(poll_body(&mut body), data(piece));
        assert_eq!(script.polls(), number);
    }
    assert_eq!(poll_body(&mut body), Polled::End);
    assert_eq!(script.polls(), pieces.len() + 1);
}

// The layer cannot find line ends in an encoded stream.
#[tokio::test(start_paused = true)]
async fn encoded_stream_gets_no_comments_but_ends_in_time() {
    for (encoding, is_plain) in [("gzip", false), ("identity", true), ("identity, br", false)] {
        let script = BodyScript::default();
        let layer = keep_alive_layer().retry(MILLISECOND).max_age(INTERVAL * 2).jitter_percent(0);
        let headers = [EVENT_STREAM[0], ("content-encoding", encoding)];
        let mut body = respond(&layer, &script, event_source(), &headers).into_body();
        if is_plain {
            assert_eq!(poll_body(&mut body), data("retry: 1\n"));
        }
        assert_eq!(poll_body(&mut body), Polled::Pending);
        script.send("\u{feff}data: a\n\n");
        let expected = if is_plain { "data: a\n\n" } else { "\u{feff}data: a\n\n" };
        assert_eq!(poll_body(&mut body), data(expected));
        assert_eq!(poll_body(&mut body), Polled::Pending);
        advance(INTERVAL).await;
        assert_eq!(poll_body(&mut body), if is_plain { data(":\n\n") } else { Polled::Pending });
        advance(INTERVAL).await;
        assert_eq!(poll_body(&mut body), Polled::End);
    }
}

// R15: a comment would corrupt the stream of a decoder. Without the header, the same bytes get comments.
#[tokio::test(start_paused = true)]
async fn encoded_bytes_are_never_changed() {
    // The line ends look like line ends of a plain stream.
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\n\n".as_slice();
    for (coding, is_changed) in [
        ("", true),
        ("identity", true),
        ("Identity, IDENTITY", true),
        ("gzip", false),
        ("X-GZIP", false),
        ("br", false),
        ("zstd", false),
        ("deflate", false),
        ("identity, gzip", false),
        ("new", false),
    ] {
        let script = BodyScript::default();
        let layer = keep_alive_layer().retry(MILLISECOND);
        let headers = [EVENT_STREAM[0], ("content-encoding", coding)];
        let mut body = respond(&layer, &script, event_source(), &headers).into_body();
        let mut output = Vec::new();
        for part in [&b""[..], &gzip[..2], &gzip[2..11], &gzip[11..], gzip] {
            script.send(part);
            advance(INTERVAL).await;
            read_ready(&mut body, &mut output);
            advance(INTERVAL).await;
            read_ready(&mut body, &mut output);
        }
        assert_eq!(output != [gzip, gzip].concat(), is_changed, "{coding:?}: {output:?}");
    }
}

fn read_ready(body: &mut SseBody<ScriptedBody>, output: &mut Vec<u8>) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while let std::task::Poll::Ready(Some(frame)) = pin!(&mut *body).poll_frame(&mut context) {
        output.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
}

// R27: openai reads the events of a POST with `fetch`, and took the end for the end of the response.
#[tokio::test(start_paused = true)]
async fn only_streams_of_clients_that_reconnect_are_ended() {
    let events = "text/event-stream";
    for (method, accept, is_ended) in [
        (Method::GET, &[events][..], true),
        (Method::GET, &["Text/Event-Stream"], true),
        (Method::GET, &["text/event-stream; charset=utf-8"], true),
        (Method::POST, &[events], false),
        (Method::PUT, &[events], false),
        (Method::from_bytes(b"QUERY").unwrap(), &[events], false),
        (Method::GET, &["application/json, text/event-stream"], false),
        (Method::GET, &["text/event-stream, */*"], false),
        (Method::GET, &["text/event-stream;q=0.5, application/json"], false),
        (Method::GET, &[events, "application/json"], false),
        (Method::GET, &["*/*"], false),
        (Method::GET, &["text/*"], false),
        (Method::GET, &["text/event-streams"], false),
        (Method::GET, &[""], false),
        (Method::GET, &[], false),
    ] {
        for layer in [
            |_: &Shutdown| SseLayer::new().max_age(Duration::from_secs(2)),
            |shutdown: &Shutdown| SseLayer::new().shutdown(shutdown),
            |shutdown: &Shutdown| keep_alive_layer().max_age(INTERVAL).shutdown(shutdown),
        ] {
            let shutdown = Shutdown::new();
            let layer = layer(&shutdown);
            let mut request = Request::builder().method(&method).uri("/").body(()).unwrap();
            for line in accept {
                request.headers_mut().append("accept", line.parse().unwrap());
            }
            let script = BodyScript::default();
            script.send("data: 0\n\n");
            let mut body = respond(&layer, &script, request, &EVENT_STREAM).into_body();
            assert_eq!(poll_body(&mut body), data("data: 0\n\n"));
            assert_eq!(poll_body(&mut body), Polled::Pending);
            shutdown.begin();
            advance(Duration::from_secs(2)).await;
            let end = if is_ended { Polled::End } else { Polled::Pending };
            assert_eq!(poll_body(&mut body), end, "{method} {accept:?}");
            assert_eq!(script.is_dropped(), is_ended, "{method} {accept:?}");
        }
    }
}

#[test]
fn unchanged_body_keeps_its_size_and_end() {
    let layer_with_everything =
        keep_alive_layer().retry(MILLISECOND).max_age(INTERVAL).shutdown(&Shutdown::new());
    let lines = || SseLayer::for_other_streams(["application/x-ndjson"]).unwrap();
    let request = |method| Request::builder().method(method).uri("/").body(()).unwrap();
    for (layer, method, content_type) in [
        (SseLayer::new(), Method::GET, "text/event-stream"),
        (layer_with_everything.clone(), Method::GET, "text/plain"),
        (layer_with_everything.clone(), Method::HEAD, "text/event-stream"),
        (layer_with_everything.clone(), Method::CONNECT, "text/event-stream"),
        (lines(), Method::GET, "application/x-ndjson"),
        (lines().keep_alive(INTERVAL).retry(MILLISECOND), Method::GET, "application/x-ndjson"),
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
        assert_eq!(poll_body(&mut body), data("data: a\n\n"));
        assert!(body.is_end_stream());
        assert_eq!(poll_body(&mut body), Polled::End);
    }
}

#[test]
fn size_of_a_stream_with_insertions_is_unknown() {
    let body: SseBody<ScriptedBody> = sse_body(&keep_alive_layer(), &BodyScript::default());
    assert_eq!((body.size_hint().lower(), body.size_hint().upper()), (0, None));
}
