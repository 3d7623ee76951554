//! The layers of the crate, stacked around one service.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    policy::{CrossOriginPolicy, CrossOriginSource},
    stack::{self, StackBody, StackFuture},
};
use crate::service::inner_service;

/// Wraps services in [`CrossOrigin`].
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::{
///     cross_origin::{CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
///     embedding::EmbeddingConfig,
/// };
///
/// let config = CrossOriginConfig::new().embedding(EmbeddingConfig::private_api());
/// let layer = CrossOriginLayer::new(CrossOriginPolicy::new(config)?);
/// let service = ServiceBuilder::new().layer(layer).service_fn(
///     async |_: Request<String>| Ok::<_, Infallible>(Response::new("items".to_owned())),
/// );
/// let response = service.oneshot(Request::new(String::new())).await?;
/// assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct CrossOriginLayer<P = CrossOriginPolicy> {
    source: P,
    decision_in_extensions: bool,
}

impl<P: CrossOriginSource> CrossOriginLayer<P> {
    /// A layer that asks `source`, usually a [`CrossOriginPolicy`].
    pub fn new(source: P) -> Self {
        Self { source, decision_in_extensions: false }
    }
}

impl<P> CrossOriginLayer<P> {
    /// See [`CorsLayer::decision_in_extensions`](crate::cors::CorsLayer::decision_in_extensions).
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }
}

impl<S, P: CrossOriginSource + Clone> Layer<S> for CrossOriginLayer<P> {
    type Service = CrossOrigin<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        CrossOrigin::new(inner, self.source.clone(), self.decision_in_extensions)
    }
}

/// A service, behind every layer that the policy in force has a part for.
///
/// The wrapped service must be `Clone`, as [`Cors`](crate::cors::Cors) says.
#[derive(Clone, Debug)]
pub struct CrossOrigin<S, P = CrossOriginPolicy> {
    inner: S,
    source: P,
    decision_in_extensions: bool,
}

impl<S, P> CrossOrigin<S, P> {
    pub(super) fn new(inner: S, source: P, decision_in_extensions: bool) -> Self {
        Self { inner, source, decision_in_extensions }
    }

    inner_service!();
}

impl<S, P, ReqBody, ResBody> Service<Request<ReqBody>> for CrossOrigin<S, P>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    P: CrossOriginSource,
    ResBody: Default,
{
    type Response = Response<CrossOriginBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let carries = self.decision_in_extensions;
        // The layers are some counted references: to stack them costs less than to keep them stacked for
        // each policy that there was. They are dropped while the policy is held, so that no request drops
        // one that was replaced; and of its origins the future has none.
        self.source.with(|policy| {
            let mut stacked = stack::around(ready, policy, &request, carries);
            ResponseFuture::new(stacked.call(request))
        })
    }
}

pin_project! {
    /// The body of a response of [`CrossOrigin`]: the one of the inner service, or what the layers made of it.
    ///
    /// Its data is [`Bytes`]. It forwards each frame when the layers have nothing to change.
    #[derive(Debug)]
    pub struct CrossOriginBody<B> {
        #[pin]
        body: StackBody<B>,
    }
}

impl<B: Default> Default for CrossOriginBody<B> {
    fn default() -> Self {
        Self { body: StackBody::default() }
    }
}

impl<B: Body> Body for CrossOriginBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// The response of a [`CrossOrigin`] service.
    #[derive(Debug)]
    pub struct ResponseFuture<F, B> {
        #[pin]
        future: StackFuture<F, B>,
    }
}

impl<F, B> ResponseFuture<F, B> {
    pub(super) fn new(future: StackFuture<F, B>) -> Self {
        Self { future }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<CrossOriginBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = self.project().future.poll(cx);
        response.map_ok(|response| response.map(|body| CrossOriginBody { body }))
    }
}
