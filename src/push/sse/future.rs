use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Method, Response};
use pin_project_lite::pin_project;

use super::{
    SseBody,
    headers::{make_no_content, mark},
    settings::Settings,
    stream::Stream,
};
use crate::response::has_identity_coding;

pin_project! {
    /// The response of an [`Sse`](super::Sse) service.
    #[derive(Debug)]
    pub struct SseFuture<F> {
        #[pin]
        future: F,
        settings: Arc<Settings>,
        method: Asked,
    }
}

/// The methods between which a response differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Asked {
    Get,
    Head,
    Connect,
    Other,
}

impl From<&Method> for Asked {
    fn from(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Connect,
            _ => Self::Other,
        }
    }
}

impl<F> SseFuture<F> {
    pub(super) fn new(future: F, settings: Arc<Settings>, method: Asked) -> Self {
        Self { future, settings, method }
    }
}

impl<F, B, E> Future for SseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<SseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx))?;
        Poll::Ready(Ok(finished(response, this.settings, *this.method)))
    }
}

fn finished<B>(
    mut response: Response<B>,
    settings: &Arc<Settings>,
    method: Asked,
) -> Response<SseBody<B>> {
    // What follows a 2xx to CONNECT is no body (RFC 9110, section 9.3.6).
    if method == Asked::Connect || !mark(&mut response, settings) {
        return response.map(SseBody::untouched);
    }
    // An `EventSource` asks by GET alone. What others asked for is done, and its answer is theirs.
    if method == Asked::Get && settings.is_of_events() && settings.timers.stops_reconnecting() {
        make_no_content(&mut response);
        return response.map(|_| SseBody::empty());
    }
    let is_events = settings.is_of_events() && method != Asked::Head;
    let is_plain = has_identity_coding(response.headers());
    let stream = is_events.then(|| Stream::new(settings, is_plain)).flatten();
    response.map(|body| SseBody::new(body, stream))
}
