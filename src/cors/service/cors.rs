use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::{ResponseFuture, settle::settle};
use crate::{
    RequestHead,
    cors::{CorsPolicy, PolicySource},
    service::inner_service,
    service::replace_with_unready_clone,
};

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
        let mut decision = self.source.with(&head, |policy| policy.decide(&head));
        settle(&mut decision, &head, self.source.varies_on(), self.decision_in_extensions);
        if decision.is_early() {
            replace_with_unready_clone(&mut self.inner);
            return ResponseFuture::early(decision);
        }
        ResponseFuture::of_service(self.inner.call(request), decision)
    }
}
