//! The target `jsonp`.

use std::{
    collections::VecDeque,
    future::{Ready, ready},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use tower_cross_origin::jsonp::{
    JsonpBody, JsonpConfig, JsonpLayer, JsonpPolicy, Payload, StatusMode,
};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    cut_json::{CutJson, End, Piece},
    reference_model::script::{ScriptOptions, script},
};

/// However a body is cut, its script is the one of the whole.
pub fn check(bytes: &[u8]) {
    let json = CutJson::read(bytes);
    let seen = behind_the_layer(&json);
    assert_eq!(disagreement(&json, &seen), None, "{json:?}: {}", seen.escape_ascii());
}

/// What is wrong with the script `seen`, if something is.
pub(crate) fn disagreement(json: &CutJson, seen: &[u8]) -> Option<String> {
    let expected = script("cb", 200, &json.whole(), json.told);
    if json.end != End::Error {
        let is_equal = seen == expected;
        return (!is_equal).then(|| format!("instead of {}", expected.escape_ascii()));
    }
    // No more than the whole without its end, and no less than what of it was sure by then.
    let ends = [json.told.parses, json.told.envelops];
    let suffix: &[u8] = match ends {
        [false, false] => b");",
        [false, true] => b"});",
        [true, false] => b"\"));",
        [true, true] => b"\")});",
    };
    let mut most = expected;
    most.truncate(most.len() - suffix.len());
    let is_beginning = most.starts_with(seen);
    // What is missing: what is held back, and `null` in the place of nothing.
    let missing = &most[seen.len().min(most.len())..];
    let is_held = matches!(missing, b"" | b"\xE2" | b"\xE2\x80" | b"null");
    (!is_beginning || !is_held).then(|| format!("broken, instead of {}", most.escape_ascii()))
}

/// All bytes that leave the layer.
fn behind_the_layer(json: &CutJson) -> Vec<u8> {
    let mut body = Box::pin(answered(json));
    let mut context = Context::from_waker(Waker::noop());
    let mut hints = Vec::new();
    let mut seen = Vec::new();
    let mut end = End::Plain;
    loop {
        let hint = body.size_hint();
        hints.push((seen.len(), hint.lower(), hint.upper()));
        match body.as_mut().poll_frame(&mut context) {
            Poll::Pending => assert!(!seen.is_empty(), "the call's beginning is not held back"),
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(()))) => end = End::Error,
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    assert!(!data.is_empty(), "nothing is no frame");
                    assert_eq!(end, End::Plain, "data are before trailers");
                    seen.extend_from_slice(&data);
                }
                Err(_) => end = End::Trailers,
            },
        }
    }
    assert_eq!(end, json.end);
    assert!(body.is_end_stream());
    // Of a body that breaks, there is less than it promised.
    for (passed, lower, upper) in hints.into_iter().filter(|_| end != End::Error) {
        let left = u64::try_from(seen.len() - passed).expect("sizes are numbers");
        assert!(
            lower <= left && upper.is_none_or(|upper| left <= upper),
            "{lower} {upper:?} {left}"
        );
    }
    seen
}

fn answered(json: &CutJson) -> JsonpBody<Said> {
    let policy = JsonpPolicy::new(config(json.told)).expect("a configuration without faults");
    let mut service = JsonpLayer::new(policy).layer(App(Said::of(json)));
    let request = Request::get("/?callback=cb").body(()).expect("a request");
    let future = pin!(service.call(request));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.into_body(),
        Poll::Ready(Err(())) => panic!("the service has no errors"),
        Poll::Pending => panic!("nothing is to be waited for"),
    }
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

#[derive(Clone, Debug)]
struct App(Said);

impl Service<Request<()>> for App {
    type Response = Response<Said>;
    type Error = ();
    type Future = Ready<Result<Response<Said>, ()>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Response::new(self.0.clone());
        let content_type = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        ready(Ok(response))
    }
}

/// A body that says what is written.
#[derive(Clone, Debug)]
struct Said {
    pieces: VecDeque<Piece>,
    end: End,
}

impl Said {
    fn of(json: &CutJson) -> Self {
        Self { pieces: json.pieces.iter().cloned().collect(), end: json.end }
    }
}

impl Body for Said {
    type Data = Bytes;
    type Error = ();

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ()>>> {
        Poll::Ready(match self.pieces.pop_front() {
            Some(Piece::Frame(bytes)) => Some(Ok(Frame::data(bytes.into()))),
            Some(Piece::Pause) => return Poll::Pending,
            None => match std::mem::take(&mut self.end) {
                End::Plain => None,
                End::Trailers => Some(Ok(Frame::trailers(HeaderMap::new()))),
                End::Error => Some(Err(())),
            },
        })
    }
}
