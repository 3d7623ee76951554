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

/// Whatever the layer puts into a stream, wherever its frames are cut, a client dispatches the same.
pub fn check(bytes: &[u8]) {
    let stream = CutStream::read(bytes);
    let seen = behind_the_layer(&stream);
    assert_eq!(disagreement(&stream, &seen), None, "{stream:?}: {:?}", seen.escape_ascii());
    if !stream.begins_with_retry && !stream.pieces.contains(&Piece::Silence) {
        assert_eq!(seen, stream.whole().as_slice(), "nothing is put in");
    }
}

/// What a client would make of `seen` that it does not make of the stream, if there is such a thing.
pub(crate) fn disagreement(stream: &CutStream, seen: &[u8]) -> Option<String> {
    let whole = stream.whole();
    // A new client; one that comes again; and one that comes again and follows the standard's letter.
    for (last_event_id, id_buffer) in [("", ""), ("7", "7"), ("7", "")] {
        let without = read(&whole, last_event_id, id_buffer);
        let with = read(seen, last_event_id, id_buffer);
        let own = stream.begins_with_retry.then_some(RETRY);
        let expected = Read { reconnection_time: without.reconnection_time.or(own), ..without };
        if with != expected {
            return Some(format!("{with:?} in the place of {expected:?}"));
        }
    }
    None
}

/// All bytes that leave the layer. Each frame leaves before the next is said.
fn behind_the_layer(stream: &CutStream) -> Vec<u8> {
    thread_local!(static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output"));
    RUNTIME.with(|runtime| runtime.block_on(all_bytes(stream)))
}

async fn all_bytes(stream: &CutStream) -> Vec<u8> {
    let mut layer = SseLayer::new().keep_alive(SseLayer::KEEP_ALIVE);
    if stream.begins_with_retry {
        layer = layer.retry(Duration::from_millis(RETRY));
    }
    let app = App::default();
    let mut body = answered(&layer, &app);
    let mut seen = Vec::new();
    for piece in &stream.pieces {
        drain(&mut body, &mut seen);
        match piece {
            Piece::Bytes(bytes) => app.said.borrow_mut().push_back(Bytes::copy_from_slice(bytes)),
            Piece::Silence => {
                let before = seen.len();
                advance(SseLayer::KEEP_ALIVE).await;
                drain(&mut body, &mut seen);
                let put_in = seen.get(before..).unwrap_or_default();
                let is_one = matches!(put_in, b"" | b":\n" | b":\n\n");
                assert!(is_one, "{} for one silence", put_in.escape_ascii());
            }
        }
    }
    drain(&mut body, &mut seen);
    seen
}

fn drain(body: &mut SseBody<App>, seen: &mut Vec<u8>) {
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut *body).poll_frame(&mut context) {
        let data = frame.into_data().expect("no trailers are said");
        assert!(!data.is_empty(), "nothing is no frame");
        seen.extend_from_slice(&data);
    }
}

fn answered(layer: &SseLayer, app: &App) -> SseBody<App> {
    let mut service = layer.layer(app.clone());
    let future = pin!(service.call(Request::new(())));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.into_body(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("nothing is to be waited for"),
    }
}

/// The service, and the body of its answer: what is said to it, one frame after another.
#[derive(Clone, Debug, Default)]
struct App {
    said: Rc<RefCell<VecDeque<Bytes>>>,
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
        let said = self.said.borrow_mut().pop_front();
        said.map_or(Poll::Pending, |data| Poll::Ready(Some(Ok(Frame::data(data)))))
    }
}

/// In milliseconds; no stream of the seeds says it.
const RETRY: u64 = 8_765_432;
