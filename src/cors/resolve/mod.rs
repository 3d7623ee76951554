//! Looks up a policy for each request, and limits the number and the duration of lookups.

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
use self::lookups::{LookupFailure, Lookups};
use super::{decision::Decision, policy::CorsPolicy, source::RequestView};
use crate::{
    RequestHead,
    service::{inner_service, replace_with_unready_clone},
};

/// Applies CORS with policies that are looked up asynchronously, for example in a database.
///
/// If all policies are known in advance, use [`CorsLayer`](crate::cors::CorsLayer) with another
/// [source](crate::cors#policy-sources). It is faster, and it cannot fail.
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
///     // In production: look in a cache first, and then in your database.
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
/// # Lookups
///
/// The layer calls the function for every request. This includes requests without `Origin`, since their
/// responses get the headers of the policy, too. The function starts a lookup. The lookup must own the data
/// of the request that it uses.
///
/// The layer neither shares lookups between requests nor caches policies. Put a cache in front of a slow
/// database. Each request drops its policy at its end; the last clone of a policy frees the origins.
///
/// While a request waits for its policy, it holds no capacity of the wrapped service, such as a permit of a
/// concurrency limit. A preflight never holds any.
///
/// # Requests without a policy
///
/// The [fallback policy](Self::fallback) applies to a request in these cases. By default, all of them reject
/// preflights, and all but the first reject requests from pages of other hosts:
///
/// - The lookup returns `None`.
/// - The lookup returns an error. The function must log the error.
/// - The lookup exceeds the [timeout](Self::timeout).
/// - The [limit of concurrent lookups](Self::max_concurrent_lookups) is reached.
///
/// With the feature `tracing`, all but the first case are events at the level `warn`. Their `reason` is
/// `failed`, `timed-out` or `too-many-lookups`.
///
/// A response without a policy still has `Vary: origin`, and caches may store it like any other response. The
/// guide [caches](crate::guides::caches) describes the consequences.
#[derive(Clone)]
#[must_use = "a layer has no effect until it wraps a service"]
pub struct ResolveCorsLayer<R> {
    resolve: R,
    lookups: Lookups,
}

impl<R> ResolveCorsLayer<R> {
    /// Creates a layer that calls `resolve` to look up the policy of each request.
    pub fn new<F, E>(resolve: R) -> Self
    where
        R: Fn(&RequestView<'_>) -> F,
        F: Future<Output = Result<Option<CorsPolicy>, E>>,
    {
        Self { resolve, lookups: Lookups::new() }
    }

    /// Adds request headers that `resolve` can read.
    ///
    /// It can also read the method, the target and the host, but no other headers. The layer adds these
    /// headers to the `Vary` of every response. See
    /// [`PolicyFn::varies_on`](crate::cors::PolicyFn::varies_on).
    pub fn varies_on<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        let names = self.lookups.varies_on.iter().cloned().chain(names).collect();
        self.lookups.varies_on = names;
        self
    }

    /// Replaces the maximum number of concurrent lookups.
    ///
    /// The limit applies to all services that the layer wraps together. The default is
    /// [64](crate::limits::POLICY_LOOKUPS). A request above the limit does not wait: the
    /// [fallback policy](Self::fallback) applies to it.
    pub fn max_concurrent_lookups(mut self, limit: usize) -> Self {
        self.lookups.set_limit(limit);
        self
    }

    /// Replaces the maximum duration of a lookup. The default is one second.
    ///
    /// The resolution is one millisecond, as in Tokio's timers.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.lookups.timeout = timeout;
        self
    }

    /// Replaces the policy for requests without a policy.
    ///
    /// By default, [`CorsPolicy::reject_all`] applies if the lookup returns `None`. If the lookup fails, the policy
    /// is unknown, and may [enforce](crate::cors::CorsConfig::enforce). The default is then
    /// [`CorsPolicy::reject_all_enforced`] without service origins: requests from pages of other hosts get status
    /// 403.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, ResolveCorsLayer, RequestView};
    /// # async fn find(_: Option<String>) -> Result<Option<CorsPolicy>, ()> { Ok(None) }
    /// // While the database is unavailable, only pages of this origin may send requests.
    /// let layer = ResolveCorsLayer::new(|request| find(request.host().map(String::from)))
    ///     .fallback(CorsPolicy::reject_all_enforced(["https://api.example.com"])?);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn fallback(mut self, policy: CorsPolicy) -> Self {
        self.lookups.fallback = Some(policy);
        self
    }

    /// Adds the [`Decision`] to the extensions of every response. See
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

/// Applies CORS to a service with policies that are looked up asynchronously.
///
/// Created by [`ResolveCorsLayer`].
///
/// - `poll_ready` polls the wrapped service. `call` polls the lookup once. If the policy is available, `call`
///   calls the service directly. Otherwise it releases the capacity that `poll_ready` reserved. When the
///   policy is available, the future waits until a clone of the service is ready.
/// - The service spawns no task: the lookup is part of the future, and is dropped with it.
///
/// # Panics
///
/// Tokio's timers panic if a request has to wait outside of a Tokio runtime, or in a runtime without timers.
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
    fn respond<B, F>(&mut self, request: Request<B>, decision: Decision) -> ResolveFuture<S, B, F>
    where
        S: Service<Request<B>>,
    {
        if decision.is_early() {
            replace_with_unready_clone(&mut self.inner);
            return ResolveFuture::early(decision);
        }
        ResolveFuture::from_service(self.inner.call(request), decision)
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
        let Some(slot) = self.lookups.acquire() else {
            let decision = self.lookups.decide(&request, Err(LookupFailure::TooManyLookups));
            return self.respond(request, decision);
        };
        let view = RequestView::new(RequestHead::from(&request), &self.lookups.varies_on);
        let mut lookup = Box::pin((self.resolve)(&view));
        // Usually a cache has the policy; then `call` uses the service that is ready. If the lookup has to
        // wait, the next poll registers a waker.
        if let Poll::Ready(found) = lookup.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            drop((lookup, slot));
            let decision = self.lookups.decide(&request, found.map_err(|_| LookupFailure::Failed));
            return self.respond(request, decision);
        }
        replace_with_unready_clone(&mut self.inner);
        ResolveFuture::with_lookup(lookup, slot, self.lookups.clone(), self.inner.clone(), request)
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
