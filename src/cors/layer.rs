//! The Tower side of CORS: one `match` on a decision.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderName, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{decision::Decision, policy::CorsPolicy, source::PolicySource};
use crate::{
    RequestHead,
    service::{inner_service, replace_with_unready_clone},
    telemetry,
};

/// Wraps services in [`Cors`].
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule};
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let service = ServiceBuilder::new()
///     .layer(CorsLayer::new(policy))
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(()))
///     });
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// A rule is no policy before its faults are ruled out:
///
/// ```compile_fail,E0277
/// use tower_cross_origin::cors::{CorsLayer, Rule};
///
/// CorsLayer::new(Rule::for_any_origin());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct CorsLayer<P = CorsPolicy> {
    source: P,
    decision_in_extensions: bool,
}

impl<P: PolicySource> CorsLayer<P> {
    /// A layer that asks `source`, usually a [`CorsPolicy`].
    pub fn new(source: P) -> Self {
        Self { source, decision_in_extensions: false }
    }
}

impl<P> CorsLayer<P> {
    /// Puts the [`Decision`] into the extensions of every response, those to
    /// preflights too, for layers outside of this one that count or log.
    ///
    /// ```
    /// use http::Response;
    /// use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Decision, Rule};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
    /// let layer = CorsLayer::new(policy).decision_in_extensions();
    ///
    /// fn label<B>(response: &Response<B>) -> Option<&'static str> {
    ///     let decision = response.extensions().get::<Decision>()?;
    ///     Some(decision.outcome().as_str())
    /// }
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }
}

impl<S, P: PolicySource + Clone> Layer<S> for CorsLayer<P> {
    type Service = Cors<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        let cors = Cors::new(inner, self.source.clone());
        if self.decision_in_extensions { cors.decision_in_extensions() } else { cors }
    }
}

/// Answers preflights, and puts CORS headers into the responses of the service that it wraps.
///
/// The wrapped service must be `Clone`: whatever its `poll_ready` reserved for a request that turns
/// out to be a preflight is given back, by putting a clone in the place of the used handle.
///
/// ```compile_fail,E0277
/// use http::{Request, Response};
/// use tower::Service;
/// use tower_cross_origin::cors::{Cors, CorsPolicy};
///
/// fn serve<S: Service<Request<()>, Response = Response<()>>>(not_clone: S, policy: CorsPolicy) {
///     fn is_service<T: Service<Request<()>>>(_: T) {}
///     is_service(Cors::new(not_clone, policy));
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Cors<S, P = CorsPolicy> {
    inner: S,
    source: P,
    decision_in_extensions: bool,
}

impl<S, P: PolicySource> Cors<S, P> {
    /// `inner`, with the policy that `source` finds for each request.
    pub fn new(inner: S, source: P) -> Self {
        Self { inner, source, decision_in_extensions: false }
    }
}

impl<S, P> Cors<S, P> {
    /// See [`CorsLayer::decision_in_extensions`](crate::cors::CorsLayer::decision_in_extensions).
    #[must_use]
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }

    inner_service!();
}

impl<S, P, ReqBody, ResBody> Service<Request<ReqBody>> for Cors<S, P>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    P: PolicySource,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::from(&request);
        let mut decision = self.source.decide(&head);
        finalize(&mut decision, &head, self.source.varies_on(), self.decision_in_extensions);
        if decision.is_early() {
            replace_with_unready_clone(&mut self.inner);
            return ResponseFuture::early(decision);
        }
        ResponseFuture::of_service(self.inner.call(request), decision)
    }
}

pin_project! {
    /// The response of a [`Cors`](Cors) service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // That of the service; `None` where the decision answers by itself.
        #[pin]
        future: Option<F>,
        decision: Decision,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn of_service(future: F, decision: Decision) -> Self {
        Self { future: Some(future), decision }
    }

    pub(super) fn early(decision: Decision) -> Self {
        Self { future: None, decision }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return this
                .decision
                .early_response()
                .map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)));
        };
        // Finished where it lies: a response is some 150 bytes to move.
        let mut poll = future.poll(cx);
        if let Poll::Ready(Ok(response)) = &mut poll {
            this.decision.apply_to(response);
        }
        poll
    }
}

/// Adds the settings of the layer to a decision, and logs a rejection.
#[inline]
pub(super) fn finalize(
    decision: &mut Decision,
    head: &RequestHead<'_>,
    varies_on: &[HeaderName],
    is_in_extensions: bool,
) {
    decision.set_chosen_by(varies_on);
    if is_in_extensions {
        decision.set_in_extensions();
    }
    if let Some(step) = decision.failed_step() {
        telemetry::request_rejected(head, decision.outcome().as_str(), step.as_str());
    }
}
