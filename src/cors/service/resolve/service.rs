use std::{
    fmt,
    future::Future,
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    ResolveFuture,
    lookups::{Lookups, Missing},
};
use crate::{
    RequestHead,
    cors::{CorsPolicy, Decision, RequestView},
    service::inner_service,
    service::replace_with_unready_clone,
};

/// Answers preflights, and puts CORS headers into responses, by policies that are awaited. Made by
/// [`ResolveCorsLayer`](super::ResolveCorsLayer).
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
    pub(super) fn new(inner: S, resolve: R, lookups: Lookups) -> Self {
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
