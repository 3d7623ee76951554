use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderMap, Response, StatusCode};
use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::no_store;
use crate::{
    response::{EarlyResponse, is_upgrade_response},
    service::is_elapsed,
};

pin_project! {
    /// The response of a [`LongPoll`](super::LongPoll) service.
    #[derive(Debug)]
    pub struct LongPollFuture<F> {
        // That of the service; `None` once the window is over.
        #[pin]
        future: Option<F>,
        // `None` for `CONNECT`, and for what waits for nothing.
        #[pin]
        window: Option<Sleep>,
        status: StatusCode,
        is_left_alone: bool,
    }
}

impl<F> LongPollFuture<F> {
    pub(super) fn new(future: F, window: Option<Sleep>, status: StatusCode) -> Self {
        Self { future: Some(future), window, status, is_left_alone: false }
    }

    /// Of a request that waits for nothing.
    pub(super) fn left_alone(future: F) -> Self {
        let status = StatusCode::NO_CONTENT;
        Self { future: Some(future), window: None, status, is_left_alone: true }
    }
}

impl<F, B, E> Future for LongPollFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            // First the service, so that what it answers at the window's end is not lost.
            let mut poll = future.poll(cx);
            if let Poll::Ready(Ok(response)) = &mut poll {
                let is_tunnel = is_upgrade_response(this.window.is_none(), response.status());
                if !*this.is_left_alone && !is_tunnel {
                    no_store::put(response.headers_mut());
                }
            }
            if poll.is_ready() {
                return poll;
            }
            if !this.window.as_pin_mut().is_some_and(|window| is_elapsed(window, cx)) {
                return Poll::Pending;
            }
            this.future.set(None);
        }
        Poll::Ready(Ok(unanswered(*this.status)))
    }
}

fn unanswered<B: Default>(status: StatusCode) -> Response<B> {
    let mut headers = HeaderMap::new();
    no_store::put(&mut headers);
    EarlyResponse { status, headers }.into_response()
}
