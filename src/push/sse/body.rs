use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::stream::Stream;
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

    pub(super) fn empty() -> Self {
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
