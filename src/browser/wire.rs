use std::{fmt, future::poll_fn, marker::PhantomData};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

/// What answers a browser's requests, whatever its bodies and its errors are.
pub(super) trait Wire {
    type Body: Body<Error: fmt::Display>;

    /// The answer, or what the service says in the place of one.
    async fn send(&mut self, request: Request<Vec<u8>>) -> Result<Response<Self::Body>, String>;
}

/// A service that takes bodies `B`.
pub(super) struct ToService<'a, S, B> {
    service: &'a mut S,
    body: PhantomData<fn() -> B>,
}

impl<'a, S, B> ToService<'a, S, B> {
    pub(super) fn new(service: &'a mut S) -> Self {
        Self { service, body: PhantomData }
    }
}

impl<S, B, R> Wire for ToService<'_, S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display,
    B: From<Vec<u8>>,
    R: Body,
    R::Error: fmt::Display,
{
    type Body = R;

    async fn send(&mut self, request: Request<Vec<u8>>) -> Result<Response<R>, String> {
        let answer = match poll_fn(|cx| self.service.poll_ready(cx)).await {
            Ok(()) => self.service.call(request.map(B::from)).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| error.to_string())
    }
}
