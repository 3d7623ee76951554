//! Bodies, which are forwarded one frame at a time, without buffering.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, header::EXPECT};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tokio::{
    runtime::Handle,
    time::{Instant, timeout},
};

use crate::headers;

/// The body of a client's request.
///
/// If it is dropped before its end, because a layer or the upstream responds early, the rest of the body is read and
/// discarded for a limited time. Otherwise hyper closes an HTTP/1.1 connection with unread data, or resets the stream
/// of HTTP/2. The kernel then resets the connection, and a client that is still sending can lose the response. Some
/// versions of curl lose the response of a reset stream.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-9.6-8>
#[derive(Debug)]
pub(crate) struct ClientBody {
    /// `None` after the end.
    incoming: Option<Incoming>,
    /// Whether the client waits for `100 Continue`. hyper sends it at the first read.
    is_awaited: bool,
}

impl ClientBody {
    /// Takes the body out of a request.
    pub(crate) fn wrap(request: Request<Incoming>) -> Request<Self> {
        let is_awaited = request.headers().contains_key(EXPECT);
        request.map(|incoming| Self { incoming: Some(incoming), is_awaited })
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let poll = Pin::new(incoming).poll_frame(cx);
        self.is_awaited = false;
        if matches!(poll, Poll::Ready(None | Some(Err(_)))) {
            self.incoming = None;
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for ClientBody {
    fn drop(&mut self) {
        if self.is_awaited || self.is_end_stream() {
            return;
        }
        if let (Some(incoming), Ok(runtime)) = (self.incoming.take(), Handle::try_current()) {
            runtime.spawn(discard(incoming));
        }
    }
}

/// Reads the rest of a body, until its end or a time limit.
async fn discard(mut body: Incoming) {
    let rest = async { while let Ok(Some(Ok(_))) = timeout(MAX_SILENCE, body.frame()).await {} };
    let _ = timeout(MAX_DISCARD_TIME, rest).await;
}

/// The limits of nginx (`lingering_time` and `lingering_timeout`).
const MAX_DISCARD_TIME: Duration = Duration::from_secs(30);
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// The body that the upstream receives from a client.
#[derive(Debug)]
pub(crate) struct RequestBody {
    client: Option<ClientBody>,
    /// The first frame, if it was read before the body was sent.
    first: Option<Result<Frame<Bytes>, hyper::Error>>,
    progress: Progress,
}

impl RequestBody {
    pub(crate) fn new(client: ClientBody, progress: Progress) -> Self {
        Self { client: Some(client), first: None, progress }
    }

    pub(crate) fn empty() -> Self {
        Self { client: None, first: None, progress: Progress::now() }
    }

    /// Waits for the first frame or the end, and returns whether there is a frame.
    pub(crate) async fn has_frames(&mut self) -> bool {
        if !self.is_end_stream() {
            self.first = self.frame().await;
        }
        self.first.is_some()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let Some(client) = &mut self.client else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(client).poll_frame(cx));
        self.progress.record(matches!(frame, Some(Err(_))));
        Poll::Ready(frame.map(|frame| frame.map(with_valid_trailers)))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.client.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        if self.first.is_some() {
            return SizeHint::default();
        }
        self.client.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// Removes trailers that are only valid as headers. Data stays unchanged.
fn with_valid_trailers(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_trailers() {
        Ok(mut trailers) => {
            headers::remove_invalid_trailers(&mut trailers);
            Frame::trailers(trailers)
        }
        Err(data) => data,
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
            Self::Upstream { body, .. } => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map(with_valid_trailers)))
            }
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
