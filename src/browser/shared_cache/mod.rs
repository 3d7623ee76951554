mod store;

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

use self::store::{CacheableRequest, Store, key};

/// A shared cache between pages and a service, such as a proxy or a CDN.
///
/// Use it to test that no page receives a response for another page. The cache stores every response that
/// RFC 9111 allows, for the longest allowed time. It stores one response of an address for each
/// combination of the headers that `Vary` lists. <https://www.rfc-editor.org/rfc/rfc9111>
///
/// ```
/// # use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{Layer, service_fn};
/// use tower_cross_origin::{
///     browser::{Fetch, Page, SharedCache, BlockedStep},
///     cors::{CorsLayer, CorsPolicy, Rule},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower_cross_origin::cors::CorsConfigError> {
/// let application =
///     service_fn(async |_: Request<Vec<u8>>| Ok::<_, Infallible>(Response::new(String::from("items"))));
/// let policy = CorsPolicy::new(Rule::for_origins(["https://a.example", "https://b.example"]))?;
/// let service = CorsLayer::new(policy).layer(application);
/// let call = || Fetch::get("https://api.example.com/items");
///
/// let mut cache = SharedCache::new(service.clone());
/// for origin in ["https://a.example", "https://b.example", "https://a.example"] {
///     Page::open(origin).fetch(&mut cache, call()).await.assert_readable();
/// }
/// assert_eq!(cache.hits(), 1);
///
/// // A cache that ignores `Vary` sends the first page's response to the second page.
/// let mut cache = SharedCache::new(service).ignore_vary();
/// Page::open("https://a.example").fetch(&mut cache, call()).await.assert_readable();
/// let outcome = Page::open("https://b.example").fetch(&mut cache, call()).await;
/// outcome.assert_blocked_at(BlockedStep::AllowOrigin);
/// # Ok(())
/// # }
/// ```
///
/// # Lifetimes
///
/// The lifetime of a response is the value in `Cache-Control`. Without a value it is one hour, if RFC
/// 9111 allows a heuristic lifetime. The cache ignores `Expires`. Call [`advance`](Self::advance) to
/// advance the clock. The cache revalidates a stale response that has an `ETag` or a `Last-Modified`.
///
/// # Limitations
///
/// The cache ignores `Cache-Control` and `Pragma` in requests, as many caches do. It does not store or
/// send partial responses (206).
///
/// Clones share the stored responses.
#[derive(Clone, Debug)]
pub struct SharedCache<S> {
    service: S,
    store: Arc<Mutex<Store>>,
    ignores_vary: bool,
}

impl<S> SharedCache<S> {
    /// Creates an empty cache in front of `service`.
    pub fn new(service: S) -> Self {
        Self { service, store: Arc::default(), ignores_vary: false }
    }

    /// Ignores `Vary`, as some CDNs do.
    ///
    /// The cache then sends the stored response of an address to all pages.
    #[must_use]
    pub fn ignore_vary(mut self) -> Self {
        self.ignores_vary = true;
        self
    }

    /// Returns the number of responses that the cache sent without calling the service.
    pub fn hits(&self) -> u64 {
        self.store().hits
    }

    /// Advances the cache's clock.
    pub fn advance(&self, time: Duration) {
        let mut store = self.store();
        store.now = store.now.saturating_add(time);
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SharedCache<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    ReqBody: Send + 'static,
    ResBody: Body<Data = Bytes> + Send + 'static,
    ResBody::Error: Send,
{
    type Response = Response<CachedBody<ResBody::Error>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let clone = self.service.clone();
        let mut service = mem::replace(&mut self.service, clone);
        let (store, ignores_vary) = (self.store.clone(), self.ignores_vary);
        let cacheable = CacheableRequest::new(&request, ignores_vary);
        let found = cacheable.as_ref().and_then(|cacheable| lock(&store).find(cacheable));
        if let Some(stored) = &found {
            if let Some(response) = lock(&store).respond(stored, cacheable.as_ref()) {
                return Box::pin(async { Ok(response.map(CachedBody::new)) });
            }
            stored.add_validators(request.headers_mut());
        }
        let (key, method) = (key(&request), request.method().clone());
        Box::pin(async move {
            let response = service.call(request).await?;
            let is_error =
                response.status().is_client_error() || response.status().is_server_error();
            if !method.is_safe() && !is_error {
                lock(&store).invalidate(&key);
            }
            let (parts, body) = response.into_parts();
            let body = read(body).await;
            let mut store = lock(&store);
            if let (Some(stored), Some(cacheable), StatusCode::NOT_MODIFIED) =
                (&found, &cacheable, parts.status)
            {
                let fresh = store.freshen(stored, cacheable, &parts.headers);
                return Ok(fresh.respond(store.now, Some(cacheable)).map(CachedBody::new));
            }
            if let (Some(cacheable), CachedBody { bytes: Some(bytes), error: None }) =
                (&cacheable, &body)
            {
                store.store(cacheable, parts.status, &parts.headers, bytes);
            }
            Ok(Response::from_parts(parts, body))
        })
    }
}

/// The body of a response from a [`SharedCache`].
///
/// It consists of one frame, followed by the error of the service's body, if any.
#[derive(Debug)]
pub struct CachedBody<E> {
    bytes: Option<Bytes>,
    error: Option<E>,
}

impl<E> CachedBody<E> {
    fn new(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes), error: None }
    }
}

/// Creates an empty body.
impl<E> Default for CachedBody<E> {
    fn default() -> Self {
        Self { bytes: None, error: None }
    }
}

impl<E> Unpin for CachedBody<E> {}

impl<E> Body for CachedBody<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        let frame = bytes.map(|bytes| Ok(Frame::data(bytes)));
        Poll::Ready(frame.or_else(|| self.error.take().map(Err)))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty) && self.error.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        if self.error.is_none() { SizeHint::with_exact(length as u64) } else { SizeHint::default() }
    }
}

async fn read<B: Body<Data = Bytes>>(body: B) -> CachedBody<B::Error> {
    let mut body = Box::pin(body);
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            // The cache does not store trailers.
            Ok(Err(_)) => {}
            Err(error) => return CachedBody { bytes: Some(bytes.into()), error: Some(error) },
        }
    }
    CachedBody { bytes: Some(bytes.into()), error: None }
}

/// Locks the store. A store is valid even if another thread panicked while it held the lock.
fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
