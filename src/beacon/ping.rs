use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::{
    HeaderValue, Request,
    header::{ORIGIN, REFERER},
};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    origin::Origin,
    request::{fetch_metadata::SEC_FETCH_SITE, fields},
    response::frame_into_bytes,
};

/// A request whose sender does not use the response.
///
/// [`Beacon`](super::Beacon) has not read the body, and limits its length. Reading the body may block on a slow
/// client, so read it in a separate task or thread, with a timeout.
#[derive(Debug)]
pub struct Ping<B> {
    request: Request<PingBody<B>>,
}

impl<B> Ping<B> {
    pub(super) fn new(request: Request<B>, limit: u64) -> Self {
        Self { request: request.map(|inner| PingBody { inner: Some(inner), left: limit, limit }) }
    }

    /// Returns the request.
    pub fn request(&self) -> &Request<PingBody<B>> {
        &self.request
    }

    /// Returns the request with its body, and consumes the ping.
    pub fn into_request(self) -> Request<PingBody<B>> {
        self.request
    }

    /// Returns the `Origin`, or the origin of the `Referer` if `Origin` is missing.
    ///
    /// Image requests have no `Origin`. The result is only a hint: non-browser clients can forge both
    /// headers, and a page can suppress the `Referer`.
    pub fn origin(&self) -> Option<Origin<'_>> {
        ping_origin(&self.request)
    }

    /// Returns the `Referer`: the page's URL or only its origin, depending on its referrer policy.
    ///
    /// The result is only a hint: non-browser clients can forge the header.
    pub fn referer(&self) -> Option<&HeaderValue> {
        fields::single_value(self.request.headers(), REFERER)
    }

    /// Returns `Sec-Fetch-Site`: `cross-site`, `same-site`, `same-origin` or `none`.
    ///
    /// The header relates the page's origin to the service's origin. The result is only a hint: non-browser
    /// clients can forge the header.
    pub fn sec_fetch_site(&self) -> Option<&HeaderValue> {
        fields::single_value(self.request.headers(), &SEC_FETCH_SITE)
    }
}

pin_project! {
    /// The body of a [`Ping`]. It fails after [`Beacon::max_bytes`](super::Beacon::max_bytes).
    #[derive(Debug)]
    pub struct PingBody<B> {
        // `None` after the limit, so that the request body is dropped at once.
        #[pin]
        inner: Option<B>,
        // In bytes.
        left: u64,
        // In bytes.
        limit: u64,
    }
}

impl<B: Body> Body for PingBody<B> {
    type Data = Bytes;
    type Error = PingBodyError<B::Error>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let frame = match ready!(inner.poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(PingBodyError::Inner(error)))),
            Some(Ok(frame)) => frame,
        };
        let length = frame.data_ref().map_or(0, Buf::remaining);
        let left = u64::try_from(length).ok().and_then(|length| this.left.checked_sub(length));
        let Some(left) = left else {
            let limit = *this.limit;
            this.inner.set(None);
            return Poll::Ready(Some(Err(PingBodyError::TooLong { limit })));
        };
        *this.left = left;
        Poll::Ready(Some(Ok(frame_into_bytes(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let Some(inner) = &self.inner else { return SizeHint::with_exact(0) };
        let inner = inner.size_hint();
        let mut hint = SizeHint::new();
        hint.set_upper(inner.upper().unwrap_or(self.left).min(self.left));
        hint.set_lower(inner.lower().min(self.left));
        hint
    }
}

/// An error that occurs when the body of a [`Ping`] is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PingBodyError<E> {
    /// The body is longer than `limit`, and the request did not declare its length.
    TooLong {
        /// The maximum length, in bytes.
        limit: u64,
    },
    /// The client has disconnected, or the body is invalid.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for PingBodyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(
                f,
                "the body of the ping is longer than {limit} bytes; raise `max_bytes` to accept it"
            ),
            Self::Inner(error) => write!(f, "the body of the ping cannot be read: {error}"),
        }
    }
}

impl<E: Error + 'static> Error for PingBodyError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooLong { .. } => None,
            Self::Inner(error) => Some(error),
        }
    }
}

/// A receiver of pings that never blocks.
///
/// [`Beacon`](super::Beacon) calls the sink before it responds, so the sink must neither block nor work for
/// long. Usually the sink is a function that tries to put the ping into a bounded queue:
///
/// ```
/// use tower_cross_origin::beacon::{Beacon, Delivery, Ping};
///
/// // Sends pings to a thread.
/// let (sender, _pings) = std::sync::mpsc::sync_channel::<Ping<String>>(1_000);
/// Beacon::new(move |ping| sender.try_send(ping).into());
///
/// // Sends pings to a task.
/// let (sender, _pings) = tokio::sync::mpsc::channel::<Ping<String>>(1_000);
/// Beacon::new(move |ping| sender.try_send(ping).into());
///
/// // Uses only the URL.
/// Beacon::new(|ping: Ping<String>| match ping.request().uri().query() {
///     Some(_) => Delivery::Accepted,
///     None => Delivery::Dropped,
/// });
/// ```
pub trait PingSink<B> {
    /// Accepts the ping or drops it, without blocking.
    fn offer(&self, ping: Ping<B>) -> Delivery;
}

impl<B, F> PingSink<B> for F
where
    F: Fn(Ping<B>) -> Delivery,
{
    fn offer(&self, ping: Ping<B>) -> Delivery {
        self(ping)
    }
}

/// The result of [`PingSink::offer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// The sink has accepted the ping.
    Accepted,
    /// The sink has dropped the ping, for example because its queue is full.
    ///
    /// [`Beacon::dropped`](super::Beacon::dropped) counts the ping.
    Dropped,
}

/// Converts the result of `try_send` of the queues of `std` and Tokio.
impl<E> From<Result<(), E>> for Delivery {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::Accepted,
            Err(_) => Self::Dropped,
        }
    }
}

pub(super) fn ping_origin<B>(request: &Request<B>) -> Option<Origin<'_>> {
    let headers = request.headers();
    if headers.contains_key(ORIGIN) {
        return Origin::parse(fields::single_value(headers, ORIGIN)?.as_bytes()).ok();
    }
    let referer = fields::single_value(headers, REFERER)?.as_bytes();
    let authority = referer.windows(3).position(|part| part == b"://")? + 3;
    let is_end = |byte: &u8| matches!(byte, b'/' | b'?' | b'#');
    let length = referer.get(authority..)?.iter().position(is_end);
    let origin = length.map_or(Some(referer), |length| referer.get(..authority + length))?;
    Origin::parse(origin).ok()
}
