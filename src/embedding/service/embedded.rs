use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::EmbeddingFuture;
use crate::{RequestHead, embedding::EmbeddingPolicy, service::inner_service};

/// Puts the headers of a policy into the responses of the service that it wraps: see
/// [`EmbeddingLayer`](crate::embedding::EmbeddingLayer).
#[derive(Clone, Debug)]
pub struct Embedded<S> {
    inner: S,
    policy: EmbeddingPolicy,
}

impl<S> Embedded<S> {
    /// `inner`, with this policy.
    pub fn new(inner: S, policy: EmbeddingPolicy) -> Self {
        Self { inner, policy }
    }

    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Embedded<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = EmbeddingFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let decision = self.policy.decide(&RequestHead::from(&request));
        EmbeddingFuture::new(self.inner.call(request), decision)
    }
}
