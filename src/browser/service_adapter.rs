use std::{fmt, future::poll_fn, marker::PhantomData};

use http::HeaderMap;
use http_body::Body;
use tower_service::Service;
use url::Url;

use super::{
    blocked::{BlockedStep, Reason, Stop},
    request::Request,
};

/// Sends requests to a service of any body type and error type.
pub(super) trait Transport {
    type Body: Body<Error: fmt::Display>;

    /// Returns the response, or the message of the service's error.
    async fn send(
        &mut self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Self::Body>, String>;
}

/// A service whose request body is `B`.
pub(super) struct ServiceAdapter<'a, S, B> {
    service: &'a mut S,
    body: PhantomData<fn() -> B>,
}

impl<'a, S, B> ServiceAdapter<'a, S, B> {
    pub(super) fn new(service: &'a mut S) -> Self {
        Self { service, body: PhantomData }
    }
}

impl<S, B, R> Transport for ServiceAdapter<'_, S, B>
where
    S: Service<http::Request<B>, Response = http::Response<R>>,
    S::Error: fmt::Display,
    B: From<Vec<u8>>,
    R: Body,
    R::Error: fmt::Display,
{
    type Body = R;

    async fn send(&mut self, request: http::Request<Vec<u8>>) -> Result<http::Response<R>, String> {
        let response = match poll_fn(|cx| self.service.poll_ready(cx)).await {
            Ok(()) => self.service.call(request.map(B::from)).await,
            Err(error) => Err(error),
        };
        response.map_err(|error| error.to_string())
    }
}

/// Returns the request in the form that the service receives.
pub(super) fn http_request(
    request: &Request,
    url: &Url,
    headers: HeaderMap,
) -> Result<http::Request<Vec<u8>>, Stop> {
    if let Some(name) = request.unrepresentable.first() {
        let text = format!("the crate http cannot represent the value of {name}");
        return Err((BlockedStep::Network, Reason::Text(text)));
    }
    let bytes = request.body.as_ref().map(|body| body.bytes.clone()).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", url.path());
    let mut sent = http::Request::new(bytes);
    *sent.method_mut() = request.method.clone();
    *sent.uri_mut() = target.parse().map_err(|error| network_error(&error))?;
    *sent.headers_mut() = headers;
    Ok(sent)
}

pub(super) fn network_error(error: &dyn fmt::Display) -> Stop {
    (BlockedStep::Network, Reason::Text(format!("the service returned an error: {error}")))
}
