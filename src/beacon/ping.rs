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

/// A request that says something and waits for nothing. It has been answered.
///
/// The body has not been read, and gives no more than its bound. Whoever reads it waits for a client that
/// may be slow, so that it is read where nobody else waits, and within a time of one's choice.
#[derive(Debug)]
pub struct Ping<B> {
    request: Request<PingBody<B>>,
}

impl<B> Ping<B> {
    pub(super) fn new(request: Request<B>, limit: u64) -> Self {
        Self { request: request.map(|inner| PingBody { inner: Some(inner), left: limit, limit }) }
    }

    /// The request.
    pub fn request(&self) -> &Request<PingBody<B>> {
        &self.request
    }

    /// The request, with its body.
    pub fn into_request(self) -> Request<PingBody<B>> {
        self.request
    }

    /// Who says it, as far as it says so: the `Origin`, and where there is none, as of an image, the
    /// origin of the `Referer`. A hint: only browsers are bound to tell the truth, and a page may have its
    /// browser leave the `Referer` out.
    pub fn origin(&self) -> Option<Origin<'_>> {
        origin_of(&self.request)
    }

    /// The address of the page, or its origin alone, as its referrer policy has it. A hint.
    pub fn referer(&self) -> Option<&HeaderValue> {
        fields::single_value(self.request.headers(), REFERER)
    }

    /// How far the page is from the service: `cross-site`, `same-site`, `same-origin` or `none`; of a
    /// browser that says so. A hint.
    pub fn sec_fetch_site(&self) -> Option<&HeaderValue> {
        fields::single_value(self.request.headers(), &SEC_FETCH_SITE)
    }
}

pin_project! {
    /// The body of a [`Ping`], as it comes; it fails where it is longer than its bound.
    #[derive(Debug)]
    pub struct PingBody<B> {
        // `None` where it was too long, so that its sender sees at once that nobody reads on.
        #[pin]
        inner: Option<B>,
        left: u64,
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

/// Why a ping's body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PingBodyError<E> {
    /// It is longer than `limit` bytes, and its request did not say so.
    TooLong {
        /// In bytes.
        limit: u64,
    },
    /// The client went away, or sent what is no body.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for PingBodyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "a ping of more than {limit} bytes"),
            Self::Inner(error) => write!(f, "a ping that broke off: {error}"),
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

/// Takes pings, and never makes one wait.
///
/// It is asked on the way to the answer, so that it must neither wait nor do work. Usually it is a
/// function that tries to put the ping into a bounded queue, of whatever kind:
///
/// ```
/// use tower_cross_origin::beacon::{Beacon, Delivery, Ping};
///
/// // To a thread.
/// let (sender, _pings) = std::sync::mpsc::sync_channel::<Ping<String>>(1_000);
/// Beacon::new(move |ping| sender.try_send(ping).into());
///
/// // To a task.
/// let (sender, _pings) = tokio::sync::mpsc::channel::<Ping<String>>(1_000);
/// Beacon::new(move |ping| sender.try_send(ping).into());
///
/// // Of the address alone.
/// Beacon::new(|ping: Ping<String>| match ping.request().uri().query() {
///     Some(_) => Delivery::Accepted,
///     None => Delivery::Dropped,
/// });
/// ```
pub trait PingSink<B> {
    /// Takes the ping, or drops it.
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

/// What became of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// The sink has accepted the ping.
    Accepted,
    /// The sink has dropped the ping, for example since its queue is full. [`Beacon`](super::Beacon)
    /// counts it.
    Dropped,
}

/// As the queues of `std` and Tokio say whether they took it.
impl<E> From<Result<(), E>> for Delivery {
    fn from(tried: Result<(), E>) -> Self {
        match tried {
            Ok(()) => Self::Accepted,
            Err(_) => Self::Dropped,
        }
    }
}

pub(super) fn origin_of<B>(request: &Request<B>) -> Option<Origin<'_>> {
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
