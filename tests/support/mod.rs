//! What the tables share: an application behind the layer, and what it answers.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program includes it and uses a part of it"
)]

pub mod findings;
pub mod guarded;

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, request};
use tower::{Layer, Service};
use tower_cross_origin::{
    RequestHead,
    cors::{
        self, CorsConfig, CorsLayer, CorsPolicy, Decision, Explanation, ExplanationLine, Mark,
        Outcome, Rule, Step,
    },
};

pub const APP: &str = "https://app.example.com";
pub const EVIL: &str = "https://evil.example";

/// An application behind the layer: it answers every request alike, and counts them.
pub struct App {
    policy: CorsPolicy,
    response: Response<String>,
}

impl App {
    #[track_caller]
    pub fn with(rule: Rule) -> Self {
        Self::first_match([rule])
    }

    #[track_caller]
    pub fn first_match<const N: usize>(rules: [Rule; N]) -> Self {
        Self::of(policy(rules))
    }

    pub fn of(policy: CorsPolicy) -> Self {
        Self { policy, response: Response::new(BODY.to_owned()) }
    }

    pub fn answering(mut self, status: u16) -> Self {
        *self.response.status_mut() = StatusCode::from_u16(status).unwrap();
        self
    }

    /// A header of the application's own; a further line where it is there already.
    pub fn setting(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.response.headers_mut().append(name, HeaderValue::from_static(value));
        self
    }

    #[track_caller]
    pub fn send(&self, request: request::Builder) -> Answer {
        self.send_request(request.body(()).expect("a request"))
    }

    #[track_caller]
    pub fn send_request(&self, request: Request<()>) -> Answer {
        let head = RequestHead::from(&request);
        let decision = self.policy.decide(&head);
        let is_preflight =
            matches!(decision.outcome(), Outcome::PreflightAllowed | Outcome::PreflightRejected);
        assert_eq!(cors::is_preflight(&head), is_preflight, "{request:?}");
        if decision.failed_step().is_some() {
            is_explained(&self.policy.explain(head), &decision);
        }
        let calls = Arc::new(AtomicUsize::new(0));
        let inner = Inner { response: self.response.clone(), calls: calls.clone() };
        let mut service = CorsLayer::new(self.policy.clone()).layer(inner);
        let response = block_on(service.call(request)).unwrap();
        Answer { response, calls: calls.load(Ordering::SeqCst), decision }
    }
}

/// What the application and the layer answered to one request.
#[derive(Debug)]
pub struct Answer {
    pub response: Response<String>,
    pub calls: usize,
    pub decision: Decision,
}

impl Answer {
    /// The lines of `Vary` and of all CORS headers, sorted, as `name: value`.
    pub fn cors_lines(&self) -> Vec<String> {
        cors_lines(self.response.headers())
    }

    /// The request reached the application, and these are the lines of `Vary` and of CORS.
    #[track_caller]
    pub fn is_passed_on_with<const N: usize>(&self, lines: [&str; N]) -> &Self {
        assert_eq!(self.calls, 1, "the application is called: {self:#?}");
        assert_eq!(self.response.body(), BODY);
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn is_granted_preflight<const N: usize>(&self, lines: [&str; N]) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightAllowed, "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert_eq!(self.response.status(), StatusCode::NO_CONTENT);
        assert_eq!(self.response.body(), "");
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
        self
    }

    /// 403, `Vary`, and nothing else.
    #[track_caller]
    pub fn is_refused_preflight(&self, step: Step) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightRejected, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert_eq!(self.response.status(), StatusCode::FORBIDDEN);
        assert_eq!(self.response.body(), "");
        let names: Vec<&str> = self.response.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["vary"], "{self:#?}");
        self
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.unwrap_or_else(|| panic!("{name} is missing: {self:#?}")).to_str().unwrap()
    }

    #[track_caller]
    pub fn lacks(&self, name: &str) -> &Self {
        assert!(!self.response.headers().contains_key(name), "{self:#?}");
        self
    }
}

/// The same outcome, and a first line that names the step that failed, with a reason; all in characters
/// that do nothing to a terminal.
#[track_caller]
pub fn is_explained(explanation: &Explanation, decision: &Decision) {
    let text = explanation.to_string();
    assert_eq!(explanation.outcome(), decision.outcome(), "{text}");
    assert_eq!(explanation.failed_step(), decision.failed_step(), "{text}");
    let (first_line, about) = match decision.failed_step() {
        None => ("", None),
        Some(Step::Origin) => ("rejected at the origin: ", Some("origin")),
        Some(Step::Method) => ("rejected at the method: ", Some("method")),
        Some(Step::RequestHeaders) => {
            ("rejected at the request headers: ", Some("request headers"))
        }
        Some(step) => panic!("{step:?}"),
    };
    assert!(text.starts_with(first_line), "{text}");
    assert_eq!(text.lines().next(), Some(explanation.summary()), "{text}");
    assert!(explanation.summary().len() > first_line.len(), "{text}");
    let failed = explanation.steps().iter().find(|line| line.mark() == Mark::Failed);
    assert_eq!(failed.map(ExplanationLine::about), about, "{text}");
    assert!(about.is_none() || explanation.help().next().is_some(), "{text}");
    assert!(text.bytes().all(|byte| byte == b'\n' || matches!(byte, b' '..=b'~')), "{text:?}");
    assert!(text.len() <= Explanation::MAX_BYTES, "{} bytes", text.len());
}

pub fn cors_lines(headers: &HeaderMap) -> Vec<String> {
    let is_meant = |name: &HeaderName| *name == "vary" || name.as_str().starts_with("access-");
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| is_meant(name))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

/// All lines of the headers, sorted, as `name: value`.
pub fn header_lines(headers: &HeaderMap) -> Vec<String> {
    let line = |(name, value): (_, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    let mut lines: Vec<String> = headers.iter().map(line).collect();
    lines.sort();
    lines
}

/// The rule that allows [`APP`] and nothing else.
pub fn rule() -> Rule {
    Rule::for_origins([APP])
}

/// The policy of these rules.
#[track_caller]
pub fn policy<const N: usize>(rules: [Rule; N]) -> CorsPolicy {
    CorsPolicy::new(rules).expect("a policy without faults")
}

/// The policy of a whole configuration.
#[track_caller]
pub fn policy_of(config: CorsConfig) -> CorsPolicy {
    config.try_into().expect("a policy without faults")
}

/// A service that answers every request with an empty response.
pub fn respond(_: Request<()>) -> Ready<Result<Response<()>, Infallible>> {
    ready(Ok(Response::new(())))
}

pub fn get(origin: &str) -> request::Builder {
    from(origin, "GET")
}

pub fn from(origin: &str, method: &str) -> request::Builder {
    Request::builder().method(method).uri("/items/1").header("origin", origin)
}

pub fn preflight(origin: &str, method: &str) -> request::Builder {
    from(origin, "OPTIONS").header("access-control-request-method", method)
}

/// A preflight for `PUT` from [`APP`] that asks for these headers, in as many lines.
pub fn asking<const N: usize>(lines: [&str; N]) -> request::Builder {
    lines.into_iter().fold(preflight(APP, "PUT"), |request, line| {
        request.header("access-control-request-headers", line)
    })
}

/// The output of a future that never waits.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    match poll_once(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[derive(Clone)]
struct Inner {
    response: Response<String>,
    calls: Arc<AtomicUsize>,
}

impl Service<Request<()>> for Inner {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        ready(Ok(self.response.clone()))
    }
}

pub const BODY: &str = "the application's own body";
