use std::convert::Infallible;

use axum::body::Body;
use http::{Request, Response};
use tower::Service;

use crate::{RequestKind, allocations, call, call_clone};

/// How a benchmark calls a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallMode {
    /// Calls the service, and stops at the response.
    Direct,
    /// Clones the service for each request, as axum's `Router` does.
    ByClone,
    /// Calls the service, and drops the response, too.
    WithDrop,
}

impl CallMode {
    /// Returns how often `service` allocates when it is called in this mode.
    pub fn allocations<S, B>(self, mut service: S, kind: RequestKind) -> u64
    where
        S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    {
        let request = kind.request();
        let mut response = None;
        let made = allocations::count_during(|| {
            response = Some(match self {
                Self::Direct | Self::WithDrop => call(&mut service, request),
                Self::ByClone => call_clone(&service, request),
            });
        });
        drop(response);
        made
    }
}
