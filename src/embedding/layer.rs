use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::policy::{EmbeddingDecision, EmbeddingPolicy};
use crate::{RequestHead, service::inner_service};

/// Wraps services in [`Embedding`], which adds the headers of a policy to responses.
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy};
///
/// let policy = EmbeddingPolicy::new(EmbeddingConfig::cross_origin_isolated())?;
/// let service = ServiceBuilder::new()
///     .layer(EmbeddingLayer::new(policy))
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(()))
///     });
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct EmbeddingLayer {
    policy: EmbeddingPolicy,
}

impl EmbeddingLayer {
    /// Creates a layer with this policy.
    pub fn new(policy: EmbeddingPolicy) -> Self {
        Self { policy }
    }
}

impl<S> Layer<S> for EmbeddingLayer {
    type Service = Embedding<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Embedding::new(inner, self.policy.clone())
    }
}

/// Adds the headers of a policy to responses; created by [`EmbeddingLayer`].
#[derive(Clone, Debug)]
pub struct Embedding<S> {
    inner: S,
    policy: EmbeddingPolicy,
}

impl<S> Embedding<S> {
    /// Wraps the inner service with this policy.
    pub fn new(inner: S, policy: EmbeddingPolicy) -> Self {
        Self { inner, policy }
    }

    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Embedding<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let decision = self.policy.decide(&RequestHead::from(&request));
        ResponseFuture::new(self.inner.call(request), decision)
    }
}

pin_project! {
    /// The response future of [`Embedding`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        decision: EmbeddingDecision,
    }
}

impl<F> ResponseFuture<F> {
    fn new(future: F, decision: EmbeddingDecision) -> Self {
        Self { future, decision }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut poll = this.future.poll(cx);
        if let Poll::Ready(Ok(response)) = &mut poll {
            this.decision.apply_to(response);
        }
        poll
    }
}
