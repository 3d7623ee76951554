//! The target `streams`.

use std::{
    cell::RefCell,
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use tokio::{runtime::Runtime, time::advance};
use tower_cross_origin::push::{SseBody, SseLayer};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    cut_streams::{CutStream, Piece},
    reference_model::event_source::{Read, read},
};

/// Checks that the layer does not change the events of a stream.
pub fn check(bytes: &[u8]) {
    let stream = CutStream::parse(bytes);
    let output = layer_output(&stream);
    assert_eq!(disagreement(&stream, &output), None, "{stream:?}: {:?}", output.escape_ascii());
    if !stream.begins_with_retry && !stream.pieces.contains(&Piece::Silence) {
        assert_eq!(output, stream.body().as_slice(), "the layer must not change the stream");
    }
}

/// Returns a difference between the stream and `seen` for a client, if any.
pub(crate) fn disagreement(stream: &CutStream, output: &[u8]) -> Option<String> {
    let body = stream.body();
    // A new client, a client that reconnects, and a client that reconnects exactly as the standard
    // requires.
    for (last_event_id, id_buffer) in [("", ""), ("7", "7"), ("7", "")] {
        let without = read(&body, last_event_id, id_buffer);
        let with = read(output, last_event_id, id_buffer);
        let own = stream.begins_with_retry.then_some(RETRY);
        let expected = Read { reconnection_time: without.reconnection_time.or(own), ..without };
        if with != expected {
            return Some(format!("expected {expected:?}, got {with:?}"));
        }
    }
    None
}

/// Returns all bytes that leave the layer. Each frame leaves before the service sends the next.
fn layer_output(stream: &CutStream) -> Vec<u8> {
    thread_local!(static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("the runtime is built"));
    RUNTIME.with(|runtime| runtime.block_on(all_bytes(stream)))
}

async fn all_bytes(stream: &CutStream) -> Vec<u8> {
    let mut layer = SseLayer::new().keep_alive(SseLayer::KEEP_ALIVE);
    if stream.begins_with_retry {
        layer = layer.retry(Duration::from_millis(RETRY));
    }
    let app = App::default();
    let mut body = response_body(&layer, &app);
    let mut output = Vec::new();
    for piece in &stream.pieces {
        drain(&mut body, &mut output);
        match piece {
            Piece::Bytes(bytes) => app.frames.borrow_mut().push_back(Bytes::copy_from_slice(bytes)),
            Piece::Silence => {
                let before = output.len();
                advance(SseLayer::KEEP_ALIVE).await;
                drain(&mut body, &mut output);
                let inserted = output.get(before..).unwrap_or_default();
                let is_one = matches!(inserted, b"" | b":\n" | b":\n\n");
                assert!(is_one, "unexpected bytes after one silence: {}", inserted.escape_ascii());
            }
        }
    }
    drain(&mut body, &mut output);
    output
}

fn drain(body: &mut SseBody<App>, output: &mut Vec<u8>) {
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut *body).poll_frame(&mut context) {
        let data = frame.into_data().expect("the body has no trailers");
        assert!(!data.is_empty(), "the layer must not send empty frames");
        output.extend_from_slice(&data);
    }
}

fn response_body(layer: &SseLayer, app: &App) -> SseBody<App> {
    let mut service = layer.layer(app.clone());
    let future = pin!(service.call(Request::new(())));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.into_body(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("the future must be ready at the first poll"),
    }
}

/// A service, and the body of its response, which sends the queued frames.
#[derive(Clone, Debug, Default)]
struct App {
    frames: Rc<RefCell<VecDeque<Bytes>>>,
}

impl Service<Request<()>> for App {
    type Response = Response<Self>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Self>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Response::new(self.clone());
        let content_type = HeaderValue::from_static("text/event-stream");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        ready(Ok(response))
    }
}

impl Body for App {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frames = self.frames.borrow_mut().pop_front();
        frames.map_or(Poll::Pending, |data| Poll::Ready(Some(Ok(Frame::data(data)))))
    }
}

/// A reconnection time in milliseconds that no seed contains.
const RETRY: u64 = 8_765_432;
