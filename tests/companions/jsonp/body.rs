//! Bodies that the layer converts to scripts frame by frame, compared with the script of the reference model.
//! Covers all splits of all small bodies, and random larger ones. COMPANIONS section 1, J11, J12 and
//! "Streaming body".

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

use super::json_service::{App, Step, Steps, noop_context, read_body, trailers};
use crate::{
    reference_model::script::{ScriptOptions, cut_length, script, script_beginning},
    scripted::{BodyScript, ScriptedBody},
};

/// Returns all combinations of options.
fn all_options() -> Vec<ScriptOptions> {
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

fn config(options: ScriptOptions) -> JsonpConfig {
    let mut config = JsonpConfig::new();
    if options.keeps_line_terminators {
        config = config.escape_line_terminators(false);
    }
    if options.escapes_html {
        config = config.escape_html(true);
    }
    if options.parses {
        config = config.payload(Payload::JsonParse);
    }
    if options.envelops {
        config = config.status(StatusMode::Envelope);
    }
    config
}

fn wrapped(options: ScriptOptions, body: Steps) -> JsonpBody<Steps> {
    App::with_body(body).with("content-type", "application/json").body(config(options))
}

/// Reads a body to its end, and checks the size hint at each step.
#[track_caller]
fn check(options: ScriptOptions, json: &[u8], body: Steps) {
    let is_cut = cut_length(json, options).is_some();
    let has_trailers = body.has_trailers() && !is_cut;
    let expected = script("cb", 200, json, options);
    let mut body = Box::pin(wrapped(options, body));
    let mut seen = Vec::new();
    let mut is_past_data = false;
    loop {
        let left = u64::try_from(expected.len() - seen.len()).unwrap();
        let hint = body.size_hint();
        assert!(is_cut || hint.lower() <= left, "{hint:?}, {left} left");
        assert!(hint.upper().is_none_or(|upper| left <= upper), "{hint:?}, {left} left");
        let is_ended = body.is_end_stream();
        match body.as_mut().poll_frame(&mut noop_context()) {
            Poll::Pending => assert!(!is_ended && !is_past_data && !seen.is_empty()),
            Poll::Ready(None) => break,
            Poll::Ready(Some(frame)) => match frame.unwrap().into_data() {
                Ok(data) => {
                    assert!(!data.is_empty(), "the body returned an empty frame");
                    assert!(!is_ended && !is_past_data);
                    seen.extend_from_slice(&data);
                    assert!(seen.len() <= expected.len(), "{}", seen.escape_ascii());
                }
                Err(frame) => {
                    assert!(
                        has_trailers && !is_past_data && seen == expected,
                        "trailers must be last, and come once"
                    );
                    assert!(!is_ended, "the body has ended before its trailers");
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

/// Splits `json` into frames, at the positions of the set bits of `cuts`.
fn frames(json: &[u8], cuts: u32) -> Vec<Step> {
    let mut frames = Vec::new();
    let mut start = 0;
    for end in 1..=json.len() {
        if end == json.len() || cuts >> (end - 1) & 1 == 1 {
            frames.push(Step::Data(Bytes::copy_from_slice(&json[start..end])));
            start = end;
        }
    }
    frames
}

/// Returns all texts of this alphabet and length.
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

/// Returns the text as a string of JSON, if it has no special characters.
fn quoted(text: &[u8]) -> Vec<u8> {
    [b"\"", text, b"\""].concat()
}

#[test]
fn every_split_of_a_small_body_gives_the_expected_script() {
    let mut combinations = 0;
    let mut try_all = |alphabet: &[u8], length: usize, all_options: &[ScriptOptions]| {
        let raw = texts(alphabet, length);
        let quoted: Vec<_> = raw.iter().map(|text| (quoted(text), 1)).collect();
        // A quotation mark is always in the same frame as its neighbor.
        for (json, shift) in raw.into_iter().map(|raw| (raw, 0)).chain(quoted) {
            for cuts in 0..1_u32 << length.saturating_sub(1) {
                for (has_pauses, has_trailers, has_known_length) in [
                    (false, false, true),
                    (true, false, false),
                    (false, true, false),
                    (true, true, true),
                ] {
                    let mut steps = Vec::new();
                    for frame in frames(&json, cuts << shift) {
                        steps.extend(has_pauses.then_some(Step::Pending));
                        steps.push(frame);
                    }
                    steps.extend(has_pauses.then_some(Step::Pending));
                    steps.extend(has_trailers.then_some(Step::Trailers));
                    let mut body = Steps::new(steps);
                    if has_known_length {
                        body = body.with_known_length();
                    }
                    for options in all_options {
                        check(*options, &json, body.clone());
                        combinations += 1;
                    }
                }
            }
        }
    };
    for length in 0..=2 {
        try_all(b"\xE2\x80\xA8<\"\n", length, &all_options());
    }
    let default = ScriptOptions::default();
    let html = ScriptOptions { escapes_html: true, ..default };
    let parses = ScriptOptions { parses: true, ..default };
    try_all(b"\xE2\x80\xA8<\"", 3, &[default, html, parses]);
    try_all(b"\xE2\x80\xA8a", 4, &[default, parses]);
    try_all(b"\xE2\x80\xA8", 5, &[default]);
    try_all(b"[]1,", 3, &[default]);
    assert!(combinations > 30_000, "{combinations}");
}

#[test]
fn random_frames_give_the_expected_script() {
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
    let flags = (any::<bool>(), any::<bool>());
    let inputs = (pieces, vec(any::<Index>(), 0..8), select(all_options()), flags);
    let mut runner =
        TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    runner
        .run(&inputs, |(pieces, cuts, options, (has_trailers, is_text))| {
            let mut json = pieces.concat();
            if is_text {
                json.retain(|byte| !matches!(byte, b'"' | b'\\' | ..b' '));
                json = quoted(&json);
            }
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(json.len() + 1)).collect();
            places.push(json.len());
            places.sort_unstable();
            let mut start = 0;
            let mut steps = Vec::new();
            for end in places {
                steps.push(Step::Data(Bytes::copy_from_slice(&json[start..end])));
                start = end;
            }
            steps.extend(has_trailers.then_some(Step::Trailers));
            check(options, &json, Steps::new(steps).with_known_length());
            Ok(())
        })
        .unwrap();
}

/// Returns the frames of a text between the beginning and the end of the call.
fn inner_frames(options: ScriptOptions, data: &[Bytes]) -> Vec<Bytes> {
    let quote = [Step::Data("\"".into())];
    let text = data.iter().cloned().map(Step::Data);
    let body = Steps::new(quote.clone().into_iter().chain(text).chain(quote));
    let frames = read_body(wrapped(options, body)).frames;
    frames[2..frames.len() - 2].to_vec()
}

#[test]
fn unescaped_data_is_not_copied() {
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
fn number_and_size_of_frames_are_bounded() {
    let html = ScriptOptions { escapes_html: true, ..ScriptOptions::default() };
    let parses = ScriptOptions { parses: true, ..ScriptOptions::default() };
    // Each row has about 64 KiB.
    for (options, text, most) in [
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
        let frames = inner_frames(options, &[Bytes::from(text)]);
        assert!(frames.len() <= most, "{} frames, not {most}", frames.len());
    }
    for text in ["\u{2028}", "\u{2028}\u{2029}", "\u{2028}a"] {
        let frames = inner_frames(ScriptOptions::default(), &[Bytes::from(text.repeat(1 << 20))]);
        let longest = frames.iter().map(Bytes::len).max().unwrap();
        assert!(longest <= 48 * 1024, "{longest} bytes at once");
    }
}

// A following character may have the same first bytes as the line terminator.
#[test]
fn end_of_a_run_of_line_terminators_is_found() {
    for run in ["\u{2028}", "\u{2029}"] {
        for length in [1, 7, 8, 127, 128, 129, 136, 8191, 8192, 8193, 10_000] {
            for end in ["", "a", "\u{2028}", "\u{2029}", "\u{2027}", "\u{202A}"] {
                let json = ["\"", &run.repeat(length), end, "\""].concat();
                for cut in [0, 1, 2, 3, 25] {
                    let (one, other) = json.as_bytes().split_at(cut.min(json.len()));
                    let frames = [one, other].map(|data| Step::Data(Bytes::copy_from_slice(data)));
                    check(ScriptOptions::default(), json.as_bytes(), Steps::new(frames));
                }
            }
        }
    }
}

// At most two bytes are held back.
#[test]
fn slow_body_is_forwarded_without_delay() {
    for text in texts(b"\xE2\x80\xA8a", 4) {
        let json = [b"\"", &text[..]].concat();
        let steps = frames(&json, u32::MAX).into_iter().flat_map(|data| [data, Step::Pending]);
        let mut body = Box::pin(wrapped(
            ScriptOptions::default(),
            Steps::new([Step::Pending].into_iter().chain(steps)),
        ));
        let mut seen = until_pending(&mut body);
        assert_eq!(
            seen, b"/**/ typeof cb === 'function' && cb(",
            "before the first frame of the service"
        );
        for sent in 1..=json.len() {
            seen.extend(until_pending(&mut body));
            let call_of = |json: &[u8]| script_beginning("cb", 200, json, ScriptOptions::default());
            let least = call_of(&json[..sent.saturating_sub(2)]);
            // Within a character, the escape is not yet known.
            assert!(seen.len() >= least.len().min(call_of(&json[..sent]).len()) - 2);
            let held = 0..=2;
            let is_passed_on = |held: usize| {
                sent.checked_sub(held).is_some_and(|passed| call_of(&json[..passed]) == seen)
            };
            assert!(
                held.clone().any(is_passed_on),
                "{} of {}",
                seen.escape_ascii(),
                json.escape_ascii()
            );
            let is_beginning =
                json[..sent].ends_with(b"\xE2") || json[..sent].ends_with(b"\xE2\x80");
            assert_eq!(is_passed_on(0), !is_beginning, "{}", json.escape_ascii());
        }
    }
}

fn until_pending(body: &mut Pin<Box<JsonpBody<Steps>>>) -> Vec<u8> {
    let mut seen = Vec::new();
    while let Poll::Ready(frame) = body.as_mut().poll_frame(&mut noop_context()) {
        seen.extend(frame.expect("more").unwrap().into_data().unwrap());
    }
    seen
}

// J12. An incomplete script is a syntax error, so that the callback never runs.
#[test]
fn error_of_the_service_leaves_the_call_incomplete() {
    for before in ["", "{\"a\":", "\"a\u{2028}", "\"a\u{2027}"] {
        let steps = [Step::Data(before.into()), Step::Error];
        let body = read_body(wrapped(ScriptOptions::default(), Steps::new(steps)));
        assert_eq!(body.error, Some("broken"));
        let options = ScriptOptions::default();
        assert_eq!(body.bytes, script_beginning("cb", 200, before.as_bytes(), options));
    }
    let held = read_body(wrapped(
        ScriptOptions::default(),
        Steps::new([Step::Data("\"\u{2028}".into()), Step::Error]),
    ));
    assert!(held.bytes.ends_with(b"cb(\"\\u2028"));
}

// S21. A body that is labelled as JSON runs no code: the script ends at the first byte that is not JSON, which is a
// syntax error. The attack succeeds if the layer wraps the body as it is.
#[test]
fn body_that_is_not_json_never_completes_the_call() {
    let before = "/**/ typeof cb === 'function' && cb(";
    for (json, valid) in [
        ("0);alert(1);(0", "0"),
        ("{\"a\":[1]});alert(1);({}", "{\"a\":[1]}"),
        ("alert(1)", ""),
        ("[alert(1)]", "["),
        ("\"\"+alert(1)", "\"\""),
        ("{\"a\":1,[alert(1)]:1}", "{\"a\":1,"),
        ("{\"a\"(){}}", "{\"a\""),
        ("1,alert(1)", "1"),
        ("1/*", "1"),
        ("`${alert(1)}`", ""),
        ("/alert(1)/", ""),
        ("\"\n\"", "\""),
        ("{\"a\":1", "{\"a\":1"),
        ("<!doctype html>", ""),
        ("\n", "\n"),
    ] {
        let attack = [before, json, ");"].concat();
        for cut in 0..=json.len() {
            let frames =
                [&json[..cut], &json[cut..]].map(|text| Step::Data(text.to_owned().into()));
            let body = Steps::new(frames.into_iter().chain([Step::Trailers]));
            let body = read_body(wrapped(ScriptOptions::default(), body));
            assert_ne!(body.bytes, attack.as_bytes(), "{json}");
            assert_eq!(body.bytes, [before, valid].concat().as_bytes(), "{json}");
            assert_eq!((body.error, body.trailers), (None, None));
        }
    }
    // The browser parses the text.
    let parses = ScriptOptions { parses: true, ..ScriptOptions::default() };
    let body = read_body(wrapped(parses, Steps::from_data("0);alert(1);(0")));
    assert!(body.bytes.ends_with(b"cb(JSON.parse(\"0);alert(1);(0\"));"));
}

#[test]
fn body_of_the_service_is_dropped_at_the_first_invalid_byte() {
    let script = BodyScript::default();
    let mut body = scripted_body(&script);
    next_text(&mut body, Waker::noop());
    script.send("[1;");
    assert_eq!(next_text(&mut body, Waker::noop()).as_deref(), Some("[1"));
    assert!(script.is_dropped() && body.is_end_stream());
    assert_eq!(next_text(&mut body, Waker::noop()).as_deref(), Some("end"));
}

#[test]
fn size_is_exact_only_without_escapes() {
    let unescaped = ScriptOptions { keeps_line_terminators: true, ..ScriptOptions::default() };
    let hint = |options: ScriptOptions, body: Steps| wrapped(options, body).size_hint();
    let around = |json: u64| 38 + json;
    let exact = |hint: SizeHint| hint.exact();
    assert_eq!(exact(hint(unescaped, Steps::from_data("{\"a\":1}"))), Some(around(7)));
    assert_eq!(exact(hint(unescaped, Steps::new([]).with_known_length())), Some(around(0)));
    let enveloped = ScriptOptions { envelops: true, ..unescaped };
    assert_eq!(exact(hint(enveloped, Steps::from_data("1"))), Some(around(1 + 22)));
    assert_eq!(exact(hint(enveloped, Steps::new([]).with_known_length())), Some(around(4 + 22)));
    assert_eq!(exact(hint(unescaped, Steps::new([]))), None, "the length of the JSON is unknown");
    for options in
        all_options().into_iter().filter(|options| *options != unescaped && *options != enveloped)
    {
        let hint = hint(options, Steps::from_data("{\"a\":1}"));
        assert_eq!(hint.exact(), None, "{options:?}");
        assert!(hint.lower() >= around(7), "{options:?}");
        assert!(hint.upper().is_some(), "{options:?}");
    }
    assert_eq!(
        exact(hint(ScriptOptions::default(), Steps::new([]).with_known_length())),
        Some(around(0))
    );
}

#[test]
fn body_that_is_not_wrapped_is_unchanged() {
    let steps = || [Step::Data("one".into()), Step::Data("".into()), Step::Pending, Step::Trailers];
    let app =
        App::with_body(Steps::new(steps()).with_known_length()).with("content-type", "text/html");
    let body = app.body(JsonpConfig::new());
    assert_eq!(body.size_hint().exact(), Some(3));
    assert_eq!(read_body(body), read_body(Steps::new(steps())));
    let ended = App::with_body(Steps::default()).body(JsonpConfig::new());
    assert!(ended.is_end_stream(), "the body must end before it is read");
}

/// Returns a wrapped body whose frames the test sends one by one. DESIGN 14.
fn scripted_body(script: &BodyScript) -> Pin<Box<JsonpBody<ScriptedBody>>> {
    let service = service_fn(|_: Request<()>| {
        let response = Response::builder().header("content-type", "application/json");
        ready(Ok::<_, &'static str>(response.body(script.body()).unwrap()))
    });
    let request = Request::get("/?callback=cb").body(()).unwrap();
    let mut service = JsonpLayer::default().layer(service);
    match pin!(service.call(request)).poll(&mut noop_context()) {
        Poll::Ready(response) => Box::pin(response.unwrap().into_body()),
        Poll::Pending => panic!("the response is pending"),
    }
}

fn next_text(body: &mut Pin<Box<JsonpBody<ScriptedBody>>>, waker: &Waker) -> Option<String> {
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
fn each_poll_of_a_wrapped_body_polls_the_service_once() {
    let script = BodyScript::default();
    for text in ["[1,", "2]"] {
        script.send(text);
    }
    script.end();
    let mut body = scripted_body(&script);
    let waker = Waker::noop();
    let mut seen = Vec::new();
    for polls in [0, 1, 2, 3, 3] {
        seen.extend(next_text(&mut body, waker));
        assert_eq!(script.polls(), polls, "{seen:?}");
    }
    assert_eq!(seen[1..], ["[1,", "2]", ");", "end"]);
}

#[test]
fn dropped_wrapped_body_drops_the_body_of_the_service() {
    for sent in 0..3 {
        let script = BodyScript::default();
        let mut body = scripted_body(&script);
        next_text(&mut body, Waker::noop());
        for _ in 0..sent {
            script.send("[\"a\u{2028}\u{E2}\",");
            next_text(&mut body, Waker::noop());
        }
        assert!(!script.is_dropped());
        drop(body);
        assert!(script.is_dropped());
    }
    let script = BodyScript::default();
    script.end();
    let mut body = scripted_body(&script);
    while next_text(&mut body, Waker::noop()).as_deref() != Some(");") {}
    assert!(script.is_dropped(), "the body must be dropped before its end is read");
}

#[test]
fn new_frame_wakes_the_reader_of_a_wrapped_body() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let script = BodyScript::default();
    let mut body = scripted_body(&script);
    next_text(&mut body, Waker::noop());
    // The first frame ends within a character, so its last byte is held back.
    for frame in [&b"\"one\xE2"[..], b"\x80", b"\xA8"] {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        assert_eq!(next_text(&mut body, &woken.clone().into()), None);
        script.send(frame);
        assert!(woken.0.load(Ordering::SeqCst));
        next_text(&mut body, Waker::noop());
    }
}
