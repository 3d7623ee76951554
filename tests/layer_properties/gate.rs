use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};

/// A controller that produces the frames of a [`Gated`] body, and counts polls.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<GateState>>);

/// A body whose gate produces the frames. The default body is at its end.
pub(crate) struct Gated(Gate);

/// The error of a gated body.
#[derive(Debug, PartialEq)]
pub(crate) struct BodyError;

#[derive(Default)]
struct GateState {
    frames: VecDeque<Result<Frame<Bytes>, BodyError>>,
    /// The number of remaining bytes, if the body reports it.
    length: Option<u64>,
    is_ended: bool,
    is_dropped: bool,
    polls: usize,
    waiting: Option<Waker>,
}

impl Gate {
    /// Returns the body of this gate, which reports its length if it is given.
    pub(crate) fn body(&self, length: Option<u64>) -> Gated {
        self.state().length = length;
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

    pub(crate) fn fail(&self) {
        self.push(Err(BodyError));
        self.end();
    }

    /// Ends the body after its present frames.
    pub(crate) fn end(&self) {
        self.state().is_ended = true;
        self.wake();
    }

    /// Returns the number of polls.
    pub(crate) fn polls(&self) -> usize {
        self.state().polls
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.state().is_dropped
    }

    fn push(&self, frame: Result<Frame<Bytes>, BodyError>) {
        self.state().frames.push_back(frame);
        self.wake();
    }

    fn wake(&self) {
        let waiting = self.state().waiting.take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
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
        self.0.state().is_dropped = true;
    }
}

impl Body for Gated {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut state = self.0.state();
        state.polls += 1;
        let Some(frame) = state.frames.pop_front() else {
            if state.is_ended {
                return Poll::Ready(None);
            }
            state.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let data = frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
        state.length = state.length.map(|length| length - u64::try_from(data).unwrap());
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        let state = self.0.state();
        state.is_ended && state.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.state().length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
