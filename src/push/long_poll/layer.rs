use std::time::Duration;

use http::StatusCode;
use tower_layer::Layer;

use super::LongPoll;

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
#[derive(Clone, Debug)]
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

    /// Answers `200 OK` with an empty body in place of `204 No Content`, for clients that take a 204
    /// for an error.
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
    /// let answer = LongPollLayer::new().answer_ok().layer(never).oneshot(Request::default()).await?;
    /// assert_eq!(answer.status(), StatusCode::OK);
    /// assert_eq!(answer.body(), "");
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer_ok(mut self) -> Self {
        self.status = StatusCode::OK;
        self
    }

    /// The service as it is for a request that waits, or for one that does not.
    pub(crate) fn around<S>(&self, inner: S, waits: bool) -> LongPoll<S> {
        LongPoll::new(inner, waits.then_some(self.window), self.status)
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
        self.around(inner, true)
    }
}

/// Below the shortest limit that is common on the way, the 30 seconds of Heroku's router (its error H12),
/// and so below those of nginx (`proxy_read_timeout`) and of Amazon's load balancers, 60 seconds.
const WINDOW: Duration = Duration::from_secs(25);
