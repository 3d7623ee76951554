use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{SseBody, SseFuture, settings::Settings};
use crate::{push::LastEventId, service::inner_service};

/// Keeps the streams of the service that it wraps streams: see [`SseLayer`](crate::push::SseLayer).
#[derive(Clone, Debug)]
pub struct Sse<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Sse<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }

    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Sse<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<SseBody<ResBody>>;
    type Error = S::Error;
    type Future = SseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        if self.settings.is_of_events() {
            let headers = request.headers();
            let id = match &self.settings.id_parameter {
                None => LastEventId::of(headers),
                Some(name) => LastEventId::of_or_query(headers, request.uri(), name),
            };
            if let Some(id) = id {
                request.extensions_mut().insert(id);
            }
        }
        let method = request.method().into();
        SseFuture::new(self.inner.call(request), self.settings.clone(), method)
    }
}
