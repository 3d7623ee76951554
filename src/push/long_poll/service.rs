use std::{
    task::{Context, Poll},
    time::Duration,
};

use http::{Method, Request, Response, StatusCode};
use tokio::time::sleep;
use tower_service::Service;

use super::LongPollFuture;
use crate::service::inner_service;

/// Answers polls that the service which it wraps has not answered within a window, and keeps every
/// answer out of caches. Made by [`LongPollLayer`](crate::push::LongPollLayer).
///
/// - `poll_ready` is that of the wrapped service, and there is no task: the timer lies within the
///   future. When the window is over, the service's future is dropped before the poll is answered, and
///   with it what it holds, such as a permit of a concurrency limit.
/// - The body of that answer is `Default`.
/// - A response that has `Cache-Control` gets `no-store` in its place; a `no-transform` is kept.
/// - A `101` stays as it is. `CONNECT` has no window, since a 204 would tell its client that the tunnel
///   is there.
/// - An `Err` of the wrapped service passes, and has no response that could carry a header: what turns
///   it into one, outside of this layer, says `no-store` by itself.
///
/// # Panics
///
/// Tokio's timers panic where a request is served outside of a runtime of Tokio, or in one whose timers
/// are not enabled.
#[derive(Clone, Debug)]
pub struct LongPoll<S> {
    inner: S,
    /// `None` where nothing waits.
    window: Option<Duration>,
    status: StatusCode,
}

impl<S> LongPoll<S> {
    pub(super) fn new(inner: S, window: Option<Duration>, status: StatusCode) -> Self {
        Self { inner, window, status }
    }

    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for LongPoll<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = LongPollFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Some(window) = self.window else {
            return LongPollFuture::left_alone(self.inner.call(request));
        };
        let is_connect = *request.method() == Method::CONNECT;
        let window = (!is_connect).then(|| sleep(window));
        LongPollFuture::new(self.inner.call(request), window, self.status)
    }
}
