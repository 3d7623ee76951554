//! A service that counts its calls.

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Ready, ready},
    rc::Rc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

/// Sends the same response to every request, and counts the requests.
#[derive(Clone, Debug)]
pub(crate) struct CountingService {
    response: Response<String>,
    calls: Rc<Cell<usize>>,
}

impl CountingService {
    pub(crate) fn new(response: Response<String>) -> Self {
        Self { response, calls: Rc::default() }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }
}

impl Service<Request<Vec<u8>>> for CountingService {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        self.calls.set(self.calls.get() + 1);
        ready(Ok(self.response.clone()))
    }
}
