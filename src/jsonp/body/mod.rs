//! The response body, which streams JSON into a script.

mod escaper;
mod validator;
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
    /// The response body of [`Jsonp`](super::Jsonp): the inner body, optionally wrapped in a call.
    ///
    /// The body polls the inner body only when it is polled. It returns the inner bytes without a copy, except
    /// near escaped characters. It holds back at most two bytes, which may begin U+2028 or U+2029. Trailers stay
    /// last. After an error of the inner body, the end of the call is missing, so that browsers do not run a
    /// truncated script. With [`Payload::Expression`](super::Payload::Expression), the body ends at the first byte
    /// that is not JSON, so that browsers do not run other code.
    #[derive(Debug)]
    pub struct JsonpBody<B> {
        // `None` after the end, so that the inner body is dropped early.
        #[pin]
        inner: Option<B>,
        kind: BodyKind,
    }
}

#[derive(Debug)]
enum BodyKind {
    Unchanged,
    // Boxed, since most responses are not wrapped.
    Wrapped(Box<Wrapping>),
    /// The missing body of a response to `HEAD`, with an unknown length.
    Absent,
    /// A text that replaces the inner body.
    Text(Option<Bytes>),
}

impl<B> JsonpBody<B> {
    pub(super) fn unchanged(inner: B) -> Self {
        Self { inner: Some(inner), kind: BodyKind::Unchanged }
    }

    pub(super) fn wrapped(inner: B, call: &JsonpCall, escapes: Escapes) -> Self {
        let wrapping = Box::new(Wrapping::new(call, escapes));
        Self { inner: Some(inner), kind: BodyKind::Wrapped(wrapping) }
    }

    pub(crate) fn absent() -> Self {
        Self { inner: None, kind: BodyKind::Absent }
    }

    pub(crate) fn text(text: impl Into<Bytes>) -> Self {
        Self { inner: None, kind: BodyKind::Text(Some(text.into())) }
    }
}

impl<B: Default> Default for JsonpBody<B> {
    fn default() -> Self {
        Self::unchanged(B::default())
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
        let wrapping = match this.kind {
            BodyKind::Unchanged => {
                let Some(inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
                let frame = ready!(inner.poll_frame(cx));
                return Poll::Ready(frame.map(|frame| frame.map(frame_into_bytes)));
            }
            BodyKind::Wrapped(wrapping) => wrapping,
            BodyKind::Absent => return Poll::Ready(None),
            BodyKind::Text(text) => return Poll::Ready(text.take().map(Frame::data).map(Ok)),
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
                    *this.kind = BodyKind::Unchanged;
                    return Poll::Ready(Some(Err(error)));
                }
            }
            if wrapping.is_ended() {
                this.inner.set(None);
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match (&self.kind, &self.inner) {
            (BodyKind::Unchanged, inner) => inner.as_ref().is_none_or(Body::is_end_stream),
            (BodyKind::Wrapped(wrapping), _) => wrapping.is_read(),
            (BodyKind::Absent, _) => true,
            (BodyKind::Text(text), _) => text.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
        match &self.kind {
            BodyKind::Unchanged => inner,
            BodyKind::Wrapped(wrapping) => wrapping.size_hint(&inner),
            BodyKind::Absent => SizeHint::default(),
            BodyKind::Text(text) => {
                SizeHint::with_exact(text.as_ref().map_or(0, |text| len_u64(text)))
            }
        }
    }
}
