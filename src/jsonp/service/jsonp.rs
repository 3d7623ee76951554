use std::task::{Context, Poll};

use http::{
    Request, Response,
    header::{AUTHORIZATION, COOKIE},
};
use tower_service::Service;

use super::{ResponseFuture, future::Asked, hidden::hide};
use crate::{
    RequestHead,
    jsonp::{
        JsonpBody, JsonpDecision, JsonpPolicy, config::Credentials, head,
        request::lends_credentials,
    },
    service::inner_service,
};

/// Writes the JSON of the service that it wraps into scripts, for requests that name a callback: see
/// [the module](crate::jsonp). Made by [`JsonpLayer`](super::JsonpLayer), or by hand.
///
/// - The service sees every request. It is its response that tells whether a script can be made of it.
/// - A request whose response is going to be wrapped has its [`Callback`](crate::jsonp::Callback) in its
///   extensions, and no `Range`; the response has [`JsonpApplied`](super::JsonpApplied) in its own.
/// - An `Err` of the wrapped service passes. It has no response, so that what turns it into one stands
///   inside of this layer, where pages are to read it.
#[derive(Clone, Debug)]
pub struct Jsonp<S> {
    inner: S,
    policy: JsonpPolicy,
}

impl<S> Jsonp<S> {
    /// The service in a layer with that policy.
    pub fn new(inner: S, policy: JsonpPolicy) -> Self {
        Self { inner, policy }
    }

    inner_service!();

    /// Makes the request the one that the service is to see.
    fn prepare<B>(&self, request: &mut Request<B>) -> Option<Asked> {
        let head = RequestHead::from(&*request);
        let mut asked = Asked::new(&self.policy, self.policy.decide(&head), head.method())?;
        match &asked.decision {
            JsonpDecision::Wrapped(callback) => {
                request.extensions_mut().insert(callback.clone());
                head::ask_for_the_whole(request.headers_mut());
                let config = self.policy.config();
                if config.hides_parameter {
                    hide(request.uri_mut(), &config.parameters);
                }
                let headers = request.headers_mut();
                if config.credentials == Credentials::Strip && lends_credentials(headers) {
                    headers.remove(AUTHORIZATION);
                    asked.is_stripped = headers.remove(COOKIE).is_some();
                }
            }
            JsonpDecision::Withheld(_) => head::ask_anew(request.headers_mut()),
            JsonpDecision::NotAsked | JsonpDecision::Malformed(_) => {}
        }
        Some(asked)
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Jsonp<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<JsonpBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let asked = self.prepare(&mut request);
        ResponseFuture::new(self.inner.call(request), asked)
    }
}
