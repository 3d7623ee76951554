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
    reference_model::script::{ScriptOptions, script, script_beginning},
};

/// Checks that the script does not depend on the frames of the body.
pub fn check(bytes: &[u8]) {
    let json = CutJson::parse(bytes);
    let output = layer_output(&json);
    assert_eq!(disagreement(&json, &output), None, "{json:?}: {}", output.escape_ascii());
}

/// Returns the difference between `seen` and the expected script, if any.
pub(crate) fn disagreement(json: &CutJson, output: &[u8]) -> Option<String> {
    let expected = script("cb", 200, &json.body(), json.options);
    if json.end != End::Error || json.is_cut() {
        let is_equal = output == expected;
        return (!is_equal).then(|| format!("expected {}", expected.escape_ascii()));
    }
    // The output is a beginning of the script without its end. Only bytes that the layer holds may be
    // missing.
    let most = script_beginning("cb", 200, &json.body(), json.options);
    let is_beginning = most.starts_with(output);
    // Missing are held bytes.
    let missing = &most[output.len().min(most.len())..];
    let is_held = matches!(missing, b"" | b"\xE2" | b"\xE2\x80");
    (!is_beginning || !is_held).then(|| format!("failed body, expected {}", most.escape_ascii()))
}

/// Returns all bytes that leave the layer.
fn layer_output(json: &CutJson) -> Vec<u8> {
    let mut body = Box::pin(response_body(json));
    let mut context = Context::from_waker(Waker::noop());
    let mut hints = Vec::new();
    let mut output = Vec::new();
    let mut end = End::Plain;
    loop {
        let hint = body.size_hint();
        hints.push((output.len(), hint.lower(), hint.upper()));
        match body.as_mut().poll_frame(&mut context) {
            Poll::Pending => {
                assert!(
                    !output.is_empty(),
                    "the layer must send the beginning of the call at once"
                );
            }
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(()))) => end = End::Error,
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    assert!(!data.is_empty(), "the layer must not send empty frames");
                    assert_eq!(end, End::Plain, "data must precede trailers");
                    output.extend_from_slice(&data);
                }
                Err(_) => end = End::Trailers,
            },
        }
    }
    assert_eq!(end, if json.is_cut() { End::Plain } else { json.end });
    assert!(body.is_end_stream());
    // A failed or cut body has fewer bytes than its size hint promised.
    let is_short = end == End::Error || json.is_cut();
    for (passed, lower, upper) in hints.into_iter().filter(|_| !is_short) {
        let left = u64::try_from(output.len() - passed).expect("the size fits into a u64");
        assert!(
            lower <= left && upper.is_none_or(|upper| left <= upper),
            "{lower} {upper:?} {left}"
        );
    }
    output
}

fn response_body(json: &CutJson) -> JsonpBody<CutBody> {
    let policy = JsonpPolicy::new(config(json.options)).expect("the configuration is valid");
    let mut service = JsonpLayer::new(policy).layer(App(CutBody::new(json)));
    let request = Request::get("/?callback=cb").body(()).expect("the request is valid");
    let future = pin!(service.call(request));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.into_body(),
        Poll::Ready(Err(())) => panic!("the service must not fail"),
        Poll::Pending => panic!("the future must be ready at the first poll"),
    }
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

#[derive(Clone, Debug)]
struct App(CutBody);

impl Service<Request<()>> for App {
    type Response = Response<CutBody>;
    type Error = ();
    type Future = Ready<Result<Response<CutBody>, ()>>;

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

/// A body with the pieces of a seed.
#[derive(Clone, Debug)]
struct CutBody {
    pieces: VecDeque<Piece>,
    end: End,
}

impl CutBody {
    fn new(json: &CutJson) -> Self {
        Self { pieces: json.pieces.iter().cloned().collect(), end: json.end }
    }
}

impl Body for CutBody {
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
