//! Bodies, which are forwarded one frame at a time, without buffering.

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

/// The body that the upstream receives from a client.
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
        self.progress.record(matches!(frame, Some(Err(_))));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// The progress of sending a request to the upstream.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Arc<Mutex<LastFrame>>);

#[derive(Clone, Copy, Debug)]
pub(crate) struct LastFrame {
    /// The time of the last frame.
    pub(crate) at: Instant,
    /// Whether the client's body failed.
    pub(crate) is_broken: bool,
}

impl Progress {
    pub(crate) fn now() -> Self {
        Self(Arc::new(Mutex::new(LastFrame { at: Instant::now(), is_broken: false })))
    }

    pub(crate) fn last(&self) -> LastFrame {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, is_broken: bool) {
        let last = LastFrame { at: Instant::now(), is_broken };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }
}

/// The body that a client receives. Implements `Default`, since the layers respond with empty bodies.
#[derive(Debug)]
pub(crate) enum ResponseBody {
    /// A text of the gateway.
    Gateway(Full<Bytes>),
    Upstream {
        body: Incoming,
        /// A stream slot of an HTTP/2 connection, which is released together with the body.
        _slot: Option<Arc<()>>,
    },
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self::Gateway(Full::default())
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
            Self::Gateway(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Upstream { body, .. } => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Gateway(body) => body.is_end_stream(),
            Self::Upstream { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Gateway(body) => body.size_hint(),
            Self::Upstream { body, .. } => body.size_hint(),
        }
    }
}
