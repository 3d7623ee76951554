use std::{
    mem,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    future::{CrossOriginBody, CrossOriginFuture},
    stack,
};
use crate::{
    cross_origin::{CrossOriginPolicy, CrossOriginSource},
    service::inner_service,
};

/// A service, behind every layer that the policy in force has a part for.
///
/// The wrapped service must be `Clone`, as [`Cors`](crate::cors::Cors) says.
#[derive(Clone, Debug)]
pub struct CrossOriginService<S, P = CrossOriginPolicy> {
    inner: S,
    source: P,
    decision_in_extensions: bool,
}

impl<S, P> CrossOriginService<S, P> {
    pub(super) fn new(inner: S, source: P, decision_in_extensions: bool) -> Self {
        Self { inner, source, decision_in_extensions }
    }

    inner_service!();
}

impl<S, P, ReqBody, ResBody> Service<Request<ReqBody>> for CrossOriginService<S, P>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    P: CrossOriginSource,
    ResBody: Default,
{
    type Response = Response<CrossOriginBody<ResBody>>;
    type Error = S::Error;
    type Future = CrossOriginFuture<S::Future>;

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
            CrossOriginFuture::new(stacked.call(request))
        })
    }
}
