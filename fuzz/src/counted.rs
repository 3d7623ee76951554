//! A service that counts what reaches it.

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Ready, ready},
    rc::Rc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

/// Answers every request alike, and counts them.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    answer: Response<String>,
    calls: Rc<Cell<usize>>,
}

impl Counted {
    pub(crate) fn answering(answer: Response<String>) -> Self {
        Self { answer, calls: Rc::default() }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }
}

impl Service<Request<Vec<u8>>> for Counted {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        self.calls.set(self.calls.get() + 1);
        ready(Ok(self.answer.clone()))
    }
}
