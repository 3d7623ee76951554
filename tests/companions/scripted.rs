//! A body that says what a test says, when it says it.

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

pub(crate) type Said = Result<Frame<Bytes>, &'static str>;

/// The side of the service, to which the test is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    said: VecDeque<Option<Said>>,
    polls: usize,
    is_dropped: bool,
    waker: Option<Waker>,
}

impl Script {
    pub(crate) fn say(&self, data: impl AsRef<[u8]>) {
        self.push(Some(Ok(Frame::data(Bytes::copy_from_slice(data.as_ref())))));
    }

    pub(crate) fn say_trailers(&self) {
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

    /// The body of a response with these headers, behind the layer.
    pub(crate) fn body(&self) -> Scripted {
        Scripted { script: self.clone() }
    }

    fn push(&self, said: Option<Said>) {
        let mut shared = self.lock();
        shared.said.push_back(said);
        if let Some(waker) = shared.waker.take() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct Scripted {
    script: Script,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Said>> {
        let mut shared = self.script.lock();
        shared.polls += 1;
        if let Some(said) = shared.said.pop_front() {
            return Poll::Ready(said);
        }
        shared.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.script.lock().is_dropped = true;
    }
}

/// A stream of events behind `layer`.
pub(crate) fn events(layer: &SseLayer, script: &Script) -> SseBody<Scripted> {
    answered(layer, script, Request::get("/").body(()).unwrap(), &EVENT_STREAM).into_body()
}

pub(crate) const EVENT_STREAM: [(&str, &str); 1] = [("content-type", "text/event-stream")];

/// What the layer makes of a response with these headers to this request.
pub(crate) fn answered(
    layer: &SseLayer,
    script: &Script,
    request: Request<()>,
    headers: &[(&'static str, &'static str)],
) -> Response<SseBody<Scripted>> {
    let response = service_fn(|_: Request<()>| {
        let mut response = Response::new(script.body());
        for (name, value) in headers {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        std::future::ready(Ok::<_, &'static str>(response))
    });
    block_on(layer.layer(response).call(request)).unwrap()
}

/// What one look at a body shows.
#[derive(Debug, PartialEq)]
pub(crate) enum Look {
    Nothing,
    Data(String),
    Trailers,
    Error,
    End,
}

pub(crate) fn look<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Look {
    let mut context = Context::from_waker(Waker::noop());
    match Pin::new(body).poll_frame(&mut context) {
        Poll::Pending => Look::Nothing,
        Poll::Ready(None) => Look::End,
        Poll::Ready(Some(Err(_))) => Look::Error,
        Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) => Look::Data(String::from_utf8_lossy(&data).into_owned()),
            Err(_) => Look::Trailers,
        },
    }
}

pub(crate) fn data(text: &str) -> Look {
    Look::Data(text.to_owned())
}
