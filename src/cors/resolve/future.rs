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

use super::lookups::{Lookups, Missing};
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
    #[project = Projected]
    enum State<S, B, F>
    where
        S: Service<Request<B>>,
    {
        // Of the service nothing is reserved.
        Looking {
            lookup: Pin<Box<F>>,
            #[pin]
            timeout: Sleep,
            // Given back with the lookup.
            slot: OwnedSemaphorePermit,
            lookups: Lookups,
            passed_on: Option<(S, Request<B>)>,
        },
        Reserving { passed_on: Option<(S, Request<B>, Decision)> },
        Answering {
            #[pin]
            response: ResponseFuture<S::Future>,
        },
    }
}

impl<S: Service<Request<B>>, B, F> ResolveFuture<S, B, F> {
    pub(super) fn early(decision: Decision) -> Self {
        Self { state: State::Answering { response: ResponseFuture::early(decision) } }
    }

    pub(super) fn of_service(future: S::Future, decision: Decision) -> Self {
        let response = ResponseFuture::of_service(future, decision);
        Self { state: State::Answering { response } }
    }

    /// Once the policy is there, `inner` is made ready and called, unless the policy answers by itself.
    pub(super) fn looking(
        lookup: Pin<Box<F>>,
        slot: OwnedSemaphorePermit,
        lookups: Lookups,
        inner: S,
        request: Request<B>,
    ) -> Self {
        let timeout = sleep(lookups.timeout);
        let passed_on = Some((inner, request));
        Self { state: State::Looking { lookup, timeout, slot, lookups, passed_on } }
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
                Projected::Looking { lookup, timeout, lookups, passed_on, .. } => {
                    let found = match lookup.as_mut().poll(cx) {
                        Poll::Ready(found) => found.map_err(|_| Missing::Failed),
                        Poll::Pending if is_elapsed(timeout, cx) => Err(Missing::TimedOut),
                        Poll::Pending => return Poll::Pending,
                    };
                    let Some((inner, request)) = passed_on.take() else { return Poll::Pending };
                    let decision = lookups.decide(&request, found);
                    if decision.is_early() {
                        State::Answering { response: ResponseFuture::early(decision) }
                    } else {
                        State::Reserving { passed_on: Some((inner, request, decision)) }
                    }
                }
                Projected::Reserving { passed_on } => {
                    if let Some((inner, ..)) = passed_on {
                        ready!(inner.poll_ready(cx))?;
                    }
                    let Some((mut inner, request, decision)) = passed_on.take() else {
                        return Poll::Pending;
                    };
                    let response = ResponseFuture::of_service(inner.call(request), decision);
                    State::Answering { response }
                }
                Projected::Answering { response } => return response.poll(cx),
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
