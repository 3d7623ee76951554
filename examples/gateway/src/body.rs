//! Bodies, one frame at a time: none is asked for before whoever reads it is ready, and none is held.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::Instant;

/// What the upstream gets of a client.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Option<Incoming>,
    progress: Progress,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, progress: Progress) -> Self {
        Self { incoming: Some(incoming), progress }
    }

    pub(crate) fn empty() -> Self {
        Self { incoming: None, progress: Progress::now() }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(incoming).poll_frame(cx));
        self.progress.note(matches!(frame, Some(Err(_))));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// How far the upstream has been given a request.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Arc<Mutex<Noted>>);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted {
    /// When something was last given.
    pub(crate) at: Instant,
    /// Whether the client's body broke off.
    pub(crate) is_broken: bool,
}

impl Progress {
    pub(crate) fn now() -> Self {
        Self(Arc::new(Mutex::new(Noted { at: Instant::now(), is_broken: false })))
    }

    pub(crate) fn last(&self) -> Noted {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, is_broken: bool) {
        let noted = Noted { at: Instant::now(), is_broken };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = noted;
    }
}

/// What a client gets. It can be empty, `Default`, since layers answer by themselves.
#[derive(Debug)]
pub(crate) enum ResponseBody {
    /// The gateway's own words.
    Own(Full<Bytes>),
    Upstream {
        body: Incoming,
        /// Its place on a connection of HTTP/2, which is free when the body is gone.
        _place: Option<Arc<()>>,
    },
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self::Own(Full::default())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Own(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Upstream { body, .. } => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            Self::Upstream { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            Self::Upstream { body, .. } => body.size_hint(),
        }
    }
}
