use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::embedding::EmbeddingDecision;

pin_project! {
    /// The response of an [`Embedded`](super::Embedded) service.
    #[derive(Debug)]
    pub struct EmbeddingFuture<F> {
        #[pin]
        future: F,
        decision: EmbeddingDecision,
    }
}

impl<F> EmbeddingFuture<F> {
    pub(super) fn new(future: F, decision: EmbeddingDecision) -> Self {
        Self { future, decision }
    }
}

impl<F, B, E> Future for EmbeddingFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut poll = this.future.poll(cx);
        if let Poll::Ready(Ok(response)) = &mut poll {
            this.decision.finish(response);
        }
        poll
    }
}
