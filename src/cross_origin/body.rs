use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    jsonp::{JsonpBody, JsonpBodyChange},
    push::{SseBody, SseBodyChange},
    response::frame_into_bytes,
};

pin_project! {
    /// The body of a response of [`CrossOrigin`](super::CrossOrigin).
    ///
    /// It is the body of the inner service, changed by the section `sse` or `jsonp`, or the text of a rejection.
    /// Its data is [`Bytes`]. Frames of a body that no section changes are forwarded.
    #[derive(Debug)]
    pub struct CrossOriginBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<B> {
        Inner { #[pin] body: B },
        // Boxed, so that most responses keep the size of the service's response.
        Changed { body: Pin<Box<ChangedBody<B>>> },
    }
}

pin_project! {
    #[project = ChangedProjection]
    #[derive(Debug)]
    enum ChangedBody<B> {
        Sse { #[pin] body: SseBody<B> },
        Jsonp { #[pin] body: JsonpBody<B> },
    }
}

/// The change of a response's body. At most one section changes a body, since events are not JSON.
#[derive(Debug)]
pub(super) enum BodyChange {
    Sse(SseBodyChange),
    Jsonp(JsonpBodyChange),
}

impl<B> CrossOriginBody<B> {
    /// Creates the body of a response from the body of the inner service.
    #[inline]
    pub(super) fn inner(body: B) -> Self {
        Self { kind: Kind::Inner { body } }
    }

    /// Changes the body of the inner service. Not inlined, since few responses need it.
    #[inline(never)]
    pub(super) fn apply(&mut self, change: BodyChange)
    where
        B: Default,
    {
        let body = match std::mem::take(self).kind {
            Kind::Inner { body } => body,
            changed @ Kind::Changed { .. } => return self.kind = changed,
        };
        *self = Self::changed(match change {
            BodyChange::Sse(change) => ChangedBody::Sse { body: change.into_body(body) },
            BodyChange::Jsonp(change) => ChangedBody::Jsonp { body: change.into_body(body) },
        });
    }

    pub(super) fn text(text: Bytes) -> Self {
        Self::changed(ChangedBody::Jsonp { body: JsonpBody::text(text) })
    }

    /// Creates the body of a response to `HEAD`.
    pub(super) fn absent() -> Self {
        Self::changed(ChangedBody::Jsonp { body: JsonpBody::absent() })
    }

    fn changed(body: ChangedBody<B>) -> Self {
        Self { kind: Kind::Changed { body: Box::pin(body) } }
    }
}

/// Creates the body from the default body of the inner service, which is usually empty.
impl<B: Default> Default for CrossOriginBody<B> {
    fn default() -> Self {
        Self::inner(B::default())
    }
}

impl<B: Body> Body for CrossOriginBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjection::Inner { body } => {
                body.poll_frame(cx).map(|frame| frame.map(|frame| frame.map(frame_into_bytes)))
            }
            KindProjection::Changed { body } => match body.as_mut().project() {
                ChangedProjection::Sse { body } => body.poll_frame(cx),
                ChangedProjection::Jsonp { body } => body.poll_frame(cx),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Changed { body } => match &**body {
                ChangedBody::Sse { body } => body.is_end_stream(),
                ChangedBody::Jsonp { body } => body.is_end_stream(),
            },
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Changed { body } => match &**body {
                ChangedBody::Sse { body } => body.size_hint(),
                ChangedBody::Jsonp { body } => body.size_hint(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_is_as_large_as_the_inner_body() {
        type Inner = Pin<Box<dyn Body<Data = Bytes, Error = std::convert::Infallible>>>;
        assert_eq!(size_of::<CrossOriginBody<Inner>>(), size_of::<Inner>());
    }
}
