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
    /// The body of a response of an [`Sse`](super::Sse) service: frame for frame the one of the service,
    /// and between its frames what the layer was told to put into streams.
    ///
    /// It asks for a frame when it is asked for one, and holds none back. Dropped, it drops the body of
    /// the service at once.
    #[derive(Debug)]
    pub struct SseBody<B> {
        // `None` at the end, so that the service sees at once that nobody reads on.
        #[pin]
        inner: Option<B>,
        // `None` where nothing is put in, or no more. Apart, since most responses are no streams.
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
        if let Some(first) = stream.as_mut().first() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        // A stream that always has more does not put its end off.
        if !stream.as_mut().is_over() {
            loop {
                let frame = match inner.as_mut().poll_frame(cx) {
                    Poll::Ready(frame) => frame.map(|frame| frame.map(frame_into_bytes)),
                    Poll::Pending => match ready!(stream.as_mut().poll_between(cx)) {
                        Some(comment) => return Poll::Ready(Some(Ok(Frame::data(comment)))),
                        None => break,
                    },
                };
                let data = match frame.map(|frame| frame.map(Frame::into_data)) {
                    Some(Ok(Ok(data))) => data,
                    // Nothing comes after trailers.
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
                if let Some(data) = stream.as_mut().pass(data) {
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
            // More may be put in, and it may end before.
            (Some(_), Some(_)) => SizeHint::default(),
        }
    }
}

pin_project! {
    /// What is known of one stream of events, and what is to be put into it.
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
    /// `None` where there is nothing to do. Nothing is put into what `is_plain` is not.
    pub(super) fn new(settings: &Arc<Settings>, is_plain: bool) -> Option<Pin<Box<Self>>> {
        let has_retry = is_plain && settings.retry.is_some();
        if !has_retry && !settings.timers.are_set() {
            return None;
        }
        Some(Box::pin(Self {
            settings: settings.clone(),
            is_begun: !has_retry,
            bom: BomState::default(),
            timers: Timers::new(&settings.timers, is_plain),
        }))
    }

    fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// What comes before everything else.
    fn first(self: Pin<&mut Self>) -> Option<Bytes> {
        let this = self.project();
        if *this.is_begun {
            return None;
        }
        *this.is_begun = true;
        this.bom.mark_preceded();
        this.timers.mark_preceded();
        this.settings.retry.clone()
    }

    /// What is to be passed on of this data; `None` where that is nothing as yet.
    fn pass(self: Pin<&mut Self>, data: Bytes) -> Option<Bytes> {
        let this = self.project();
        let data = this.bom.pass(data)?;
        this.timers.pass(&data);
        Some(data)
    }

    /// Whether the stream is to end before more is asked of the service.
    fn is_over(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        this.timers.is_over(&this.settings.timers)
    }

    /// While the service has nothing: a comment, or `None` where the stream is to end.
    fn poll_between(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.project();
        let comment = ready!(this.timers.poll(cx, &this.settings.timers));
        this.bom.mark_preceded();
        Poll::Ready(comment.map(Bytes::from_static))
    }
}

/// The byte order mark that a stream may begin with: a client takes it away there and nowhere else, so
/// that it must go where something is put before it.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum BomState {
    /// Nothing of the stream has come, and nothing stands before it.
    #[default]
    Possible,
    /// Something stands before the stream, of which no more has come than so many bytes of the mark.
    /// They are held back: by themselves they mean nothing.
    Stripping(usize),
    /// The stream is past its beginning.
    Done,
}

impl BomState {
    /// Something has been put before the stream, if it has not begun.
    fn mark_preceded(&mut self) {
        if *self == Self::Possible {
            *self = Self::Stripping(0);
        }
    }

    /// What is to be passed on of this data. Of a mark that is cut, nothing as yet.
    fn pass(&mut self, mut data: Bytes) -> Option<Bytes> {
        let Self::Stripping(held) = *self else {
            if !data.is_empty() {
                *self = Self::Done;
            }
            return Some(data);
        };
        let expected = MARK.get(held..).unwrap_or_default();
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
                let began = MARK.get(..held).unwrap_or_default();
                data = [began, &data].concat().into();
            }
        }
        (!data.is_empty()).then_some(data)
    }
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests {
    use super::*;

    /// With 10,000 streams, each byte is 10 KB. The allocation of one is counted with it.
    #[test]
    fn a_stream_adds_at_most_512_bytes() {
        let added = size_of::<SseBody<[u8; 64]>>() - 64 + size_of::<Stream>();
        assert!(added <= 512 - 16, "{added} bytes");
        // And a response that is no stream a pointer, and whether the body has ended.
        assert!(size_of::<SseBody<[u8; 64]>>() - 64 <= 16);
    }
}
