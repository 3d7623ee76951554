use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::cors::Decision;

pin_project! {
    /// The response of a [`Cors`](super::Cors) service.
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
                .early_answer()
                .map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)));
        };
        // Finished where it lies: a response is some 150 bytes to move.
        let mut poll = future.poll(cx);
        if let Poll::Ready(Ok(response)) = &mut poll {
            this.decision.finish(response);
        }
        poll
    }
}
