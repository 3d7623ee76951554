//! Bodies that are written into scripts as they come, against the whole script at once: every cut of
//! every small body, and random ones beyond. COMPANIONS section 1, J11, J12 and "Streaming body".

use std::{
    future::ready,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, SizeHint};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::jsonp::{JsonpBody, JsonpConfig, JsonpLayer, Payload, StatusMode};

use super::json_service::{App, Step, Steps, context, read, trailers};
use crate::{
    reference_model::script::{ScriptOptions, script},
    scripted::{Script, Scripted},
};

/// All ways to tell the layer how to write.
fn all_told() -> Vec<ScriptOptions> {
    let flags = [false, true];
    let mut all = Vec::new();
    for keeps_line_terminators in flags {
        for escapes_html in flags {
            for parses in flags {
                for envelops in flags {
                    all.push(ScriptOptions {
                        keeps_line_terminators,
                        escapes_html,
                        parses,
                        envelops,
                    });
                }
            }
        }
    }
    all
}

fn config(told: ScriptOptions) -> JsonpConfig {
    let mut config = JsonpConfig::new();
    if told.keeps_line_terminators {
        config = config.escape_line_terminators(false);
    }
    if told.escapes_html {
        config = config.escape_html(true);
    }
    if told.parses {
        config = config.payload(Payload::JsonParse);
    }
    if told.envelops {
        config = config.status(StatusMode::Envelope);
    }
    config
}

fn wrapped(told: ScriptOptions, body: Steps) -> JsonpBody<Steps> {
    App::saying(body).with("content-type", "application/json").body(config(told))
}

/// Drives a body to its end, and holds it at each step to what is left.
#[track_caller]
fn check(told: ScriptOptions, whole: &[u8], body: Steps) {
    let has_trailers = body.has_trailers();
    let expected = script("cb", 200, whole, told);
    let mut body = Box::pin(wrapped(told, body));
    let mut seen = Vec::new();
    let mut is_past_data = false;
    loop {
        let left = u64::try_from(expected.len() - seen.len()).unwrap();
        let hint = body.size_hint();
        assert!(hint.lower() <= left, "{hint:?}, {left} left");
        assert!(hint.upper().is_none_or(|upper| left <= upper), "{hint:?}, {left} left");
        let is_ended = body.is_end_stream();
        match body.as_mut().poll_frame(&mut context()) {
            Poll::Pending => assert!(!is_ended && !is_past_data && !seen.is_empty()),
            Poll::Ready(None) => break,
            Poll::Ready(Some(frame)) => match frame.unwrap().into_data() {
                Ok(data) => {
                    assert!(!data.is_empty(), "nothing is no frame");
                    assert!(!is_ended && !is_past_data);
                    seen.extend_from_slice(&data);
                    assert!(seen.len() <= expected.len(), "{}", seen.escape_ascii());
                }
                Err(frame) => {
                    assert!(has_trailers && !is_past_data && seen == expected, "last, and once");
                    assert!(!is_ended, "trailers come");
                    assert_eq!(frame.into_trailers().unwrap(), trailers());
                    is_past_data = true;
                }
            },
        }
    }
    assert_eq!(seen.escape_ascii().to_string(), expected.escape_ascii().to_string());
    assert_eq!(is_past_data, has_trailers);
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
}

/// The frames of `whole`, which is cut where a bit of `cuts` says so.
fn frames(whole: &[u8], cuts: u32) -> Vec<Step> {
    let mut frames = Vec::new();
    let mut start = 0;
    for end in 1..=whole.len() {
        if end == whole.len() || cuts >> (end - 1) & 1 == 1 {
            frames.push(Step::Data(Bytes::copy_from_slice(&whole[start..end])));
            start = end;
        }
    }
    frames
}

/// All texts of these bytes that are so long.
fn texts(alphabet: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut texts = vec![Vec::new()];
    for _ in 0..length {
        let longer = |text: &Vec<u8>| {
            alphabet.iter().map(|byte| [&text[..], &[*byte]].concat()).collect::<Vec<_>>()
        };
        texts = texts.iter().flat_map(longer).collect();
    }
    texts
}

#[test]
fn every_cut_of_every_small_body_is_the_whole_script() {
    let mut combinations = 0;
    let mut try_all = |alphabet: &[u8], length: usize, all_told: &[ScriptOptions]| {
        for whole in texts(alphabet, length) {
            for cuts in 0..1_u32 << length.saturating_sub(1) {
                for (has_pauses, has_trailers, knows) in [
                    (false, false, true),
                    (true, false, false),
                    (false, true, false),
                    (true, true, true),
                ] {
                    let mut steps = Vec::new();
                    for frame in frames(&whole, cuts) {
                        steps.extend(has_pauses.then_some(Step::Pending));
                        steps.push(frame);
                    }
                    steps.extend(has_pauses.then_some(Step::Pending));
                    steps.extend(has_trailers.then_some(Step::Trailers));
                    let mut body = Steps::new(steps);
                    if knows {
                        body = body.knowing_its_length();
                    }
                    for told in all_told {
                        check(*told, &whole, body.clone());
                        combinations += 1;
                    }
                }
            }
        }
    };
    for length in 0..=2 {
        try_all(b"\xE2\x80\xA8<\"\n", length, &all_told());
    }
    let default = ScriptOptions::default();
    let html = ScriptOptions { escapes_html: true, ..default };
    let parses = ScriptOptions { parses: true, ..default };
    try_all(b"\xE2\x80\xA8<\"", 3, &[default, html, parses]);
    try_all(b"\xE2\x80\xA8a", 4, &[default, parses]);
    try_all(b"\xE2\x80\xA8", 5, &[default]);
    assert!(combinations > 30_000, "{combinations}");
}

#[test]
fn a_random_body_in_random_frames_is_the_whole_script() {
    let piece = prop_oneof![
        8 => vec(select(b"abc {}[],:\"\\<>&\n\t\x01".to_vec()), 0..40),
        4 => select(vec!["\u{2028}", "\u{2029}", "\u{2027}", "\u{202A}", "\u{2603}", "\u{FEFF}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        2 => select(vec![&b"\xE2"[..], b"\xE2\x80", b"\x80", b"\xA8", b"\xFF"])
            .prop_map(<[u8]>::to_vec),
        1 => (1000_usize..9000).prop_map(|length| vec![b'x'; length]),
        1 => (1_usize..9000).prop_map(|length| "\u{2028}".repeat(length).into_bytes()),
        1 => (1_usize..40_000).prop_map(|length| "\u{2029}\u{2028}a".repeat(length / 4).into_bytes()),
        1 => (1_usize..9000).prop_map(|length| vec![b'<'; length]),
    ];
    let pieces = vec(piece, 0..12);
    let inputs = (pieces, vec(any::<Index>(), 0..8), select(all_told()), any::<bool>());
    let mut runner =
        TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    runner
        .run(&inputs, |(pieces, cuts, told, has_trailers)| {
            let whole = pieces.concat();
            let mut places: Vec<usize> =
                cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
            places.push(whole.len());
            places.sort_unstable();
            let mut start = 0;
            let mut steps = Vec::new();
            for end in places {
                steps.push(Step::Data(Bytes::copy_from_slice(&whole[start..end])));
                start = end;
            }
            steps.extend(has_trailers.then_some(Step::Trailers));
            check(told, &whole, Steps::new(steps).knowing_its_length());
            Ok(())
        })
        .unwrap();
}

/// The frames that come of these, without those of the call.
fn inner_frames(told: ScriptOptions, data: &[Bytes]) -> Vec<Bytes> {
    let body = Steps::new(data.iter().cloned().map(Step::Data));
    let frames = read(wrapped(told, body)).frames;
    frames[1..frames.len() - 1].to_vec()
}

#[test]
fn what_is_not_escaped_is_not_copied() {
    let clean = Bytes::from("a".repeat(64 * 1024));
    let quotes = Bytes::from("\u{2018}\u{2019}\u{201C}".repeat(7000));
    for frame in [&clean, &quotes] {
        let frames = inner_frames(ScriptOptions::default(), std::slice::from_ref(frame));
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].as_ptr(), frame.as_ptr());
        assert_eq!(frames[0].len(), frame.len());
    }
    let around = ["a".repeat(10_000), "\u{2028}".to_owned(), "b".repeat(10_000)].concat();
    let around = Bytes::from(around);
    let frames = inner_frames(ScriptOptions::default(), std::slice::from_ref(&around));
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[0].as_ptr(), around.as_ptr());
    assert_eq!(frames[1], "\\u2028");
    assert_eq!(frames[2].as_ptr(), around[10_003..].as_ptr());
}

#[test]
fn a_frame_full_of_escapes_comes_in_few_frames_and_a_large_one_in_bounded_ones() {
    let html = ScriptOptions { escapes_html: true, ..ScriptOptions::default() };
    let parses = ScriptOptions { parses: true, ..ScriptOptions::default() };
    // 64 KiB of each.
    for (told, text, most) in [
        (ScriptOptions::default(), "\u{2028}".repeat(21_845), 4),
        (ScriptOptions::default(), "\u{2029}".repeat(21_845), 4),
        (parses, "\u{2028}".repeat(21_845), 4),
        (ScriptOptions::default(), "\u{2028}\u{2029}".repeat(10_922), 9),
        (ScriptOptions::default(), "\u{2028}a".repeat(16_384), 9),
        (
            ScriptOptions::default(),
            ["\u{2028}".repeat(16), "a".to_owned()].concat().repeat(1337),
            9,
        ),
        (ScriptOptions::default(), ["\u{2029}", &"a".repeat(2000)].concat().repeat(32), 9),
        (ScriptOptions::default(), ["\u{2029}", &"a".repeat(5000)].concat().repeat(13), 26),
        (html, "<".repeat(65_536), 9),
        (parses, "\x01".repeat(65_536), 9),
    ] {
        let frames = inner_frames(told, &[Bytes::from(text)]);
        assert!(frames.len() <= most, "{} frames, not {most}", frames.len());
    }
    for text in ["\u{2028}", "\u{2028}\u{2029}", "\u{2028}a"] {
        let frames = inner_frames(ScriptOptions::default(), &[Bytes::from(text.repeat(1 << 20))]);
        let longest = frames.iter().map(Bytes::len).max().unwrap();
        assert!(longest <= 48 * 1024, "{longest} bytes at once");
    }
}

/// A run of one line terminator is told from what only begins like one, wherever it ends.
#[test]
fn runs_of_line_terminators_end_where_they_do() {
    for run in ["\u{2028}", "\u{2029}"] {
        for length in [1, 7, 8, 127, 128, 129, 136, 8191, 8192, 8193, 10_000] {
            for end in ["", "a", "\u{2028}", "\u{2029}", "\u{2027}", "\u{202A}"] {
                let whole = [&run.repeat(length), end].concat();
                for cut in [0, 1, 2, 3, 25] {
                    let (one, other) = whole.as_bytes().split_at(cut.min(whole.len()));
                    let frames = [one, other].map(|data| Step::Data(Bytes::copy_from_slice(data)));
                    check(ScriptOptions::default(), whole.as_bytes(), Steps::new(frames));
                }
            }
        }
    }
}

/// The call's beginning, and all of the service's but two bytes at most.
#[test]
fn a_slow_body_is_passed_on_as_it_comes() {
    for whole in texts(b"\xE2\x80\xA8a", 4) {
        let steps = frames(&whole, u32::MAX).into_iter().flat_map(|data| [data, Step::Pending]);
        let mut body = Box::pin(wrapped(
            ScriptOptions::default(),
            Steps::new([Step::Pending].into_iter().chain(steps)),
        ));
        let mut seen = until_pending(&mut body);
        assert_eq!(
            seen, b"/**/ typeof cb === 'function' && cb(",
            "before the service says anything"
        );
        for said in 1..=whole.len() {
            seen.extend(until_pending(&mut body));
            let call_of = |json: &[u8]| {
                let script = script("cb", 200, json, ScriptOptions::default());
                script[..script.len() - 2].to_vec()
            };
            let least = call_of(&whole[..said.saturating_sub(2)]);
            // Of a character that is cut, its escape is not yet known.
            assert!(seen.len() >= least.len().min(call_of(&whole[..said]).len()) - 2);
            let held = 0..=2;
            let is_passed_on = |held: usize| {
                said.checked_sub(held).is_some_and(|passed| call_of(&whole[..passed]) == seen)
            };
            assert!(
                held.clone().any(is_passed_on),
                "{} of {}",
                seen.escape_ascii(),
                whole.escape_ascii()
            );
            let is_beginning =
                whole[..said].ends_with(b"\xE2") || whole[..said].ends_with(b"\xE2\x80");
            assert_eq!(is_passed_on(0), !is_beginning, "{}", whole.escape_ascii());
        }
    }
}

fn until_pending(body: &mut Pin<Box<JsonpBody<Steps>>>) -> Vec<u8> {
    let mut seen = Vec::new();
    while let Poll::Ready(frame) = body.as_mut().poll_frame(&mut context()) {
        seen.extend(frame.expect("more").unwrap().into_data().unwrap());
    }
    seen
}

/// J12. A script that is cut off is no program, so that the callback never runs.
#[test]
fn after_an_error_of_the_service_the_call_is_not_ended() {
    for before in ["", "{\"a\":", "a\u{2028}", "a\u{2027}"] {
        let steps = [Step::Data(before.into()), Step::Error];
        let body = read(wrapped(ScriptOptions::default(), Steps::new(steps)));
        assert_eq!(body.error, Some("broken"));
        let expected = script("cb", 200, before.as_bytes(), ScriptOptions::default());
        assert_eq!(body.bytes, expected[..expected.len() - 2]);
    }
    let held = read(wrapped(
        ScriptOptions::default(),
        Steps::new([Step::Data("\u{2028}".into()), Step::Error]),
    ));
    assert!(held.bytes.ends_with(b"cb(\\u2028"));
}

#[test]
fn a_size_is_exact_only_where_nothing_can_be_escaped() {
    let kept = ScriptOptions { keeps_line_terminators: true, ..ScriptOptions::default() };
    let hint = |told: ScriptOptions, body: Steps| wrapped(told, body).size_hint();
    let around = |json: u64| 38 + json;
    let exact = |hint: SizeHint| hint.exact();
    assert_eq!(exact(hint(kept, Steps::of("{\"a\":1}"))), Some(around(7)));
    assert_eq!(exact(hint(kept, Steps::new([]).knowing_its_length())), Some(around(0)));
    let enveloped = ScriptOptions { envelops: true, ..kept };
    assert_eq!(exact(hint(enveloped, Steps::of("1"))), Some(around(1 + 22)));
    assert_eq!(exact(hint(enveloped, Steps::new([]).knowing_its_length())), Some(around(4 + 22)));
    assert_eq!(exact(hint(kept, Steps::new([]))), None, "it is not known");
    for told in all_told().into_iter().filter(|told| *told != kept && *told != enveloped) {
        let hint = hint(told, Steps::of("{\"a\":1}"));
        assert_eq!(hint.exact(), None, "{told:?}");
        assert!(hint.lower() >= around(7), "{told:?}");
        assert!(hint.upper().is_some(), "{told:?}");
    }
    assert_eq!(
        exact(hint(ScriptOptions::default(), Steps::new([]).knowing_its_length())),
        Some(around(0))
    );
}

#[test]
fn a_body_that_is_not_wrapped_is_the_same_frame_for_frame() {
    let steps = || [Step::Data("one".into()), Step::Data("".into()), Step::Pending, Step::Trailers];
    let app =
        App::saying(Steps::new(steps()).knowing_its_length()).with("content-type", "text/html");
    let body = app.body(JsonpConfig::new());
    assert_eq!(body.size_hint().exact(), Some(3));
    assert_eq!(read(body), read(Steps::new(steps())));
    let ended = App::saying(Steps::default()).body(JsonpConfig::new());
    assert!(ended.is_end_stream(), "before it is read");
}

/// A wrapped body whose frames come when the test says so. DESIGN 14.
fn scripted(script: &Script) -> Pin<Box<JsonpBody<Scripted>>> {
    let service = service_fn(|_: Request<()>| {
        let response = Response::builder().header("content-type", "application/json");
        ready(Ok::<_, &'static str>(response.body(script.body()).unwrap()))
    });
    let request = Request::get("/?callback=cb").body(()).unwrap();
    let mut service = JsonpLayer::default().layer(service);
    match pin!(service.call(request)).poll(&mut context()) {
        Poll::Ready(response) => Box::pin(response.unwrap().into_body()),
        Poll::Pending => panic!("it waits"),
    }
}

fn next(body: &mut Pin<Box<JsonpBody<Scripted>>>, waker: &Waker) -> Option<String> {
    match body.as_mut().poll_frame(&mut Context::from_waker(waker)) {
        Poll::Pending => None,
        Poll::Ready(None) => Some("end".to_owned()),
        Poll::Ready(Some(frame)) => {
            let data = frame.unwrap().into_data().unwrap();
            Some(String::from_utf8_lossy(&data).into_owned())
        }
    }
}

#[test]
fn a_wrapped_body_is_asked_for_a_frame_only_when_one_is_read() {
    let script = Script::default();
    for text in ["one", "two"] {
        script.say(text);
    }
    script.end();
    let mut body = scripted(&script);
    let waker = Waker::noop();
    let mut seen = Vec::new();
    for polls in [0, 1, 2, 3, 3] {
        seen.extend(next(&mut body, waker));
        assert_eq!(script.polls(), polls, "{seen:?}");
    }
    assert_eq!(seen[1..], ["one", "two", ");", "end"]);
}

#[test]
fn a_wrapped_body_that_is_dropped_drops_the_services_at_once() {
    for said in 0..3 {
        let script = Script::default();
        let mut body = scripted(&script);
        next(&mut body, Waker::noop());
        for _ in 0..said {
            script.say("a\u{2028}\u{E2}");
            next(&mut body, Waker::noop());
        }
        assert!(!script.is_dropped());
        drop(body);
        assert!(script.is_dropped());
    }
    let script = Script::default();
    script.end();
    let mut body = scripted(&script);
    while next(&mut body, Waker::noop()).as_deref() != Some(");") {}
    assert!(script.is_dropped(), "once it has ended, before the end is read");
}

#[test]
fn who_waits_for_a_wrapped_body_is_woken_by_it() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let script = Script::default();
    let mut body = scripted(&script);
    next(&mut body, Waker::noop());
    // The second frame goes on with a character that the first one begins, and so is held back.
    for frame in [&b"one\xE2"[..], b"\x80", b"\xA8"] {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        assert_eq!(next(&mut body, &woken.clone().into()), None);
        script.say(frame);
        assert!(woken.0.load(Ordering::SeqCst));
        next(&mut body, Waker::noop());
    }
}
