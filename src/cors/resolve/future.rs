use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Sleep, sleep},
};
use tower_service::Service;

use super::lookups::{LookupFailure, Lookups};
use crate::{
    cors::{decision::Decision, layer::ResponseFuture, policy::CorsPolicy},
    service::is_elapsed,
};

pin_project! {
    /// The response of a [`ResolveCors`](super::ResolveCors) service.
    pub struct ResolveFuture<S, B, F>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F>
    where
        S: Service<Request<B>>,
    {
        // While the lookup runs, no capacity of the service is reserved.
        Lookup {
            lookup: Pin<Box<F>>,
            #[pin]
            timeout: Sleep,
            // Released at the end of the lookup.
            slot: OwnedSemaphorePermit,
            lookups: Lookups,
            pending_call: Option<(S, Request<B>)>,
        },
        Readiness { pending_call: Option<(S, Request<B>, Decision)> },
        Response {
            #[pin]
            response: ResponseFuture<S::Future>,
        },
    }
}

impl<S: Service<Request<B>>, B, F> ResolveFuture<S, B, F> {
    pub(super) fn early(decision: Decision) -> Self {
        Self { state: State::Response { response: ResponseFuture::early(decision) } }
    }

    pub(super) fn from_service(future: S::Future, decision: Decision) -> Self {
        let response = ResponseFuture::from_service(future, decision);
        Self { state: State::Response { response } }
    }

    /// Creates a future that waits for the lookup, and then calls `inner`.
    ///
    /// If the policy's decision has an early response, `inner` is not called.
    pub(super) fn with_lookup(
        lookup: Pin<Box<F>>,
        slot: OwnedSemaphorePermit,
        lookups: Lookups,
        inner: S,
        request: Request<B>,
    ) -> Self {
        let timeout = sleep(lookups.timeout);
        let pending_call = Some((inner, request));
        Self { state: State::Lookup { lookup, timeout, slot, lookups, pending_call } }
    }
}

impl<S, F, E, ReqBody, ResBody> Future for ResolveFuture<S, ReqBody, F>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    F: Future<Output = Result<Option<CorsPolicy>, E>>,
    ResBody: Default,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Lookup { lookup, timeout, lookups, pending_call, .. } => {
                    let found = match lookup.as_mut().poll(cx) {
                        Poll::Ready(found) => found.map_err(|_| LookupFailure::Failed),
                        Poll::Pending if is_elapsed(timeout, cx) => Err(LookupFailure::TimedOut),
                        Poll::Pending => return Poll::Pending,
                    };
                    let Some((inner, request)) = pending_call.take() else { return Poll::Pending };
                    let decision = lookups.decide(&request, found);
                    if decision.is_early() {
                        State::Response { response: ResponseFuture::early(decision) }
                    } else {
                        State::Readiness { pending_call: Some((inner, request, decision)) }
                    }
                }
                StateProjection::Readiness { pending_call } => {
                    if let Some((inner, ..)) = pending_call {
                        ready!(inner.poll_ready(cx))?;
                    }
                    let Some((mut inner, request, decision)) = pending_call.take() else {
                        return Poll::Pending;
                    };
                    let response = ResponseFuture::from_service(inner.call(request), decision);
                    State::Response { response }
                }
                StateProjection::Response { response } => return response.poll(cx),
            };
            state.set(next);
        }
    }
}

impl<S: Service<Request<B>>, B, F> fmt::Debug for ResolveFuture<S, B, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolveFuture").finish_non_exhaustive()
    }
}
