use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of a response that went through a [`SharedCache`](super::SharedCache): all of it at once, and the
/// error with which the service's own ended, if it did.
#[derive(Debug)]
pub struct CachedBody<E> {
    pub(super) bytes: Option<Bytes>,
    pub(super) error: Option<E>,
}

impl<E> CachedBody<E> {
    pub(super) fn of(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes), error: None }
    }
}

/// Nothing.
impl<E> Default for CachedBody<E> {
    fn default() -> Self {
        Self { bytes: None, error: None }
    }
}

impl<E> Unpin for CachedBody<E> {}

impl<E> Body for CachedBody<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        let frame = bytes.map(|bytes| Ok(Frame::data(bytes)));
        Poll::Ready(frame.or_else(|| self.error.take().map(Err)))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty) && self.error.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        if self.error.is_none() { SizeHint::with_exact(length as u64) } else { SizeHint::default() }
    }
}
