//! The body of a response, written into a script as it comes.

mod escaper;
mod wrapping;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use self::wrapping::Wrapping;
use super::{config::Escapes, policy::JsonpCall};
use crate::response::{frame_into_bytes, len_u64};

pin_project! {
    /// The body of a response of a [`Jsonp`](super::Jsonp) service: that of the wrapped service, and
    /// around it the call where there is one.
    ///
    /// It asks for a frame when it is asked for one. What it passes on is the service's bytes and not a
    /// copy, but around what is escaped; it holds back at most the two bytes with which U+2028 and
    /// U+2029 begin, until it is seen what they are. Trailers stay last. After an error of the service's
    /// body there is no end of the call, so that a browser does not run what was cut off.
    #[derive(Debug)]
    pub struct JsonpBody<B> {
        // `None` at the end, so that the service sees at once that nobody reads on.
        #[pin]
        inner: Option<B>,
        shape: Shape,
    }
}

#[derive(Debug)]
enum Shape {
    Same,
    // Apart, since most responses are not wrapped.
    Wrapped(Box<Wrapping>),
    /// Of the answer to `HEAD`: there is none, and nothing is told of how long it would be.
    Absent,
    /// In the place of the service's.
    Text(Option<Bytes>),
}

impl<B> JsonpBody<B> {
    pub(super) fn same(inner: B) -> Self {
        Self { inner: Some(inner), shape: Shape::Same }
    }

    pub(super) fn wrapped(inner: B, call: &JsonpCall, escapes: Escapes) -> Self {
        let wrapping = Box::new(Wrapping::new(call, escapes));
        Self { inner: Some(inner), shape: Shape::Wrapped(wrapping) }
    }

    pub(crate) fn absent() -> Self {
        Self { inner: None, shape: Shape::Absent }
    }

    pub(crate) fn text(text: String) -> Self {
        Self { inner: None, shape: Shape::Text(Some(text.into())) }
    }
}

impl<B: Default> Default for JsonpBody<B> {
    fn default() -> Self {
        Self::same(B::default())
    }
}

impl<B: Body> Body for JsonpBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let wrapping = match this.shape {
            Shape::Same => {
                let Some(inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
                let frame = ready!(inner.poll_frame(cx));
                return Poll::Ready(frame.map(|frame| frame.map(frame_into_bytes)));
            }
            Shape::Wrapped(wrapping) => wrapping,
            Shape::Absent => return Poll::Ready(None),
            Shape::Text(text) => return Poll::Ready(text.take().map(Frame::data).map(Ok)),
        };
        loop {
            if let Some(piece) = wrapping.next() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            let Some(inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Ready(wrapping.trailers().map(Frame::trailers).map(Ok));
            };
            match ready!(inner.poll_frame(cx)).transpose() {
                Ok(Some(frame)) => match frame_into_bytes(frame).into_data() {
                    Ok(data) => wrapping.push(data),
                    Err(frame) => wrapping.end(frame.into_trailers().ok()),
                },
                Ok(None) => wrapping.end(None),
                Err(error) => {
                    this.inner.set(None);
                    *this.shape = Shape::Same;
                    return Poll::Ready(Some(Err(error)));
                }
            }
            if wrapping.is_ended() {
                this.inner.set(None);
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match (&self.shape, &self.inner) {
            (Shape::Same, inner) => inner.as_ref().is_none_or(Body::is_end_stream),
            (Shape::Wrapped(wrapping), _) => wrapping.is_read(),
            (Shape::Absent, _) => true,
            (Shape::Text(text), _) => text.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
        match &self.shape {
            Shape::Same => inner,
            Shape::Wrapped(wrapping) => wrapping.size_hint(&inner),
            Shape::Absent => SizeHint::default(),
            Shape::Text(text) => {
                SizeHint::with_exact(text.as_ref().map_or(0, |text| len_u64(text)))
            }
        }
    }
}
