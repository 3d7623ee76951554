//! The Tower layer and service of CORS.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderName, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    decision::Decision, explain::Explanation, outcome::Outcome, policy::CorsPolicy,
    source::PolicySource,
};
use crate::{
    RequestHead,
    service::{inner_service, replace_with_unready_clone},
    telemetry::{self, RejectionText},
};

/// Applies a CORS policy to services.
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
/// Create a policy from a rule first, which validates the rule. The following does not compile:
///
/// ```compile_fail,E0277
/// use tower_cross_origin::cors::{CorsLayer, Rule};
///
/// CorsLayer::new(Rule::for_any_origin());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer has no effect until it wraps a service"]
pub struct CorsLayer<P = CorsPolicy, R = EmptyRejection> {
    source: P,
    rejection: R,
    decision_in_extensions: bool,
}

impl<P: PolicySource> CorsLayer<P> {
    /// Creates a layer with a source of policies, usually a [`CorsPolicy`].
    pub fn new(source: P) -> Self {
        Self { source, rejection: EmptyRejection(()), decision_in_extensions: false }
    }
}

impl<P, R> CorsLayer<P, R> {
    /// Replaces the response to requests that the layer rejects.
    ///
    /// The layer rejects preflights and, with [`enforce`](super::CorsConfig::enforce), actual requests. The
    /// default response is an empty 403.
    ///
    /// The closure receives the decision and returns the complete response, including its status. The layer
    /// adds `Vary`, and `Cache-Control: no-store` unless the response has `Cache-Control`. The body has the type of
    /// the wrapped service's body; in axum, return `axum::response::Response`.
    ///
    /// The closure is not called for a preflight of an allowed origin that fails at the method or a header. The
    /// layer's response makes the browser's console name the failing step, unless
    /// [`hide_failing_step`](super::CorsConfig::hide_failing_step) is set.
    ///
    /// ```
    /// use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
    /// use tower::{ServiceBuilder, ServiceExt};
    /// use tower_cross_origin::cors::{CorsConfig, CorsLayer, CorsPolicy, Rule, Step};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = CorsConfig::from(Rule::for_origins(["https://app.example.com"])).enforce(true);
    /// let cors = CorsLayer::new(CorsPolicy::new(config)?).reject_with(|decision| {
    ///     let step = decision.failed_step().map_or("none", Step::as_str);
    ///     let mut response = Response::new(format!(r#"{{"error": "cors", "step": "{step}"}}"#));
    ///     *response.status_mut() = StatusCode::FORBIDDEN;
    ///     response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    ///     response
    /// });
    /// let service = ServiceBuilder::new().layer(cors).service_fn(
    ///     async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(String::new())),
    /// );
    ///
    /// let request = Request::post("/items").header("origin", "https://evil.example").body(())?;
    /// let response = service.oneshot(request).await?;
    /// assert_eq!(response.status(), StatusCode::FORBIDDEN);
    /// assert_eq!(response.body(), r#"{"error": "cors", "step": "origin"}"#);
    /// assert_eq!(response.headers()["vary"], "origin, sec-fetch-site, sec-fetch-mode");
    /// # Ok(())
    /// # }
    /// ```
    pub fn reject_with<F, B>(self, make_response: F) -> CorsLayer<P, F>
    where
        F: Fn(&Decision) -> Response<B>,
    {
        let Self { source, decision_in_extensions, .. } = self;
        CorsLayer { source, rejection: make_response, decision_in_extensions }
    }

    /// Adds the [`Decision`] to the extensions of every response.
    ///
    /// This includes responses to preflights. Outer layers can use the decision for metrics and logs.
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

impl<S, P: PolicySource + Clone, R: Clone> Layer<S> for CorsLayer<P, R> {
    type Service = Cors<S, P, R>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors {
            inner,
            source: self.source.clone(),
            rejection: self.rejection.clone(),
            decision_in_extensions: self.decision_in_extensions,
        }
    }
}

/// Makes the response to a request that a [`CorsLayer`] rejects.
///
/// [`EmptyRejection`] and every closure for [`CorsLayer::reject_with`] implement this trait.
pub trait MakeRejection<B> {
    /// Returns the response, with its status; `None` for an empty 403.
    fn make_rejection(&self, decision: &Decision) -> Option<Response<B>>;
}

impl<F, B> MakeRejection<B> for F
where
    F: Fn(&Decision) -> Response<B>,
{
    fn make_rejection(&self, decision: &Decision) -> Option<Response<B>> {
        Some(self(decision))
    }
}

/// Makes responses with status 403 and an empty body, the default of a [`CorsLayer`].
#[derive(Clone, Copy, Debug)]
pub struct EmptyRejection(());

impl<B> MakeRejection<B> for EmptyRejection {
    #[inline]
    fn make_rejection(&self, _: &Decision) -> Option<Response<B>> {
        None
    }
}

/// Responds to preflights, and adds CORS headers to the responses of a service.
///
/// The wrapped service must be `Clone`. If `poll_ready` reserved capacity for a preflight, `Cors` releases
/// it: it replaces the reserved handle with a clone.
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
pub struct Cors<S, P = CorsPolicy, R = EmptyRejection> {
    inner: S,
    source: P,
    rejection: R,
    decision_in_extensions: bool,
}

impl<S, P: PolicySource> Cors<S, P> {
    /// Creates a service that wraps `inner` and applies the policies of `source`.
    pub fn new(inner: S, source: P) -> Self {
        Self { inner, source, rejection: EmptyRejection(()), decision_in_extensions: false }
    }
}

impl<S, P, R> Cors<S, P, R> {
    /// Adds the [`Decision`] to the extensions of every response. See
    /// [`CorsLayer::decision_in_extensions`](crate::cors::CorsLayer::decision_in_extensions).
    #[must_use]
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }

    inner_service!();
}

impl<S, P, R, ReqBody, ResBody> Service<Request<ReqBody>> for Cors<S, P, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    P: PolicySource,
    R: MakeRejection<ResBody> + Clone,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::from(&request);
        let mut decision = self.source.decide(&head);
        finalize(&mut decision, self.source.varies_on(), self.decision_in_extensions);
        log_rejection(&decision, &head, || self.source.explanation(&head));
        if decision.is_early() {
            replace_with_unready_clone(&mut self.inner);
            return ResponseFuture { future: None, decision, rejection: self.rejection.clone() };
        }
        let future = Some(self.inner.call(request));
        ResponseFuture { future, decision, rejection: self.rejection.clone() }
    }
}

pin_project! {
    /// The response of a [`Cors`](Cors) service.
    #[derive(Debug)]
    pub struct ResponseFuture<F, R = EmptyRejection> {
        // The future of the service; `None` for an early response.
        #[pin]
        future: Option<F>,
        decision: Decision,
        rejection: R,
    }
}

#[cfg(feature = "tokio")]
impl<F> ResponseFuture<F> {
    pub(super) fn from_service(future: F, decision: Decision) -> Self {
        Self { future: Some(future), decision, rejection: EmptyRejection(()) }
    }

    pub(super) fn early(decision: Decision) -> Self {
        Self { future: None, decision, rejection: EmptyRejection(()) }
    }
}

impl<F, R, B, E> Future for ResponseFuture<F, R>
where
    F: Future<Output = Result<Response<B>, E>>,
    R: MakeRejection<B>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            let response = this.decision.early_response_by(&*this.rejection);
            return response.map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
        };
        // The response is changed in place, since moving it would copy about 150 bytes.
        let mut poll = future.poll(cx);
        if let Poll::Ready(Ok(response)) = &mut poll {
            this.decision.apply_to(response);
            if this.decision.outcome() == Outcome::Allowed {
                telemetry::response_allowed(response.headers());
            }
        }
        poll
    }
}

/// Adds the settings of the layer to a decision.
#[inline]
pub(super) fn finalize(decision: &mut Decision, varies_on: &[HeaderName], is_in_extensions: bool) {
    decision.set_source_vary(varies_on);
    if is_in_extensions {
        decision.set_in_extensions();
    }
}

/// Emits an event if the decision is a rejection. The first event of an origin contains the explanation.
#[inline]
pub(crate) fn log_rejection(
    decision: &Decision,
    head: &RequestHead<'_>,
    explain: impl FnOnce() -> Option<Explanation>,
) {
    let Some(step) = decision.failed_step() else { return };
    telemetry::request_rejected(head, decision.outcome().as_str(), step.as_str(), || {
        let explanation = explain();
        let summary = explanation.as_ref().map(|one| one.summary().to_owned());
        let fix = explanation.as_ref().and_then(|one| one.help().next().map(str::to_owned));
        RejectionText {
            summary: summary.unwrap_or_else(|| format!("rejected at the step {}", step.as_str())),
            fix: fix.unwrap_or_else(|| "none".to_owned()),
        }
    });
}
