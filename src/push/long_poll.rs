//! Long polling: a time limit for each poll, and responses that caches do not store.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header::CACHE_CONTROL};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    request::fields::list_members,
    response::{EarlyResponse, is_upgrade_response},
    service::{inner_service, is_elapsed},
};

/// Adds a time limit, the window, and `Cache-Control: no-store` to long polls.
///
/// If the service has not responded within the window, the layer drops its future and responds with `204 No
/// Content`. All responses get `Cache-Control: no-store`. A poll is a `GET`, so without this header a cached
/// response would end the next poll at once.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::{convert::Infallible, future::pending};
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::{
///     cors::{CorsLayer, CorsPolicy, Rule},
///     push::LongPollLayer,
/// };
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let polls = ServiceBuilder::new()
///     .layer(CorsLayer::new(policy)) // outside, so that pages can read the 204, too
///     .layer(LongPollLayer::new())
///     .service_fn(async |_: Request<()>| {
///         let news: String = pending().await;
///         Ok::<_, Infallible>(Response::new(news))
///     });
///
/// let poll = Request::get("/news").header("origin", "https://app.example.com").body(())?;
/// let response = polls.oneshot(poll).await?; // after 25 seconds
/// assert_eq!(response.status(), StatusCode::NO_CONTENT);
/// assert_eq!(response.headers()["cache-control"], "no-store");
/// assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
/// # Ok(())
/// # }
/// ```
///
/// # Layer order
///
/// Add the layer only to the routes of polls. Place [`CorsLayer`](crate::cors::CorsLayer), compression,
/// logging and metrics outside of it.
///
/// Responses of outer layers do not get `no-store`. `CorsLayer` responds to `OPTIONS`, and with status 403.
/// Caches do not store these responses by default (RFC 9110, sections 9.3.7 and 15.1).
///
/// Every timeout of outer layers and of proxies must be longer than the window. Otherwise the page receives a
/// 408, 502 or 504, which it treats as a failure.
///
/// # Dropped futures
///
/// The layer drops the service's future at the end of the window, and the server drops it when the client
/// disconnects. Items that the future has already taken from a queue are then lost. To avoid this, use one of
/// these:
///
/// - Take an item only when the response is sent without another `.await`.
/// - Let the client send the number of its last item, and respond with the items after it.
/// - Spawn work that must be finished.
///
/// If the client's network fails, the server notices this only when it writes to the connection. The window
/// ends such a poll.
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct LongPollLayer {
    window: Duration,
    status: StatusCode,
}

impl LongPollLayer {
    /// Creates a layer with a window of 25 seconds and the timeout status 204.
    pub fn new() -> Self {
        Self { window: WINDOW, status: StatusCode::NO_CONTENT }
    }

    /// Replaces the window: the maximum time until the head of the response.
    ///
    /// The window begins with the call, and is 25 seconds by default. Tokio's timers have a resolution of one
    /// millisecond. The window does not limit the time of the body.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_cross_origin::push::LongPollLayer;
    /// LongPollLayer::new().window(Duration::from_secs(50)); // below the 60 seconds of nginx
    /// LongPollLayer::new().window(Duration::ZERO);          // permitted: responds at once
    /// LongPollLayer::new().window(Duration::MAX);           // permitted: waits for decades
    /// ```
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Replaces the status of the response at the end of the window; 204 by default.
    ///
    /// The body of the response is empty. Some clients treat a 204 as an error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{convert::Infallible, future::pending};
    /// use http::{Request, Response, StatusCode};
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_cross_origin::push::LongPollLayer;
    ///
    /// let never = service_fn(|_: Request<()>| pending::<Result<Response<String>, Infallible>>());
    /// let polls = LongPollLayer::new().timeout_status(StatusCode::OK).layer(never);
    /// let response = polls.oneshot(Request::default()).await?;
    /// assert_eq!(response.status(), StatusCode::OK);
    /// assert_eq!(response.body(), "");
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Starts the window of a request. A `CONNECT` request has no window: its client would treat a 204 as a tunnel.
    pub(crate) fn start(&self, is_connect: bool) -> Option<Sleep> {
        (!is_connect).then(|| sleep(self.window))
    }

    /// Returns the response after the window.
    pub(crate) fn timeout_response<B: Default>(&self) -> Response<B> {
        let mut headers = HeaderMap::new();
        set_no_store(&mut headers);
        EarlyResponse { status: self.status, headers }.into_response()
    }

    /// Keeps the response out of caches. Leaves a `101` and a 2xx to `CONNECT` unchanged.
    pub(crate) fn apply_to<B>(response: &mut Response<B>, is_connect: bool) {
        if !is_upgrade_response(is_connect, response.status()) {
            set_no_store(response.headers_mut());
        }
    }
}

impl Default for LongPollLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for LongPollLayer {
    type Service = LongPoll<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LongPoll { inner, layer: *self }
    }
}

/// The service of [`LongPollLayer`].
///
/// - `poll_ready` forwards to the wrapped service. The future contains the timer, so that no task is spawned.
/// - At the end of the window, the service's future is dropped before the response is returned. This releases its
///   resources, such as a permit of a concurrency limit.
/// - The body of the timeout response is the `Default` of its type.
/// - A `Cache-Control` of the wrapped service is replaced by `no-store`; a `no-transform` is preserved.
/// - A `101` response is unchanged. `CONNECT` has no window, because a 204 would mean that the tunnel is open.
/// - An `Err` of the wrapped service is forwarded. If an outer layer converts it to a response, that layer must add
///   `no-store`.
///
/// # Panics
///
/// The call panics outside of a Tokio runtime, or in a runtime whose timers are not enabled.
#[derive(Clone, Debug)]
pub struct LongPoll<S> {
    inner: S,
    layer: LongPollLayer,
}

impl<S> LongPoll<S> {
    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for LongPoll<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = LongPollFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let window = self.layer.start(*request.method() == Method::CONNECT);
        LongPollFuture { future: Some(self.inner.call(request)), window, layer: self.layer }
    }
}

pin_project! {
    /// The response future of [`LongPoll`].
    #[derive(Debug)]
    pub struct LongPollFuture<F> {
        // The future of the inner service; `None` after the window.
        #[pin]
        future: Option<F>,
        // `None` for `CONNECT`.
        #[pin]
        window: Option<Sleep>,
        layer: LongPollLayer,
    }
}

impl<F, B, E> Future for LongPollFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            // Poll the service first, so that a response at the end of the window is not lost.
            let mut poll = future.poll(cx);
            if let Poll::Ready(Ok(response)) = &mut poll {
                LongPollLayer::apply_to(response, this.window.is_none());
            }
            if poll.is_ready() {
                return poll;
            }
            if !this.window.as_pin_mut().is_some_and(|window| is_elapsed(window, cx)) {
                return Poll::Pending;
            }
            this.future.set(None);
        }
        Poll::Ready(Ok(this.layer.timeout_response()))
    }
}

/// Replaces `Cache-Control`, so that no cache stores the response.
///
/// The old value cannot stay, because `must-understand` overrides `no-store`. A `no-transform` is preserved: it
/// prevents proxies from compressing, and so buffering, a streamed body.
/// RFC 9111, sections 5.2.2.3, 5.2.2.5 and 5.2.2.6
fn set_no_store(headers: &mut HeaderMap) {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let has_no_transform =
        lines.flat_map(list_members).any(|one| one.eq_ignore_ascii_case(b"no-transform"));
    let value = if has_no_transform { "no-store, no-transform" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
}

/// The default window, which is shorter than the common timeouts of proxies.
///
/// Heroku's router has a timeout of 30 seconds (its error H12). The timeout of nginx (`proxy_read_timeout`)
/// and of Amazon's load balancers is 60 seconds.
const WINDOW: Duration = Duration::from_secs(25);
