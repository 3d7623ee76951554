use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::{answer::EarlyAnswer, cors::Decision};

pin_project! {
    /// The response of a [`Cors`](super::Cors) service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // That of the service; `None` where the service is not called.
        #[pin]
        future: Option<F>,
        ending: Ending,
    }
}

#[derive(Debug)]
enum Ending {
    Finish(Decision),
    /// `None` where it has been given.
    Answer(Option<EarlyAnswer>),
}

impl<F> ResponseFuture<F> {
    pub(super) fn of_service(future: F, decision: Decision) -> Self {
        Self { future: Some(future), ending: Ending::Finish(decision) }
    }

    pub(super) fn early(answer: EarlyAnswer) -> Self {
        Self { future: None, ending: Ending::Answer(Some(answer)) }
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
        match (this.future.as_pin_mut(), this.ending) {
            (Some(future), Ending::Finish(decision)) => {
                // Finished where it lies: a response is some 150 bytes to move.
                let mut poll = future.poll(cx);
                if let Poll::Ready(Ok(response)) = &mut poll {
                    decision.finish(response);
                }
                poll
            }
            (_, Ending::Answer(answer)) => match answer.take() {
                Some(answer) => Poll::Ready(Ok(answer.into_response())),
                // Polled after it was ready, which `Future` leaves open; a panic is not among our answers.
                None => Poll::Pending,
            },
            (None, Ending::Finish(_)) => Poll::Pending,
        }
    }
}
