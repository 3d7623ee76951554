use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};

/// Lets the frames of a [`Gated`] body through, and counts what is done to it.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<Flow>>);

/// A body whose frames come when its gate lets them. The default one has ended.
pub(crate) struct Gated(Gate);

/// The error of a gated body.
#[derive(Debug, PartialEq)]
pub(crate) struct Cut;

#[derive(Default)]
struct Flow {
    frames: VecDeque<Result<Frame<Bytes>, Cut>>,
    /// Of the frames that are to come, where the body knows it.
    length: Option<u64>,
    is_ended: bool,
    is_dropped: bool,
    polls: usize,
    waiting: Option<Waker>,
}

impl Gate {
    /// Its body, whose exact length is known or not.
    pub(crate) fn body(&self, length: Option<u64>) -> Gated {
        self.flow().length = length;
        Gated(self.clone())
    }

    pub(crate) fn data(&self, text: &'static str) {
        self.push(Ok(Frame::data(Bytes::from_static(text.as_bytes()))));
    }

    pub(crate) fn trailers(&self) {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        self.push(Ok(Frame::trailers(trailers)));
        self.end();
    }

    pub(crate) fn cut(&self) {
        self.push(Err(Cut));
        self.end();
    }

    /// After the frames that are there.
    pub(crate) fn end(&self) {
        self.flow().is_ended = true;
        self.wake();
    }

    /// How often the body was polled.
    pub(crate) fn polls(&self) -> usize {
        self.flow().polls
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.flow().is_dropped
    }

    fn push(&self, frame: Result<Frame<Bytes>, Cut>) {
        self.flow().frames.push_back(frame);
        self.wake();
    }

    fn wake(&self) {
        let waiting = self.flow().waiting.take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.0.lock().unwrap()
    }
}

impl Default for Gated {
    fn default() -> Self {
        let gate = Gate::default();
        gate.end();
        gate.body(None)
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        self.0.flow().is_dropped = true;
    }
}

impl Body for Gated {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let mut flow = self.0.flow();
        flow.polls += 1;
        let Some(frame) = flow.frames.pop_front() else {
            if flow.is_ended {
                return Poll::Ready(None);
            }
            flow.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let data = frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
        flow.length = flow.length.map(|length| length - u64::try_from(data).unwrap());
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        let flow = self.0.flow();
        flow.is_ended && flow.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.flow().length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
