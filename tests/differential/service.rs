//! The service inside the layer, and a shared cache in front of the layer.

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{ACCESS_CONTROL_REQUEST_METHOD, HOST, VARY},
};
use http_body_util::Full;
use proptest::test_runner::TestCaseError;
use tower::Service;
use tower_cross_origin::cors::CorsPolicy;

use crate::{
    cases::{Case, OwnResponse},
    reference_model::cors_model::ServiceHeaders,
    support::block_on,
    written::{own, policy},
};

type FullResponse = Response<Full<Bytes>>;

/// A service and its policy.
pub(crate) struct App {
    pub(crate) policy: CorsPolicy,
    pub(crate) inner: Inner,
}

impl App {
    /// Creates the service of a case. Fails if the policy has faults, which is an error of the generator.
    pub(crate) fn new(case: &Case) -> Result<Self, TestCaseError> {
        let rules = &case.rules;
        let policy =
            policy(rules).map_err(|error| TestCaseError::fail(format!("{error}: {rules:?}")))?;
        Ok(Self { policy, inner: Inner::responding(&case.response) })
    }

    pub(crate) fn own(&self) -> ServiceHeaders {
        own(self.status(), self.inner.response.headers())
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<&HeaderValue> {
        self.inner.response.headers().get_all(name).iter().collect()
    }

    /// Returns the members of `Vary` in the response of the service.
    pub(crate) fn varies_on(&self) -> Vec<String> {
        members_of_vary(self.inner.response.headers())
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.inner.response.headers()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.inner.response.status()
    }
}

/// A service that sends the same response to every request, and counts the requests.
#[derive(Clone, Debug)]
pub(crate) struct Inner {
    response: FullResponse,
    calls: Rc<Cell<usize>>,
}

impl Inner {
    pub(crate) const BODY: &str = "the service's body";

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    fn responding(own: &OwnResponse) -> Self {
        let mut response = Response::new(Full::from(Self::BODY));
        *response.status_mut() = StatusCode::from_u16(own.status).expect("the status is valid");
        for (name, value) in &own.headers {
            let name = HeaderName::from_static(name);
            response.headers_mut().append(name, HeaderValue::from_static(value));
        }
        Self { response, calls: Rc::default() }
    }
}

impl Service<Request<Vec<u8>>> for Inner {
    type Response = FullResponse;
    type Error = Infallible;
    type Future = Ready<Result<FullResponse, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        self.calls.set(self.calls.get() + 1);
        ready(Ok(self.response.clone()))
    }
}

/// A cache that several pages share.
///
/// A stored response serves requests to the same address with the same values for the headers in `Vary`
/// (RFC 9111, section 4.1). Unlike other caches, this one also stores responses to preflights.
#[derive(Debug)]
pub(crate) struct SharedCache<S> {
    service: S,
    stored: Vec<Stored>,
    served: usize,
}

#[derive(Debug)]
struct Stored {
    method: Method,
    uri: Uri,
    request: HeaderMap,
    response: FullResponse,
}

impl<S> SharedCache<S> {
    pub(crate) fn new(service: S) -> Self {
        Self { service, stored: Vec::new(), served: 0 }
    }

    /// Returns the number of responses from the cache.
    pub(crate) fn served(&self) -> usize {
        self.served
    }
}

impl<S> Service<Request<Vec<u8>>> for SharedCache<S>
where
    S: Service<Request<Vec<u8>>, Response = FullResponse, Error = Infallible>,
{
    type Response = FullResponse;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<FullResponse, Infallible>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        if let Some(stored) = self.stored.iter().find(|stored| stored.serves(&request)) {
            self.served += 1;
            return Box::pin(ready(Ok(stored.response.clone())));
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let (may_store, headers) = (is_cacheable(&request), request.headers().clone());
        let response = block_on(self.service.call(request)).unwrap_or_else(|never| match never {});
        if may_store && (method != Method::OPTIONS || response.status().is_success()) {
            self.stored.push(Stored { method, uri, request: headers, response: response.clone() });
        }
        Box::pin(ready(Ok(response)))
    }
}

impl Stored {
    fn serves(&self, request: &Request<Vec<u8>>) -> bool {
        let is_same = |name: &str| {
            request.headers().get_all(name).iter().eq(self.request.get_all(name).iter())
        };
        is_cacheable(request)
            && self.method == *request.method()
            && self.uri == *request.uri()
            && is_same(HOST.as_str())
            && members_of_vary(self.response.headers())
                .iter()
                .all(|name| name != "*" && is_same(name))
    }
}

/// Returns the members of `Vary` in lower case.
pub(crate) fn members_of_vary(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(VARY).iter();
    let members = lines.flat_map(|line| line.to_str().expect("Vary is text").split(','));
    members.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

fn is_cacheable(request: &Request<Vec<u8>>) -> bool {
    let is_preflight = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    match *request.method() {
        Method::GET | Method::HEAD => true,
        Method::OPTIONS => is_preflight,
        _ => false,
    }
}
