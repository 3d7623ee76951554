//! A body whose frames the test sends one by one.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::push::{SseBody, SseLayer};

use crate::support::block_on;

pub(crate) type FrameResult = Result<Frame<Bytes>, &'static str>;

/// The sending side of a [`ScriptedBody`], which the test controls.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyScript {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    frames: VecDeque<Option<FrameResult>>,
    polls: usize,
    is_dropped: bool,
    waker: Option<Waker>,
}

impl BodyScript {
    pub(crate) fn send(&self, data: impl AsRef<[u8]>) {
        self.push(Some(Ok(Frame::data(Bytes::copy_from_slice(data.as_ref())))));
    }

    pub(crate) fn send_trailers(&self) {
        let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "17".parse().unwrap())]);
        self.push(Some(Ok(Frame::trailers(trailers))));
    }

    pub(crate) fn fail(&self) {
        self.push(Some(Err("broken")));
    }

    pub(crate) fn end(&self) {
        self.push(None);
    }

    pub(crate) fn polls(&self) -> usize {
        self.lock().polls
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.lock().is_dropped
    }

    /// Returns the receiving side.
    pub(crate) fn body(&self) -> ScriptedBody {
        ScriptedBody { script: self.clone() }
    }

    fn push(&self, frame: Option<FrameResult>) {
        let mut shared = self.lock();
        shared.frames.push_back(frame);
        if let Some(waker) = shared.waker.take() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct ScriptedBody {
    script: BodyScript,
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<FrameResult>> {
        let mut shared = self.script.lock();
        shared.polls += 1;
        if let Some(frame) = shared.frames.pop_front() {
            return Poll::Ready(frame);
        }
        shared.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for ScriptedBody {
    fn drop(&mut self) {
        self.script.lock().is_dropped = true;
    }
}

/// Returns the body of an event stream behind `layer`, for an `EventSource`.
pub(crate) fn sse_body(layer: &SseLayer, script: &BodyScript) -> SseBody<ScriptedBody> {
    respond(layer, script, event_source(), &EVENT_STREAM).into_body()
}

/// Returns the request of an `EventSource`.
pub(crate) fn event_source() -> Request<()> {
    Request::get("/").header("accept", "text/event-stream").body(()).unwrap()
}

pub(crate) const EVENT_STREAM: [(&str, &str); 1] = [("content-type", "text/event-stream")];

/// Returns the layer's response to `request`, for a service that sets these headers.
pub(crate) fn respond(
    layer: &SseLayer,
    script: &BodyScript,
    request: Request<()>,
    headers: &[(&'static str, &'static str)],
) -> Response<SseBody<ScriptedBody>> {
    let response = service_fn(|_: Request<()>| {
        let mut response = Response::new(script.body());
        for (name, value) in headers {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        std::future::ready(Ok::<_, &'static str>(response))
    });
    block_on(layer.layer(response).call(request)).unwrap()
}

/// The result of one poll of a body.
#[derive(Debug, PartialEq)]
pub(crate) enum Polled {
    Pending,
    Data(String),
    Trailers,
    Error,
    End,
}

pub(crate) fn poll_body<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Polled {
    let mut context = Context::from_waker(Waker::noop());
    match Pin::new(body).poll_frame(&mut context) {
        Poll::Pending => Polled::Pending,
        Poll::Ready(None) => Polled::End,
        Poll::Ready(Some(Err(_))) => Polled::Error,
        Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) => Polled::Data(String::from_utf8_lossy(&data).into_owned()),
            Err(_) => Polled::Trailers,
        },
    }
}

pub(crate) fn data(text: &str) -> Polled {
    Polled::Data(text.to_owned())
}
