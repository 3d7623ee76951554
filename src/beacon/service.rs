use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

use super::ping::{Delivery, Ping, PingSink, origin_of};
use crate::{
    limits::PING_BYTES,
    origin::OriginSet,
    request::fields,
    response::{CROSS_ORIGIN_RESOURCE_POLICY, KeepResourcePolicy, len_u64},
};

/// A service that answers pings at once, and offers each to a [`PingSink`].
///
/// | request | answer | offered |
/// |---|---|---|
/// | `GET` | 204, or an [image](Self::respond_with_image) | yes |
/// | `POST` | 204 | yes |
/// | `HEAD` | as `GET`, without the body | no |
/// | `OPTIONS` | 204 with `Allow` | no |
/// | of more than [64 KiB](Self::max_bytes), as it says itself | 413 | no |
/// | another method | 405 with `Allow` | no |
///
/// The answer is the same whoever pings, and whatever the sink does. A preflight is for
/// [`CorsLayer`](crate::cors::CorsLayer) outside. The answer to `Range` is the whole image.
///
/// It is cloned by counting references, and its clones count together. See the
/// [module](crate::beacon#who-may-ping) for an example.
pub struct Beacon<K> {
    sink: Arc<K>,
    gives_images: bool,
    max_bytes: u64,
    origins: Option<Arc<OriginSet>>,
    dropped: Arc<AtomicU64>,
}

impl<K> Beacon<K> {
    /// A service that answers 204 and offers what it is told to this sink, which is usually
    /// `move |ping| sender.try_send(ping).into()`.
    ///
    /// The type of the requests' bodies is the server's: of `axum::body::Body` in axum, of
    /// `hyper::body::Incoming` in hyper.
    pub fn new<B>(sink: K) -> Self
    where
        K: PingSink<B>,
    {
        Self {
            sink: Arc::new(sink),
            gives_images: false,
            max_bytes: PING_BYTES,
            origins: None,
            dropped: Arc::default(),
        }
    }

    /// Sets whether `GET` is answered with an image, a transparent pixel in a GIF of 43 bytes; `false` if
    /// it is not set, and then the answer is 204.
    ///
    /// An image is for pages that wait for `onload`. With 204 a browser calls `onerror` of an image.
    #[must_use]
    pub fn respond_with_image(mut self, respond: bool) -> Self {
        self.gives_images = respond;
        self
    }

    /// How many bytes a body may have: 65,536 where it is not set, which is what browsers allow for
    /// everything that outlives its page (Fetch, "HTTP-network-or-cache fetch").
    ///
    /// A request that says that it has more is answered 413. One that does not say so, which is none of
    /// `sendBeacon`, fails where its body is read.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Adds origins whose pings the sink receives, see [`Ping::origin`]; all origins if none are added.
    ///
    /// Pings of other origins get the same answer, and are dropped. A request for an image has no
    /// `Origin`, and so its `Referer` decides: a ping of a page with the policy `no-referrer` is dropped.
    ///
    /// ```
    /// # use tower_cross_origin::{beacon::{Beacon, Delivery, Ping}, origin::OriginSet};
    /// # let sink = |_: Ping<String>| Delivery::Accepted;
    /// let origins = OriginSet::parse(["https://app.example.com"])?;
    /// let beacon = Beacon::new(sink).allow_origins(&origins);
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    #[must_use]
    pub fn allow_origins(mut self, origins: impl Into<OriginSet>) -> Self {
        let origins = origins.into();
        self.origins = Some(Arc::new(match &self.origins {
            Some(before) => before.union(&origins),
            None => origins,
        }));
        self
    }

    /// Returns the number of pings that the sink has dropped since the service was created, counted
    /// together with its clones. Pings of origins that are not [allowed](Self::allow_origins) do not count.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn is_allowed<B>(&self, request: &Request<B>) -> bool {
        let Some(origins) = &self.origins else { return true };
        origin_of(request).is_some_and(|origin| origins.contains(&origin))
    }

    /// As far as it says so itself.
    fn is_too_long<B: Body>(&self, request: &Request<B>) -> bool {
        let said = fields::single_value(request.headers(), CONTENT_LENGTH);
        let said = said.and_then(|length| length.to_str().ok()?.parse().ok());
        request.body().size_hint().lower().max(said.unwrap_or(0)) > self.max_bytes
    }
}

impl<K, B> Service<Request<B>> for Beacon<K>
where
    K: PingSink<B>,
    B: Body,
{
    type Response = Response<BeaconBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = Answer::to(request.method(), self.gives_images);
        let is_ping = matches!(*request.method(), Method::GET | Method::POST);
        if is_ping && self.is_too_long(&request) {
            return ready(Ok(Answer::TooLong.into_response()));
        }
        if is_ping && self.is_allowed(&request) {
            let ping = Ping::new(request, self.max_bytes);
            if self.sink.offer(ping) == Delivery::Dropped {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        ready(Ok(answer.into_response()))
    }
}

impl<K> Clone for Beacon<K> {
    fn clone(&self) -> Self {
        Self {
            sink: self.sink.clone(),
            gives_images: self.gives_images,
            max_bytes: self.max_bytes,
            origins: self.origins.clone(),
            dropped: self.dropped.clone(),
        }
    }
}

impl<K> fmt::Debug for Beacon<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beacon")
            .field("gives_images", &self.gives_images)
            .field("max_bytes", &self.max_bytes)
            .field("origins", &self.origins)
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

/// The body of an answer of [`Beacon`]: nothing, or an image of 43 bytes.
#[derive(Debug, Default)]
pub struct BeaconBody(Option<Bytes>);

impl Body for BeaconBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_deref().map_or(0, len_u64))
    }
}

/// What a ping is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    NoContent,
    Gif,
    /// To HEAD, where GET gets the image.
    GifHead,
    /// What the service knows; its own answer to a plain `OPTIONS`.
    Methods,
    MethodNotAllowed,
    TooLong,
}

impl Answer {
    /// Of a service that gives images to those who ask for one.
    pub(super) fn to(method: &Method, gives_images: bool) -> Self {
        match *method {
            Method::GET if gives_images => Self::Gif,
            Method::HEAD if gives_images => Self::GifHead,
            Method::GET | Method::HEAD | Method::POST => Self::NoContent,
            Method::OPTIONS => Self::Methods,
            _ => Self::MethodNotAllowed,
        }
    }

    pub(super) fn into_response(self) -> Response<BeaconBody> {
        let body = if self == Self::Gif { Some(Bytes::from_static(GIF)) } else { None };
        let mut response = Response::new(BeaconBody(body));
        *response.status_mut() = match self {
            Self::NoContent | Self::Methods => StatusCode::NO_CONTENT,
            Self::Gif | Self::GifHead => StatusCode::OK,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        };
        mark(&mut response);
        let headers = response.headers_mut();
        match self {
            Self::NoContent | Self::TooLong => {}
            // The length is said, so that it is the same to HEAD.
            Self::Gif | Self::GifHead => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
                headers.insert(CONTENT_LENGTH, HeaderValue::from(GIF.len()));
            }
            Self::Methods | Self::MethodNotAllowed => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
            }
        }
        response
    }
}

/// What the answer to a ping needs. In the place of what is there: two values of these mean none.
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
pub(super) fn mark<B>(response: &mut Response<B>) {
    response.extensions_mut().insert(KeepResourcePolicy);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// One transparent pixel: a logical screen of 1 x 1, a table of two colours, a control extension that
/// makes the first one transparent, and an image of it.
const GIF: &[u8; 43] = b"GIF89a\
    \x01\0\x01\0\x80\0\0\
    \0\0\0\xff\xff\xff\
    !\xf9\x04\x01\0\0\0\0\
    ,\0\0\0\0\x01\0\x01\0\0\
    \x02\x02\x44\x01\0\
    ;";
