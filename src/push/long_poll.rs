//! Long polling: a window for each poll, and nothing of it in any cache.

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

/// Wraps services that hold a request until there is something to say, in [`LongPoll`].
///
/// A poll that the service has not answered within the window is answered `204 No Content`, and the
/// service's future is dropped. Every answer has `Cache-Control: no-store`: a poll is a `GET`, and
/// what a cache keeps of one would end the next one at once.
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
///     .layer(CorsLayer::new(policy)) // outside, so that pages may read the 204 too
///     .layer(LongPollLayer::new())
///     .service_fn(async |_: Request<()>| {
///         let news: String = pending().await;
///         Ok::<_, Infallible>(Response::new(news))
///     });
///
/// let poll = Request::get("/news").header("origin", "https://app.example.com").body(())?;
/// let answer = polls.oneshot(poll).await?; // after 25 seconds
/// assert_eq!(answer.status(), StatusCode::NO_CONTENT);
/// assert_eq!(answer.headers()["cache-control"], "no-store");
/// assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example.com");
/// # Ok(())
/// # }
/// ```
///
/// # Where it stands
///
/// On the routes of polls alone. [`CorsLayer`](crate::cors::CorsLayer) and compression stand outside of
/// it, and so does whatever counts or logs. Answers that are given outside of it have no `no-store` of
/// its own; those of `CorsLayer`, to `OPTIONS` or with status 403, are of the kinds that no cache keeps
/// unless it is told to (RFC 9110, sections 9.3.7 and 15.1).
///
/// Every timeout outside of it, of a layer or of a proxy, is longer than the window: what they answer
/// is a 408, 502 or 504, which a page takes for a failure.
///
/// # What the service loses
///
/// A future that is dropped stops where it waits, when the window is over and when the client goes
/// away. What it took from a queue by then is gone, so that it takes only what it answers with at once,
/// or is asked for what came after a number that the client sends. Work that must be finished is
/// spawned by the service.
///
/// A client whose network is gone says nothing, and is not missed before something is written to it. The
/// window then ends the poll.
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct LongPollLayer {
    window: Duration,
    status: StatusCode,
}

impl LongPollLayer {
    /// A layer whose window is 25 seconds, after which it answers 204.
    pub fn new() -> Self {
        Self { window: WINDOW, status: StatusCode::NO_CONTENT }
    }

    /// How long the service may take for the head of its response, from the call on; 25 seconds if it
    /// is not set, to the millisecond of Tokio's timers.
    ///
    /// The body may take as long as it likes: a response whose head is there in time is not ended.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_cross_origin::push::LongPollLayer;
    /// LongPollLayer::new().window(Duration::from_secs(50)); // below the 60 seconds of nginx
    /// LongPollLayer::new().window(Duration::ZERO);          // permitted: answers what it knows by now
    /// LongPollLayer::new().window(Duration::MAX);           // permitted: waits for some decades
    /// ```
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Replaces the status of a poll that the service has not answered within the window; 204 if it is
    /// not set. The body is empty.
    ///
    /// Some clients treat a 204 as an error.
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
    /// let answer = polls.oneshot(Request::default()).await?;
    /// assert_eq!(answer.status(), StatusCode::OK);
    /// assert_eq!(answer.body(), "");
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Starts the window of a request. `CONNECT` has none, since its client would take a 204 for a tunnel.
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

/// Answers polls that the service which it wraps has not answered within a window, and keeps every
/// answer out of caches. Made by [`LongPollLayer`].
///
/// - `poll_ready` is that of the wrapped service, and there is no task: the timer lies within the
///   future. When the window is over, the service's future is dropped before the poll is answered, and
///   with it what it holds, such as a permit of a concurrency limit.
/// - The body of that answer is `Default`.
/// - A response that has `Cache-Control` gets `no-store` in its place; a `no-transform` is kept.
/// - A `101` stays as it is. `CONNECT` has no window, since a 204 would tell its client that the tunnel
///   is there.
/// - An `Err` of the wrapped service passes, and has no response that could carry a header: what turns
///   it into one, outside of this layer, says `no-store` by itself.
///
/// # Panics
///
/// Tokio's timers panic where a request is served outside of a runtime of Tokio, or in one whose timers
/// are not enabled.
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
    /// The response of a [`LongPoll`] service.
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
            // First the service, so that what it answers at the window's end is not lost.
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

/// Says that no cache keeps the response.
///
/// In the place of what is there, not beside it: `must-understand` undoes a `no-store`. `no-transform` is
/// kept: it is not about storing, and holds back proxies that would compress a body that streams.
/// RFC 9111, sections 5.2.2.3, 5.2.2.5 and 5.2.2.6
fn set_no_store(headers: &mut HeaderMap) {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let keeps_bytes =
        lines.flat_map(list_members).any(|one| one.eq_ignore_ascii_case(b"no-transform"));
    let value = if keeps_bytes { "no-store, no-transform" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
}

/// Below the shortest limit that is common on the way, the 30 seconds of Heroku's router (its error H12),
/// and so below those of nginx (`proxy_read_timeout`) and of Amazon's load balancers, 60 seconds.
const WINDOW: Duration = Duration::from_secs(25);
