//! A policy that is looked up for each request, with a bound on the number and the time of lookups.

mod future;
mod lookups;

use std::{
    fmt,
    future::Future,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::{HeaderName, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

pub use self::future::ResolveFuture;
use self::lookups::{Lookups, Missing};
use super::{decision::Decision, policy::CorsPolicy, source::RequestView};
use crate::{
    RequestHead,
    service::{inner_service, replace_with_unready_clone},
};

/// Wraps services in [`ResolveCors`], for policies that must be awaited: those of a store, say.
///
/// Where policies are known beforehand, [`CorsLayer`](crate::cors::CorsLayer) with another
/// [source](crate::cors#where-the-policy-comes-from) costs less and cannot fail.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::{convert::Infallible, io};
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::cors::{CorsPolicy, ResolveCorsLayer, Rule};
///
/// async fn find(host: Option<String>) -> io::Result<Option<CorsPolicy>> {
///     // Asks a cache, and, where that knows nothing, a store.
///     let origin = match host.as_deref() {
///         Some("a.api.example") => "https://a.example",
///         _ => return Ok(None),
///     };
///     CorsPolicy::new(Rule::for_origins([origin])).map(Some).map_err(io::Error::other)
/// }
///
/// let service = ServiceBuilder::new()
///     .layer(ResolveCorsLayer::new(|request| find(request.host().map(String::from))))
///     .service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
///
/// for (host, is_allowed) in [("a.api.example", true), ("b.api.example", false)] {
///     let request = Request::get("/").header("host", host).header("origin", "https://a.example");
///     let response = service.clone().oneshot(request.body(())?).await?;
///     assert_eq!(response.headers().contains_key("access-control-allow-origin"), is_allowed);
/// }
/// # Ok(())
/// # }
/// ```
///
/// The function is called for every request: whoever asks, and for requests without `Origin` too, since
/// the policy says what their response has. It begins a lookup, which owns what it needs of the request.
/// Lookups are not shared, and nothing is kept: a store that takes its time has a cache before it. The policy
/// that is found is dropped by the request; where it is the last one that holds it, its origins with it.
///
/// A response that was made without its policy says `Vary: origin` all the same, and may be kept by caches as
/// any other: see [what caches make of it](crate::guides::caches).
///
/// Where there is no policy, [another one](Self::otherwise) answers:
///
/// - the lookup's output is `None`;
/// - it is an error, which the function logs itself, or it is not there within the
///   [time](Self::timeout), or as many lookups [as may be](Self::lookups_at_once) are under way. With the
///   feature `tracing` each is an event at the level `warn`, whose `reason` is `failed`, `timed-out` or
///   `too-many-lookups`.
///
/// While a request waits for its policy, it has nothing reserved of the wrapped service, such as a permit
/// of a concurrency limit; a preflight never has.
#[derive(Clone)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct ResolveCorsLayer<R> {
    resolve: R,
    lookups: Lookups,
}

impl<R> ResolveCorsLayer<R> {
    /// A layer that asks `resolve` for each request's policy.
    pub fn new<F, E>(resolve: R) -> Self
    where
        R: Fn(&RequestView<'_>) -> F,
        F: Future<Output = Result<Option<CorsPolicy>, E>>,
    {
        Self { resolve, lookups: Lookups::new() }
    }

    /// The request headers that `resolve` reads, beside the method, the target and the host: no others
    /// can be read, and these are in the `Vary` of every response. See
    /// [`PolicyFn::varies_on`](crate::cors::PolicyFn::varies_on).
    pub fn varies_on<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        let names = self.lookups.varies_on.iter().cloned().chain(names).collect();
        self.lookups.varies_on = names;
        self
    }

    /// At most how many lookups are under way at once, over all services that the layer wraps;
    /// [64](crate::limits::POLICY_LOOKUPS) if it is not set. A request past that does not wait for another
    /// one's lookup to end.
    pub fn lookups_at_once(mut self, most: usize) -> Self {
        self.lookups.at_once(most);
        self
    }

    /// How long a lookup may take; a second if it is not set, to the millisecond of Tokio's timers.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.lookups.timeout = timeout;
        self
    }

    /// What answers where there is no policy: [`CorsPolicy::reject_all`] if it is not set.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, ResolveCorsLayer, RequestView};
    /// # async fn find(_: Option<String>) -> Result<Option<CorsPolicy>, ()> { Ok(None) }
    /// // Pages of other origins do not get past the layer while the store is away.
    /// let layer = ResolveCorsLayer::new(|request| find(request.host().map(String::from)))
    ///     .otherwise(CorsPolicy::reject_all_enforced(["https://api.example.com"])?);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn otherwise(mut self, policy: CorsPolicy) -> Self {
        self.lookups.fallback = policy;
        self
    }

    /// Puts the [`Decision`] into the extensions of every response. See
    /// [`CorsLayer::decision_in_extensions`](crate::cors::CorsLayer::decision_in_extensions).
    pub fn decision_in_extensions(mut self) -> Self {
        self.lookups.decision_in_extensions = true;
        self
    }
}

impl<S, R: Clone> Layer<S> for ResolveCorsLayer<R> {
    type Service = ResolveCors<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        ResolveCors::new(inner, self.resolve.clone(), self.lookups.clone())
    }
}

impl<R> fmt::Debug for ResolveCorsLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolveCorsLayer").field("lookups", &self.lookups).finish_non_exhaustive()
    }
}

/// Answers preflights, and puts CORS headers into responses, by policies that are awaited. Made by
/// [`ResolveCorsLayer`].
///
/// - `poll_ready` is that of the wrapped service. A lookup is polled once by `call` itself: where the policy
///   is there at once, the service is called as ever. Where it is not, what was reserved is given back,
///   and the future waits for the readiness of a clone once it has the policy.
/// - There is no task: the lookup lies within the future, and is dropped with it.
///
/// # Panics
///
/// Tokio's timers panic where a request that has to wait is served outside of a runtime of Tokio, or in one
/// whose timers are not enabled.
#[derive(Clone)]
pub struct ResolveCors<S, R> {
    inner: S,
    resolve: R,
    lookups: Lookups,
}

impl<S, R> ResolveCors<S, R> {
    fn new(inner: S, resolve: R, lookups: Lookups) -> Self {
        Self { inner, resolve, lookups }
    }

    inner_service!();
}

impl<S: Clone, R> ResolveCors<S, R> {
    fn answer<B, F>(&mut self, request: Request<B>, decision: Decision) -> ResolveFuture<S, B, F>
    where
        S: Service<Request<B>>,
    {
        if decision.is_early() {
            replace_with_unready_clone(&mut self.inner);
            return ResolveFuture::early(decision);
        }
        ResolveFuture::of_service(self.inner.call(request), decision)
    }
}

impl<S, R, F, E, ReqBody, ResBody> Service<Request<ReqBody>> for ResolveCors<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    R: Fn(&RequestView<'_>) -> F,
    F: Future<Output = Result<Option<CorsPolicy>, E>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResolveFuture<S, ReqBody, F>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Some(slot) = self.lookups.slot() else {
            let decision = self.lookups.decide(&request, Err(Missing::TooManyLookups));
            return self.answer(request, decision);
        };
        let view = RequestView::new(RequestHead::from(&request), &self.lookups.varies_on);
        let mut lookup = Box::pin((self.resolve)(&view));
        // Mostly a cache knows the policy: then the handle that is ready is called. Whoever has to wait is
        // woken after the next poll.
        if let Poll::Ready(found) = lookup.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            drop((lookup, slot));
            let decision = self.lookups.decide(&request, found.map_err(|_| Missing::Failed));
            return self.answer(request, decision);
        }
        replace_with_unready_clone(&mut self.inner);
        ResolveFuture::looking(lookup, slot, self.lookups.clone(), self.inner.clone(), request)
    }
}

impl<S: fmt::Debug, R> fmt::Debug for ResolveCors<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolveCors")
            .field("inner", &self.inner)
            .field("lookups", &self.lookups)
            .finish_non_exhaustive()
    }
}
