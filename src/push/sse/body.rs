use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{settings::Settings, timers::Timers};
use crate::response::frame_into_bytes;

pin_project! {
    /// The response body of [`Sse`](super::Sse): the service's frames with comments between them.
    ///
    /// The body polls the service's body only when it is polled, and does not buffer frames. If it is
    /// dropped, it drops the service's body at once.
    #[derive(Debug)]
    pub struct SseBody<B> {
        // `None` at the end, so that the service's body is dropped at once.
        #[pin]
        inner: Option<B>,
        // `None` if the layer does not change the body. Boxed, because most responses are not streams.
        stream: Option<Pin<Box<Stream>>>,
    }
}

impl<B> SseBody<B> {
    pub(super) fn new(inner: B, stream: Option<Pin<Box<Stream>>>) -> Self {
        Self { inner: Some(inner), stream }
    }

    pub(super) fn untouched(inner: B) -> Self {
        Self { inner: Some(inner), stream: None }
    }

    pub(crate) fn empty() -> Self {
        Self { inner: None, stream: None }
    }
}

impl<B: Default> Default for SseBody<B> {
    fn default() -> Self {
        Self::untouched(B::default())
    }
}

impl<B: Body> Body for SseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(stream) = this.stream else {
            let frame = ready!(inner.poll_frame(cx));
            return Poll::Ready(frame.map(|frame| frame.map(frame_into_bytes)));
        };
        if let Some(prefix) = stream.as_mut().take_prefix() {
            return Poll::Ready(Some(Ok(Frame::data(prefix))));
        }
        // Check the end first, because a stream may always have more frames.
        if !stream.as_mut().is_over() {
            loop {
                let frame = match inner.as_mut().poll_frame(cx) {
                    Poll::Ready(frame) => frame.map(|frame| frame.map(frame_into_bytes)),
                    Poll::Pending => match ready!(stream.as_mut().poll_comment(cx)) {
                        Some(comment) => return Poll::Ready(Some(Ok(Frame::data(comment)))),
                        None => break,
                    },
                };
                let data = match frame.map(|frame| frame.map(Frame::into_data)) {
                    Some(Ok(Ok(data))) => data,
                    // Trailers are the last frame.
                    Some(Ok(Err(trailers))) => {
                        *this.stream = None;
                        return Poll::Ready(Some(Ok(trailers)));
                    }
                    Some(Err(error)) => {
                        this.inner.set(None);
                        *this.stream = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => break,
                };
                if let Some(data) = stream.as_mut().filter(data) {
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
            }
        }
        this.inner.set(None);
        *this.stream = None;
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        let Some(inner) = &self.inner else { return true };
        let is_begun = self.stream.as_ref().is_none_or(|stream| stream.is_begun());
        is_begun && inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.inner, &self.stream) {
            (None, _) => SizeHint::with_exact(0),
            (Some(inner), None) => inner.size_hint(),
            // The layer may add comments, or end the stream early.
            (Some(_), Some(_)) => SizeHint::default(),
        }
    }
}

pin_project! {
    /// The state of one event stream, which decides about insertions.
    #[derive(Debug)]
    pub(crate) struct Stream {
        settings: Arc<Settings>,
        is_begun: bool,
        bom: BomState,
        #[pin]
        timers: Timers,
    }
}

impl Stream {
    /// Creates the state, or returns `None` if the settings never change the body.
    ///
    /// `is_plain` means that the body has no content coding. The layer inserts only into plain bodies.
    /// `reconnects` means that the client reconnects after a clean end. The layer ends only such streams.
    pub(super) fn new(
        settings: &Arc<Settings>,
        is_plain: bool,
        reconnects: bool,
    ) -> Option<Pin<Box<Self>>> {
        let is_ended = reconnects && settings.timers.end_streams();
        let has_insertions = is_plain && settings.inserts_lines();
        if !is_ended && !has_insertions {
            return None;
        }
        let has_retry = is_plain && settings.retry.is_some();
        Some(Box::pin(Self {
            settings: settings.clone(),
            is_begun: !has_retry,
            bom: BomState::default(),
            timers: Timers::new(&settings.timers, is_plain, reconnects),
        }))
    }

    fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Returns the line before the first frame, once.
    fn take_prefix(self: Pin<&mut Self>) -> Option<Bytes> {
        let this = self.project();
        if *this.is_begun {
            return None;
        }
        *this.is_begun = true;
        this.bom.mark_preceded();
        this.timers.mark_preceded();
        this.settings.retry.clone()
    }

    /// Returns the bytes to forward; `None` if all bytes are removed or held back.
    fn filter(self: Pin<&mut Self>, data: Bytes) -> Option<Bytes> {
        let this = self.project();
        let data = this.bom.filter(data)?;
        this.timers.observe(&data);
        Some(data)
    }

    /// Returns whether the stream must end before the service's body is polled again.
    fn is_over(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        this.timers.is_over(&this.settings.timers)
    }

    /// Waits for the next comment; `None` is the end of the stream.
    fn poll_comment(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.project();
        let comment = ready!(this.timers.poll(cx, &this.settings.timers));
        this.bom.mark_preceded();
        Poll::Ready(comment.map(Bytes::from_static))
    }
}

/// The progress of the removal of a byte order mark (BOM).
///
/// Clients remove a BOM only at the beginning of the stream. The layer must therefore remove the service's
/// BOM after an insertion at the beginning.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum BomState {
    /// The stream is empty so far.
    #[default]
    Possible,
    /// After an insertion, the service has sent this number of bytes of a BOM.
    ///
    /// The bytes are held back, because the BOM may be incomplete.
    Stripping(usize),
    /// The beginning of the stream is over.
    Done,
}

impl BomState {
    /// Records an insertion, which precedes the stream if the stream is empty so far.
    fn mark_preceded(&mut self) {
        if *self == Self::Possible {
            *self = Self::Stripping(0);
        }
    }

    /// Returns the bytes to forward; `None` if all bytes are removed or held back.
    fn filter(&mut self, mut data: Bytes) -> Option<Bytes> {
        let Self::Stripping(held) = *self else {
            if !data.is_empty() {
                *self = Self::Done;
            }
            return Some(data);
        };
        let expected = BOM.get(held..).unwrap_or_default();
        let common = expected.iter().zip(&data).take_while(|(one, other)| one == other).count();
        if common == expected.len() {
            *self = Self::Done;
            data.advance(common);
        } else if common == data.len() {
            *self = Self::Stripping(held + common);
            return None;
        } else {
            *self = Self::Done;
            if held > 0 {
                let held_back = BOM.get(..held).unwrap_or_default();
                data = [held_back, &data].concat().into();
            }
        }
        (!data.is_empty()).then_some(data)
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests {
    use super::*;

    /// Limits the memory of a stream. With 10,000 streams, each byte needs 10 KB. The size includes 16 bytes
    /// for the overhead of an allocation.
    #[test]
    fn stream_adds_at_most_512_bytes() {
        let added = size_of::<SseBody<[u8; 64]>>() - 64 + size_of::<Stream>();
        assert!(added <= 512 - 16, "{added} bytes");
        // Other responses add a pointer, and whether the body has ended.
        assert!(size_of::<SseBody<[u8; 64]>>() - 64 <= 16);
    }
}
