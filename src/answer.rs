//! Answers that a layer gives by itself, in place of the service that it wraps.

use http::{HeaderMap, Response, StatusCode};

/// An answer without a body.
#[derive(Debug)]
pub(crate) struct EarlyAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl EarlyAnswer {
    pub(crate) fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Gives back what `poll_ready` reserved of a service that is not going to be called: a permit of a
/// concurrency limit, a place in a buffer. The clone that takes its place has reserved nothing.
#[cfg(feature = "tower")]
pub(crate) fn release<S: Clone>(service: &mut S) {
    let unready = service.clone();
    drop(std::mem::replace(service, unready));
}
