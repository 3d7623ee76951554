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

use super::ping::{Delivery, Ping, PingSink, ping_origin};
use crate::{
    limits::PING_BYTES,
    origin::OriginSet,
    request::fields,
    response::{CROSS_ORIGIN_RESOURCE_POLICY, KeepResourcePolicy, NO_STORE, len_u64},
};

/// A service that responds to pings at once, and offers each ping to a [`PingSink`].
///
/// | request | response | offered to the sink |
/// |---|---|---|
/// | `GET` | 204, or an [image](Self::respond_with_image) | yes |
/// | `POST` | 204 | yes |
/// | `HEAD` | as `GET`, without the body | no |
/// | `OPTIONS` | 204 with `Allow` | no |
/// | declares more than [64 KiB](Self::max_bytes) | 413 | no |
/// | another method | 405 with `Allow` | no |
///
/// The response depends neither on the origin nor on the sink. It ignores `Range`, and sends the whole image. A
/// [`CorsLayer`](crate::cors::CorsLayer) outside of this service handles preflights.
///
/// Clones share the sink and the count of [dropped](Self::dropped) pings. See the [module](crate::beacon) for
/// an example.
pub struct Beacon<K> {
    sink: Arc<K>,
    responds_with_image: bool,
    max_bytes: u64,
    origins: Option<Arc<OriginSet>>,
    dropped: Arc<AtomicU64>,
}

impl<K> Beacon<K> {
    /// Creates a service that responds with 204, and offers pings to this sink.
    ///
    /// A sink is usually `move |ping| sender.try_send(ping).into()`. The server determines the type of the
    /// body: `axum::body::Body` in axum, `hyper::body::Incoming` in hyper.
    pub fn new<B>(sink: K) -> Self
    where
        K: PingSink<B>,
    {
        Self {
            sink: Arc::new(sink),
            responds_with_image: false,
            max_bytes: PING_BYTES,
            origins: None,
            dropped: Arc::default(),
        }
    }

    /// Sets whether the response to `GET` is a transparent pixel; `false` by default.
    ///
    /// The image is a GIF of 43 bytes. Use it for pages that wait for `onload` of an image. Without it, the
    /// response is 204, and the browser calls `onerror`.
    #[must_use]
    pub fn respond_with_image(mut self, respond: bool) -> Self {
        self.responds_with_image = respond;
        self
    }

    /// Replaces the maximum length of a body, in bytes; 65,536 by default.
    ///
    /// The default is the browsers' limit for all pending `keepalive` requests of a page together
    /// (Fetch, "HTTP-network-or-cache fetch").
    ///
    /// The response to a request that declares a longer body is 413. Requests of `sendBeacon` always declare
    /// their length. If a request does not declare it, reading a longer body fails.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Adds origins whose pings the sink receives; all origins by default.
    ///
    /// Pings of other origins are dropped, with the same response. The origin is the one of [`Ping::origin`].
    /// Image requests have no `Origin`, so the `Referer` decides. If a page uses the referrer policy
    /// `no-referrer`, its image pings are dropped.
    ///
    /// Pings of local files are always dropped: every local file has the origin `null` or `file://`.
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

    /// Returns the number of pings that the sink has dropped.
    ///
    /// The count starts when the service is created, and includes the pings of all clones. It does not
    /// include pings of origins that are not [allowed](Self::allow_origins).
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn is_allowed<B>(&self, request: &Request<B>) -> bool {
        let Some(origins) = &self.origins else { return true };
        ping_origin(request).is_some_and(|origin| !origin.is_file() && origins.contains(&origin))
    }

    /// Returns whether the request declares a body that is longer than the limit.
    fn is_too_long<B: Body>(&self, request: &Request<B>) -> bool {
        let declared = fields::single_value(request.headers(), CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
        request.body().size_hint().lower().max(declared.unwrap_or(0)) > self.max_bytes
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
        let response = PingResponse::for_method(request.method(), self.responds_with_image);
        let is_ping = matches!(*request.method(), Method::GET | Method::POST);
        if is_ping && self.is_too_long(&request) {
            return ready(Ok(PingResponse::TooLong.into_response()));
        }
        if is_ping && self.is_allowed(&request) {
            let ping = Ping::new(request, self.max_bytes);
            if self.sink.offer(ping) == Delivery::Dropped {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        ready(Ok(response.into_response()))
    }
}

impl<K> Clone for Beacon<K> {
    fn clone(&self) -> Self {
        Self {
            sink: self.sink.clone(),
            responds_with_image: self.responds_with_image,
            max_bytes: self.max_bytes,
            origins: self.origins.clone(),
            dropped: self.dropped.clone(),
        }
    }
}

impl<K> fmt::Debug for Beacon<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beacon")
            .field("responds_with_image", &self.responds_with_image)
            .field("max_bytes", &self.max_bytes)
            .field("origins", &self.origins)
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

/// The body of a response of [`Beacon`]: empty, or an image of 43 bytes.
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

/// A kind of response of [`Beacon`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PingResponse {
    NoContent,
    Gif,
    /// The response to `HEAD` if the response to `GET` is the image.
    GifHead,
    /// The response to `OPTIONS` without CORS: the allowed methods.
    Options,
    MethodNotAllowed,
    TooLong,
}

impl PingResponse {
    /// Returns the response to a request with this method.
    pub(super) fn for_method(method: &Method, responds_with_image: bool) -> Self {
        match *method {
            Method::GET if responds_with_image => Self::Gif,
            Method::HEAD if responds_with_image => Self::GifHead,
            Method::GET | Method::HEAD | Method::POST => Self::NoContent,
            Method::OPTIONS => Self::Options,
            _ => Self::MethodNotAllowed,
        }
    }

    pub(super) fn into_response(self) -> Response<BeaconBody> {
        let body = if self == Self::Gif { Some(Bytes::from_static(GIF)) } else { None };
        let mut response = Response::new(BeaconBody(body));
        *response.status_mut() = match self {
            Self::NoContent | Self::Options => StatusCode::NO_CONTENT,
            Self::Gif | Self::GifHead => StatusCode::OK,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        };
        set_ping_headers(&mut response);
        let headers = response.headers_mut();
        match self {
            Self::NoContent | Self::TooLong => {}
            // An explicit length is the same for GET and HEAD.
            Self::Gif | Self::GifHead => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
                headers.insert(CONTENT_LENGTH, HeaderValue::from(GIF.len()));
            }
            Self::Options | Self::MethodNotAllowed => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
            }
        }
        response
    }
}

/// Replaces the response headers that pings need.
///
/// Browsers ignore these headers if they have two values.
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
pub(super) fn set_ping_headers<B>(response: &mut Response<B>) {
    response.extensions_mut().insert(KeepResourcePolicy);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// A GIF of one transparent pixel.
///
/// It consists of a logical screen of 1 x 1, a table of two colors, a control extension that makes the first
/// color transparent, and an image with that color.
const GIF: &[u8; 43] = b"GIF89a\
    \x01\0\x01\0\x80\0\0\
    \0\0\0\xff\xff\xff\
    !\xf9\x04\x01\0\0\0\0\
    ,\0\0\0\0\x01\0\x01\0\0\
    \x02\x02\x44\x01\0\
    ;";
