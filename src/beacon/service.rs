use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use http::{Method, Request, Response, header::CONTENT_LENGTH};
use http_body::Body;
use tower_service::Service;

use super::{BeaconBody, Offered, Ping, Sink, answer::Answer, ping::origin_of};
use crate::{limits::PING_BYTES, origin::OriginSet, request::fields};

/// A service that answers pings at once, and offers each to a [`Sink`].
///
/// | request | answer | offered |
/// |---|---|---|
/// | `GET` | 204, or an [image](Self::with_images) | yes |
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
        K: Sink<B>,
    {
        Self {
            sink: Arc::new(sink),
            gives_images: false,
            max_bytes: PING_BYTES,
            origins: None,
            dropped: Arc::default(),
        }
    }

    /// Answers `GET` with an image, a transparent pixel in a GIF of 43 bytes, for pages that wait for
    /// `onload`. With 204 a browser calls `onerror`, for an image that is none.
    #[must_use]
    pub fn with_images(mut self) -> Self {
        self.gives_images = true;
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

    /// Offers only what comes from these origins, by [`Ping::origin`], and drops the rest. The answer does
    /// not tell.
    ///
    /// An image has no `Origin`, so that its `Referer` decides: of a page with the policy `no-referrer`
    /// nothing is taken.
    #[must_use]
    pub fn only_from(mut self, origins: OriginSet) -> Self {
        self.origins = Some(Arc::new(origins));
        self
    }

    /// How many pings the sink has dropped since the service was made, by this one and all its clones.
    /// What came from other origins than the [right ones](Self::only_from) is not among them.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn is_welcome<B>(&self, request: &Request<B>) -> bool {
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
    K: Sink<B>,
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
        if is_ping && self.is_welcome(&request) {
            let ping = Ping::new(request, self.max_bytes);
            if self.sink.offer(ping) == Offered::Dropped {
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
