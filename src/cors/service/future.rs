use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::{answer::EarlyAnswer, cors::Decision};

pin_project! {
    /// The response of a [`Cors`](super::Cors) service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StateProjection]
    enum State<F> {
        OfService {
            #[pin]
            future: F,
            decision: Decision,
        },
        Early {
            answer: Option<EarlyAnswer>,
        },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn of_service(future: F, decision: Decision) -> Self {
        Self { state: State::OfService { future, decision } }
    }

    pub(super) fn early(answer: EarlyAnswer) -> Self {
        Self { state: State::Early { answer: Some(answer) } }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::OfService { future, decision } => {
                let mut response = ready!(future.poll(cx))?;
                decision.finish(&mut response);
                Poll::Ready(Ok(response))
            }
            StateProjection::Early { answer } => match answer.take() {
                Some(answer) => Poll::Ready(Ok(answer.into_response())),
                // Polled after it was ready, which `Future` leaves open; a panic is not among our answers.
                None => Poll::Pending,
            },
        }
    }
}
