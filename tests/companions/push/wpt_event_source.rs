//! The reference model parses the streams of the Web Platform Tests. It also parses these and random streams
//! after the layer has inserted comments at all possible places.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http_body::Body;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;
use tower_cross_origin::push::SseLayer;

use crate::{
    reference_model::event_source::{Dispatched, Read, read},
    scripted::{BodyScript, sse_body},
    wpt,
};

#[test]
fn reference_model_dispatches_the_wpt_events() {
    let cases = wpt::cases("eventsource.json");
    assert_eq!(cases.len(), 16);
    for case in cases {
        let read = read(&stream_of(&case), "", "");
        let expect = &case["expect"];
        let expected = expect["events"].as_array().unwrap();
        assert_eq!(read.events.len(), expected.len(), "{case:#} {read:#?}");
        for (event, expected) in read.events.iter().zip(expected) {
            assert_event(event, expected, &case);
        }
        if let Some(time) = expect.get("reconnection_time_ms") {
            assert_eq!(read.reconnection_time, time.as_u64(), "{case:#}");
        }
        match expect.get("last_event_id_on_reconnect").map(|id| id.as_str().unwrap()) {
            Some("(header not sent)") => assert_eq!(read.last_event_id, "", "{case:#}"),
            Some("\u{2026} (UTF-8)") => assert_eq!(read.last_event_id, "\u{2026}", "{case:#}"),
            Some(other) => panic!("{other}"),
            None => {}
        }
    }
}

#[test]
fn layer_does_not_change_the_events_of_wpt() {
    for case in wpt::cases("eventsource.json") {
        let stream = stream_of(&case);
        for (size, has_retry) in
            [(1, false), (1, true), (2, false), (3, true), (stream.len(), true)]
        {
            // Each frame is followed by an interval of silence, so that the layer inserts all possible
            // comments.
            let chunks: Vec<(&[u8], bool)> = stream.chunks(size).map(|one| (one, true)).collect();
            let comments = dispatches_the_same(&chunks, has_retry);
            assert!(comments > 0, "{case:#}");
        }
    }
}

proptest! {
    #[test]
    fn layer_does_not_change_the_events_of_any_stream(
        chunks in vec((chunk(), any::<bool>()), 0..12),
        has_retry in any::<bool>(),
    ) {
        let chunks: Vec<(&[u8], bool)> =
            chunks.iter().map(|(one, is_silent)| (one.as_bytes(), *is_silent)).collect();
        dispatches_the_same(&chunks, has_retry);
    }
}

/// Generates a frame of one to three relevant pieces.
fn chunk() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\u{feff}",
        "\0",
        " ",
        ":",
        "data",
        "data: a",
        "data: a\n",
        "id",
        "id: 8\n",
        "event: x\n",
        "retry: 5\n",
        ": comment\n",
        "x",
    ]);
    vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

/// Checks that the layer does not change the events, and returns the number of comments.
///
/// Each chunk is a frame. The boolean is whether an interval of silence follows.
#[track_caller]
fn dispatches_the_same(chunks: &[(&[u8], bool)], has_retry: bool) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let layer = SseLayer::new().keep_alive(SseLayer::KEEP_ALIVE);
    let layer = if has_retry { layer.retry(Duration::from_millis(7)) } else { layer };
    let (script, mut comments, mut seen) = (BodyScript::default(), 0, Vec::new());
    runtime.block_on(async {
        let mut body = sse_body(&layer, &script);
        for (chunk, is_silent) in chunks {
            script.send(chunk);
            drain(&mut body, &mut seen);
            if *is_silent {
                tokio::time::advance(SseLayer::KEEP_ALIVE).await;
                let before = seen.len();
                drain(&mut body, &mut seen);
                comments += usize::from(seen.len() > before);
            }
        }
        script.end();
        drain(&mut body, &mut seen);
    });
    let unchanged: Vec<u8> = chunks.iter().flat_map(|(chunk, _)| chunk.iter().copied()).collect();
    for (last_event_id, id_buffer) in [("", ""), ("9", "9"), ("9", "")] {
        let with = read(&seen, last_event_id, id_buffer);
        let without = read(&unchanged, last_event_id, id_buffer);
        let time = without.reconnection_time.or(has_retry.then_some(7));
        assert_eq!(with, Read { reconnection_time: time, ..without }, "{chunks:?}");
    }
    comments
}

/// Reads all available frames as bytes, because a frame may end within a character.
fn drain<B: Body<Data = Bytes> + Unpin>(body: &mut B, seen: &mut Vec<u8>) {
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut *body).poll_frame(&mut context) {
        seen.extend_from_slice(&frame.into_data().unwrap());
    }
}

fn stream_of(case: &Value) -> Vec<u8> {
    case["hops"][0]["actual"]["body"].as_str().unwrap().as_bytes().to_vec()
}

#[track_caller]
fn assert_event(event: &Dispatched, expected: &Value, case: &Value) {
    assert_eq!(event.data, expected["data"].as_str().unwrap(), "{case:#}");
    if let Some(kind) = expected.get("type") {
        assert_eq!(event.kind, kind.as_str().unwrap(), "{case:#}");
    }
    if let Some(id) = expected.get("lastEventId") {
        assert_eq!(event.last_event_id, id.as_str().unwrap(), "{case:#}");
    }
}
