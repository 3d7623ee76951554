//! The service behind the layer, and the cache before it.

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

type Answer = Response<Full<Bytes>>;

/// A service and its policy.
pub(crate) struct App {
    pub(crate) policy: CorsPolicy,
    pub(crate) inner: Inner,
}

impl App {
    /// Fails where the policy has faults: the generator writes none that has.
    pub(crate) fn of(case: &Case) -> Result<Self, TestCaseError> {
        let rules = &case.rules;
        let policy =
            policy(rules).map_err(|error| TestCaseError::fail(format!("{error}: {rules:?}")))?;
        Ok(Self { policy, inner: Inner::answering(&case.response) })
    }

    pub(crate) fn own(&self) -> ServiceHeaders {
        own(self.inner.answer.headers())
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<&HeaderValue> {
        self.inner.answer.headers().get_all(name).iter().collect()
    }

    /// Those of its own `Vary`.
    pub(crate) fn varies_on(&self) -> Vec<String> {
        members_of_vary(self.inner.answer.headers())
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.inner.answer.status()
    }
}

/// Answers every request alike, and counts them.
#[derive(Clone, Debug)]
pub(crate) struct Inner {
    answer: Answer,
    calls: Rc<Cell<usize>>,
}

impl Inner {
    pub(crate) const BODY: &str = "the service's own body";

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    fn answering(own: &OwnResponse) -> Self {
        let mut answer = Response::new(Full::from(Self::BODY));
        *answer.status_mut() = StatusCode::from_u16(own.status).expect("a status");
        for (name, value) in &own.headers {
            let name = HeaderName::from_static(name);
            answer.headers_mut().append(name, HeaderValue::from_static(value));
        }
        Self { answer, calls: Rc::default() }
    }
}

impl Service<Request<Vec<u8>>> for Inner {
    type Response = Answer;
    type Error = Infallible;
    type Future = Ready<Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        self.calls.set(self.calls.get() + 1);
        ready(Ok(self.answer.clone()))
    }
}

/// A cache that many pages share: a stored answer serves each request to the same address that is the
/// same in all that the answer's `Vary` names. RFC 9111, section 4.1
///
/// It keeps whatever it is given, the answers to preflights too, as no cache has to.
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
    answer: Answer,
}

impl<S> SharedCache<S> {
    pub(crate) fn before(service: S) -> Self {
        Self { service, stored: Vec::new(), served: 0 }
    }

    /// The number of answers that it gave by itself.
    pub(crate) fn served(&self) -> usize {
        self.served
    }
}

impl<S> Service<Request<Vec<u8>>> for SharedCache<S>
where
    S: Service<Request<Vec<u8>>, Response = Answer, Error = Infallible>,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        if let Some(stored) = self.stored.iter().find(|stored| stored.serves(&request)) {
            self.served += 1;
            return Box::pin(ready(Ok(stored.answer.clone())));
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let (is_kept, sent) = (is_kept(&request), request.headers().clone());
        let answer = block_on(self.service.call(request)).unwrap_or_else(|never| match never {});
        if is_kept && (method != Method::OPTIONS || answer.status().is_success()) {
            self.stored.push(Stored { method, uri, request: sent, answer: answer.clone() });
        }
        Box::pin(ready(Ok(answer)))
    }
}

impl Stored {
    fn serves(&self, request: &Request<Vec<u8>>) -> bool {
        let is_same = |name: &str| {
            request.headers().get_all(name).iter().eq(self.request.get_all(name).iter())
        };
        is_kept(request)
            && self.method == *request.method()
            && self.uri == *request.uri()
            && is_same(HOST.as_str())
            && members_of_vary(self.answer.headers())
                .iter()
                .all(|name| name != "*" && is_same(name))
    }
}

/// In lower case.
pub(crate) fn members_of_vary(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(VARY).iter();
    let members = lines.flat_map(|line| line.to_str().expect("text").split(','));
    members.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

fn is_kept(request: &Request<Vec<u8>>) -> bool {
    let is_preflight = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    match *request.method() {
        Method::GET | Method::HEAD => true,
        Method::OPTIONS => is_preflight,
        _ => false,
    }
}
