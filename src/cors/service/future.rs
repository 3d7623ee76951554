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
        in_extensions: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn of_service(future: F, decision: Decision, in_extensions: bool) -> Self {
        Self { future: Some(future), decision, in_extensions }
    }

    pub(super) fn early(decision: Decision, in_extensions: bool) -> Self {
        Self { future: None, decision, in_extensions }
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
        let mut poll = match this.future.as_pin_mut() {
            Some(future) => {
                // Finished where it lies: a response is some 150 bytes to move.
                let mut poll = future.poll(cx);
                if let Poll::Ready(Ok(response)) = &mut poll {
                    this.decision.finish(response);
                }
                poll
            }
            None => {
                this.decision.early_answer().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
            }
        };
        if let (true, Poll::Ready(Ok(response))) = (*this.in_extensions, &mut poll) {
            response.extensions_mut().insert(this.decision.clone());
        }
        poll
    }
}
