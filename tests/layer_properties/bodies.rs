//! What holds for the body of every response. DESIGN 14; COMPANIONS, section 3, L1 to L5.

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
    gate::{Cut, Gate},
    subject::{EVENT_STREAM, MEDIA_TYPES, Subject, Woken, passed_on, respond, streams, streams_of},
};

/// Nothing is gathered, cut or held back: what the service produces is out before it produces more.
pub(crate) fn each_frame_is_out_before_the_next_is_produced<L: Subject>(layer: &L) {
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

pub(crate) fn who_waits_for_a_frame_is_woken_by_it<L: Subject>(layer: &L) {
    type Event = fn(&Gate);
    let events: [Event; 4] = [|gate| gate.data("one"), Gate::trailers, Gate::cut, Gate::end];
    for event in events {
        for (gate, mut body) in streams(layer) {
            let woken = Arc::new(Woken::default());
            let waker = Waker::from(woken.clone());
            assert_eq!(poll(&mut body, &waker), "pending");
            assert!(!woken.take(), "before there is anything");
            event(&gate);
            assert!(woken.take());
        }
    }
}

pub(crate) fn a_body_is_polled_at_most_once_more_than_it_has_frames<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        for text in ["one", "two", "three"] {
            gate.data(text);
        }
        gate.trailers();
        assert_eq!(rest(&mut body).len(), 5);
        assert!(gate.polls() <= 4 + 1, "{} polls", gate.polls());
    }
}

/// The service is not asked for what nobody reads yet.
pub(crate) fn a_body_is_polled_only_when_it_is_read<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        for text in ["one", "two", "three"] {
            gate.data(text);
        }
        assert_eq!(gate.polls(), 0, "nothing is read ahead");
        for (polls, text) in (1..).zip(["one", "two", "three"]) {
            assert_eq!(next(&mut body), format!("data {text:?}"));
            assert_eq!(gate.polls(), polls);
        }
    }
}

pub(crate) fn a_dropped_body_drops_that_of_the_service_at_once<L: Subject>(layer: &L) {
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

pub(crate) fn no_task_carries_a_body<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        gate.data("one");
        assert_eq!(next(&mut body), "data \"one\"");
        assert_eq!(next(&mut body), "pending");
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    }
}

pub(crate) fn trailers_come_once_and_last<L: Subject>(layer: &L) {
    let trailers = "trailers {\"grpc-status\": \"0\"}";
    for (gate, mut body) in streams(layer) {
        gate.data("one");
        gate.trailers();
        assert_eq!(rest(&mut body), ["data \"one\"", trailers, "end"]);
    }
    for (gate, mut body) in streams(layer) {
        gate.trailers();
        assert_eq!(rest(&mut body), [trailers, "end"], "trailers alone");
    }
}

pub(crate) fn an_error_of_the_body_passes_and_ends_it<L: Subject>(layer: &L) {
    for (gate, mut body) in streams(layer) {
        gate.data("one");
        gate.cut();
        assert_eq!(rest(&mut body), ["data \"one\"", "error Cut", "end"]);
    }
}

pub(crate) fn the_size_and_the_end_are_those_of_the_inner_body<L: Subject>(layer: &L) {
    for media_type in MEDIA_TYPES {
        size_and_end(layer, media_type);
    }
    for (gate, body) in streams(layer) {
        assert_eq!((body.size_hint().lower(), body.size_hint().upper()), (0, None));
        gate.end();
        assert!(body.is_end_stream(), "a body may end before it is read");
    }
}

pub(crate) fn an_empty_body_has_ended_before_it_is_read<L: Subject>(layer: &L) {
    for request in passed_on(layer) {
        let gate = Gate::default();
        gate.end();
        let response = respond(layer, request, Response::new(gate.body(Some(0))));
        let mut body = Box::pin(response.into_body());
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert_eq!(next(&mut body), "end");
    }
}

fn size_and_end<L: Subject>(layer: &L, media_type: &'static str) {
    for (gate, mut body) in streams_of(layer, media_type, Some(6)) {
        // Who may yet add a comment to events knows no size.
        let is_known = media_type != EVENT_STREAM || body.size_hint().upper().is_some();
        for (exact, text) in [(6, "one"), (3, "two")] {
            assert_eq!(body.size_hint().exact(), is_known.then_some(exact));
            assert!(!body.is_end_stream());
            gate.data(text);
            assert_eq!(next(&mut body), format!("data {text:?}"));
        }
        assert_eq!(body.size_hint().exact(), is_known.then_some(0));
        assert!(!body.is_end_stream(), "trailers may come");
        gate.trailers();
        assert!(!body.is_end_stream(), "trailers come");
        assert!(next(&mut body).starts_with("trailers"));
        assert!(body.is_end_stream());
    }
}

/// What one poll comes to, in words.
fn next<B>(body: &mut Pin<Box<B>>) -> String
where
    B: Body<Data = Bytes, Error = Cut>,
{
    poll(body, Waker::noop())
}

fn poll<B>(body: &mut Pin<Box<B>>, waker: &Waker) -> String
where
    B: Body<Data = Bytes, Error = Cut>,
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

/// What all polls come to, up to the end.
fn rest<B>(body: &mut Pin<Box<B>>) -> Vec<String>
where
    B: Body<Data = Bytes, Error = Cut>,
{
    let mut frames = Vec::new();
    while frames.last().is_none_or(|frame| frame != "end") {
        assert!(frames.len() < 10, "no end: {frames:?}");
        frames.push(next(body));
    }
    frames
}
