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
        Sse { #[pin] body: SseBody<B> },
        Jsonp { #[pin] body: JsonpBody<B> },
    }
}

impl<B> CrossOriginBody<B> {
    pub(super) fn inner(body: B) -> Self {
        Self { kind: Kind::Inner { body } }
    }

    /// Creates the body of a response. At most one section changes it, since events are not JSON.
    pub(super) fn changed(inner: B, sse: SseBodyChange, jsonp: JsonpBodyChange) -> Self {
        let kind = match (sse, jsonp) {
            (SseBodyChange::Unchanged, JsonpBodyChange::Unchanged) => Kind::Inner { body: inner },
            (sse, JsonpBodyChange::Unchanged) => Kind::Sse { body: sse.into_body(inner) },
            (_, jsonp) => Kind::Jsonp { body: jsonp.into_body(inner) },
        };
        Self { kind }
    }

    pub(super) fn text(text: String) -> Self {
        Self { kind: Kind::Jsonp { body: JsonpBody::text(text) } }
    }

    /// Creates the body of a response to `HEAD`.
    pub(super) fn absent() -> Self {
        Self { kind: Kind::Jsonp { body: JsonpBody::absent() } }
    }
}

/// Creates an empty body.
impl<B> Default for CrossOriginBody<B> {
    fn default() -> Self {
        Self { kind: Kind::Sse { body: SseBody::empty() } }
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
            KindProjection::Sse { body } => body.poll_frame(cx),
            KindProjection::Jsonp { body } => body.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Sse { body } => body.is_end_stream(),
            Kind::Jsonp { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Sse { body } => body.size_hint(),
            Kind::Jsonp { body } => body.size_hint(),
        }
    }
}
