use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Method, Request, Response};
use tower_service::Service;

use super::{GuardFuture, layer::Prepared};
use crate::{
    RequestHead,
    guard::{Check, Reported, Verdict},
    response::VaryNames,
    service::inner_service,
    service::replace_with_unready_clone,
    telemetry,
};

/// Passes on what its check lets pass, and answers the rest with 403. Made by
/// [`GuardLayer`](crate::guard::GuardLayer).
///
/// - What passes is passed on as it came, with its extensions.
/// - A refusal has no body and no header but `Vary` on `GET` and `HEAD`; the
///   [`Refusal`](crate::guard::Refusal) is in the response's extensions. The wrapped service is not called,
///   and what its `poll_ready` reserved is given back.
/// - Of a check that only reports, [`Reported`] is in the extensions of the service's response.
pub struct Guard<S, C> {
    inner: S,
    prepared: Arc<Prepared<C>>,
}

impl<S, C> Guard<S, C> {
    pub(super) fn new(inner: S, prepared: Arc<Prepared<C>>) -> Self {
        Self { inner, prepared }
    }

    inner_service!();
}

impl<S, C, ReqBody, ResBody> Service<Request<ReqBody>> for Guard<S, C>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    C: Check,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = GuardFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::from(&request);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let vary = if reads { self.prepared.vary.clone() } else { VaryNames::None };
        let reported = match self.prepared.check.check(&head) {
            Verdict::Passed => None,
            Verdict::Reported(refusal) => {
                telemetry::guarded(&head, refusal.as_str(), "reported");
                Some(Reported(refusal))
            }
            Verdict::Refused(refusal) => {
                telemetry::guarded(&head, refusal.as_str(), "refused");
                replace_with_unready_clone(&mut self.inner);
                return GuardFuture::refused(refusal, vary);
            }
        };
        let is_connect = *request.method() == Method::CONNECT;
        GuardFuture::passed(self.inner.call(request), vary, reported, is_connect)
    }
}

impl<S: Clone, C> Clone for Guard<S, C> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), prepared: self.prepared.clone() }
    }
}

impl<S: fmt::Debug, C: fmt::Debug> fmt::Debug for Guard<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("inner", &self.inner)
            .field("check", &self.prepared.check)
            .finish_non_exhaustive()
    }
}
