use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderValue, Response, StatusCode, header::VARY};
use pin_project_lite::pin_project;

use crate::{
    answer::EarlyAnswer,
    guard::{Refusal, Reported},
    tunnel, vary,
};

pin_project! {
    /// The response of a [`Guard`](super::Guard) service.
    #[derive(Debug)]
    pub struct GuardFuture<F> {
        #[pin]
        state: State<F>,
        vary: Option<HeaderValue>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Passed {
            #[pin]
            future: F,
            reported: Option<Reported>,
            is_connect: bool,
        },
        Refused {
            refusal: Refusal,
        },
    }
}

impl<F> GuardFuture<F> {
    pub(super) fn passed(
        future: F,
        vary: Option<HeaderValue>,
        reported: Option<Reported>,
        is_connect: bool,
    ) -> Self {
        Self { state: State::Passed { future, reported, is_connect }, vary }
    }

    pub(super) fn refused(refusal: Refusal, vary: Option<HeaderValue>) -> Self {
        Self { state: State::Refused { refusal }, vary }
    }
}

impl<F, B, E> Future for GuardFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.state.project() {
            StateProjection::Passed { future, reported, is_connect } => {
                // Finished where it lies: a response is some 150 bytes to move.
                let mut poll = future.poll(cx);
                if let Poll::Ready(Ok(response)) = &mut poll {
                    if let Some(names) = this.vary {
                        if !tunnel::begins(*is_connect, response.status()) {
                            vary::put(response.headers_mut(), names);
                        }
                    }
                    if let Some(reported) = reported {
                        response.extensions_mut().insert(*reported);
                    }
                }
                poll
            }
            StateProjection::Refused { refusal } => {
                let mut headers = HeaderMap::new();
                if let Some(names) = this.vary.take() {
                    headers.insert(VARY, names);
                }
                let answer = EarlyAnswer { status: StatusCode::FORBIDDEN, headers };
                let mut response = answer.into_response::<B>();
                response.extensions_mut().insert(*refusal);
                Poll::Ready(Ok(response))
            }
        }
    }
}
