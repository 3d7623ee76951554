use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderMap, Response, StatusCode};
use pin_project_lite::pin_project;

use crate::{
    guard::{Refusal, Reported},
    response::EarlyResponse,
    response::VaryNames,
    response::is_upgrade_response,
};

pin_project! {
    /// The response of a [`Guard`](super::Guard) service.
    #[derive(Debug)]
    pub struct GuardFuture<F> {
        #[pin]
        state: State<F>,
        vary: VaryNames,
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
        vary: VaryNames,
        reported: Option<Reported>,
        is_connect: bool,
    ) -> Self {
        Self { state: State::Passed { future, reported, is_connect }, vary }
    }

    pub(super) fn refused(refusal: Refusal, vary: VaryNames) -> Self {
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
                    if !is_upgrade_response(*is_connect, response.status()) {
                        this.vary.apply(response.headers_mut());
                    }
                    if let Some(reported) = reported {
                        response.extensions_mut().insert(*reported);
                    }
                }
                poll
            }
            StateProjection::Refused { refusal } => {
                let mut headers = HeaderMap::new();
                this.vary.apply(&mut headers);
                let answer = EarlyResponse { status: StatusCode::FORBIDDEN, headers };
                let mut response = answer.into_response::<B>();
                response.extensions_mut().insert(*refusal);
                Poll::Ready(Ok(response))
            }
        }
    }
}
