use std::convert::Infallible;

use axum::body::Body;
use http::{Request, Response};
use tower::Service;

use crate::{Asked, allocations, answer, answer_by_clone};

/// How a service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Until the response is there.
    Directly,
    /// By a clone of the service for each request, as axum's `Router` does.
    ByClone,
    /// Until the response is dropped.
    Dropped,
}

impl Way {
    /// How often `service` allocates when it is asked so.
    pub fn allocations<S, B>(self, mut service: S, asked: Asked) -> u64
    where
        S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    {
        let request = asked.request();
        let mut response = None;
        let made = allocations::during(|| {
            response = Some(match self {
                Self::Directly | Self::Dropped => answer(&mut service, request),
                Self::ByClone => answer_by_clone(&service, request),
            });
        });
        drop(response);
        made
    }
}
