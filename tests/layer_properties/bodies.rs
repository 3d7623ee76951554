//! Properties of response bodies. DESIGN 14; COMPANIONS, section 3, L1 to L5.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame};
use tokio::runtime::Handle;

use super::{
    gate::{BodyError, Gate},
    subject::{
        EVENT_STREAM, MEDIA_TYPES, Subject, WakeFlag, forwarded_requests, respond, streams,
        streams_with,
    },
};

/// Checks that the layer forwards each frame before the service produces the next one.
///
/// The layer does not join, split or delay frames.
pub(crate) fn frames_are_forwarded_immediately<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        for text in ["one", "", "two\n", "\n"] {
            assert_eq!(next(&mut body), "pending");
            gate.data(text);
            assert_eq!(next(&mut body), format!("data {text:?}"));
        }
        assert_eq!(next(&mut body), "pending");
        gate.end();
        assert_eq!(next(&mut body), "end");
    }
}

pub(crate) fn waiting_reader_is_woken_by_frame<L: Subject>(layer: &L) {
    type Event = fn(&Gate);
    let events: [Event; 4] = [|gate| gate.data("one"), Gate::trailers, Gate::fail, Gate::end];
    for event in events {
        for (gate, mut body) in streams(layer) {
            let wake_flag = Arc::new(WakeFlag::default());
            let waker = Waker::from(wake_flag.clone());
            assert_eq!(poll(&mut body, &waker), "pending");
            assert!(!wake_flag.take(), "woken before any frame");
            event(&gate);
            assert!(wake_flag.take());
        }
    }
}

pub(crate) fn body_is_polled_at_most_once_after_last_frame<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        for text in ["one", "two", "three"] {
            gate.data(text);
        }
        gate.trailers();
        assert_eq!(rest(&mut body).len(), 5);
        assert!(gate.polls() <= 4 + 1, "{} polls", gate.polls());
    }
}

/// Checks that the layer does not read ahead.
pub(crate) fn body_is_polled_only_on_read<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        for text in ["one", "two", "three"] {
            gate.data(text);
        }
        assert_eq!(gate.polls(), 0, "the layer reads ahead");
        for (polls, text) in (1..).zip(["one", "two", "three"]) {
            assert_eq!(next(&mut body), format!("data {text:?}"));
            assert_eq!(gate.polls(), polls);
        }
    }
}

pub(crate) fn dropped_body_drops_inner_body<L: Subject>(layer: &L) {
    for frames in 0..3 {
        for (gate, mut body) in streams(layer) {
            for _ in 0..frames {
                gate.data("one");
                assert_eq!(next(&mut body), "data \"one\"");
            }
            assert_eq!(next(&mut body), "pending");
            assert!(!gate.is_dropped());
            drop(body);
            assert!(gate.is_dropped(), "after {frames} frames");
        }
    }
}

pub(crate) fn body_does_not_spawn_tasks<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        gate.data("one");
        assert_eq!(next(&mut body), "data \"one\"");
        assert_eq!(next(&mut body), "pending");
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    }
}

pub(crate) fn trailers_are_sent_once_and_last<L: Subject>(layer: &L) {
    let trailers = "trailers {\"grpc-status\": \"0\"}";
    for (gate, mut body) in streams(layer) {
        gate.data("one");
        gate.trailers();
        assert_eq!(rest(&mut body), ["data \"one\"", trailers, "end"]);
    }
    for (gate, mut body) in streams(layer) {
        gate.trailers();
        assert_eq!(rest(&mut body), [trailers, "end"], "only trailers");
    }
}

pub(crate) fn body_error_is_forwarded_and_ends_body<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        gate.data("one");
        gate.fail();
        assert_eq!(rest(&mut body), ["data \"one\"", "error BodyError", "end"]);
    }
}

pub(crate) fn size_hint_and_end_match_inner_body<L: Subject>(layer: &L) {
    for media_type in MEDIA_TYPES {
        check_size_and_end(layer, media_type);
    }
    for (gate, body) in streams(layer) {
        assert_eq!((body.size_hint().lower(), body.size_hint().upper()), (0, None));
        gate.end();
        assert!(body.is_end_stream(), "the inner body ended before it was read");
    }
}

pub(crate) fn empty_body_is_at_end_of_stream<L: Subject>(layer: &L) {
    for request in forwarded_requests(layer) {
        let gate = Gate::default();
        gate.end();
        let response = respond(layer, request, Response::new(gate.body(Some(0))));
        let mut body = Box::pin(response.into_body());
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert_eq!(next(&mut body), "end");
    }
}

fn check_size_and_end<L: Subject>(layer: &L, media_type: &'static str) {
    for (gate, mut body) in streams_with(layer, media_type, Some(6)) {
        // A layer that may still add a comment to an event stream does not know the size.
        let is_known = media_type != EVENT_STREAM || body.size_hint().upper().is_some();
        for (exact, text) in [(6, "one"), (3, "two")] {
            assert_eq!(body.size_hint().exact(), is_known.then_some(exact));
            assert!(!body.is_end_stream());
            gate.data(text);
            assert_eq!(next(&mut body), format!("data {text:?}"));
        }
        assert_eq!(body.size_hint().exact(), is_known.then_some(0));
        assert!(!body.is_end_stream(), "trailers are still possible");
        gate.trailers();
        assert!(!body.is_end_stream(), "trailers are not read yet");
        assert!(next(&mut body).starts_with("trailers"));
        assert!(body.is_end_stream());
    }
}

/// Polls the body once, and returns the result as text.
fn next<B>(body: &mut Pin<Box<B>>) -> String
where
    B: Body<Data = Bytes, Error = BodyError>,
{
    poll(body, Waker::noop())
}

fn poll<B>(body: &mut Pin<Box<B>>, waker: &Waker) -> String
where
    B: Body<Data = Bytes, Error = BodyError>,
{
    match body.as_mut().poll_frame(&mut Context::from_waker(waker)) {
        Poll::Pending => "pending".to_owned(),
        Poll::Ready(None) => "end".to_owned(),
        Poll::Ready(Some(Err(error))) => format!("error {error:?}"),
        Poll::Ready(Some(Ok(frame))) => match frame.into_data().map_err(Frame::into_trailers) {
            Ok(data) => format!("data {:?}", String::from_utf8_lossy(&data)),
            Err(trailers) => format!("trailers {:?}", trailers.unwrap()),
        },
    }
}

/// Polls the body up to its end, and returns the results as text.
fn rest<B>(body: &mut Pin<Box<B>>) -> Vec<String>
where
    B: Body<Data = Bytes, Error = BodyError>,
{
    let mut frames = Vec::new();
    while frames.last().is_none_or(|frame| frame != "end") {
        assert!(frames.len() < 10, "no end: {frames:?}");
        frames.push(next(body));
    }
    frames
}
