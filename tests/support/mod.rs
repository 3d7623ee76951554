//! Helpers that the tests share: an application behind the layer, and its responses.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program includes the module and uses a part of it"
)]

pub mod diagnostics;
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

/// An application behind the layer, which counts requests and sends the same response to each.
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
        Self::new(policy(rules))
    }

    pub fn new(policy: CorsPolicy) -> Self {
        Self { policy, response: Response::new(BODY.to_owned()) }
    }

    pub fn with_status(mut self, status: u16) -> Self {
        *self.response.status_mut() = StatusCode::from_u16(status).unwrap();
        self
    }

    /// Appends a header to the application's response.
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.response.headers_mut().append(name, HeaderValue::from_static(value));
        self
    }

    #[track_caller]
    pub fn send(&self, request: request::Builder) -> TestResponse {
        let request = request.body(()).expect("a request");
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
        let response = block_on(service.call(request.clone())).unwrap();
        if decision.outcome() == Outcome::PreflightRejected {
            opens_nothing(&request, &response);
        }
        TestResponse { response, calls: calls.load(Ordering::SeqCst), decision }
    }
}

/// The response to a request, the number of calls of the application, and the decision.
#[derive(Debug)]
pub struct TestResponse {
    pub response: Response<String>,
    pub calls: usize,
    pub decision: Decision,
}

impl TestResponse {
    /// Returns the field lines of `Vary` and of all CORS headers, sorted, as `name: value`.
    pub fn cors_lines(&self) -> Vec<String> {
        cors_lines(self.response.headers())
    }

    /// Asserts that the application was called, and that the response has these CORS field lines.
    #[track_caller]
    pub fn is_passed_on_with<const N: usize>(&self, lines: [&str; N]) -> &Self {
        assert_eq!(self.calls, 1, "the application is called: {self:#?}");
        assert_eq!(self.response.body(), BODY);
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
        self
    }

    /// Asserts that the preflight was allowed with these CORS field lines.
    #[track_caller]
    pub fn is_allowed_preflight<const N: usize>(&self, lines: [&str; N]) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightAllowed, "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert_eq!(self.response.status(), StatusCode::NO_CONTENT);
        assert_eq!(self.response.body(), "");
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
        self
    }

    /// Asserts that the preflight was rejected with 403, `Vary` and `Cache-Control`, and no other header.
    #[track_caller]
    pub fn is_rejected_preflight(&self, step: Step) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightRejected, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert_eq!(self.response.status(), StatusCode::FORBIDDEN);
        assert_eq!(self.response.body(), "");
        let names: Vec<&str> = self.response.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["vary", "cache-control"], "{self:#?}");
        assert_eq!(self.header("cache-control"), "no-store");
        self
    }

    /// Asserts that the response to the preflight makes the browser fail at this step.
    #[track_caller]
    pub fn fails_at(&self, step: Step) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightRejected, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.decision.rule(), None, "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert!(self.response.status().is_success(), "{self:#?}");
        assert_eq!(self.response.body(), "");
        self.header("access-control-allow-origin");
        assert_eq!(self.header("cache-control"), "no-store");
        self
    }

    /// Asserts that the browser fails at this step, with these CORS field lines.
    #[track_caller]
    pub fn fails_at_with<const N: usize>(&self, step: Step, lines: [&str; N]) -> &Self {
        self.fails_at(step);
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
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

/// Asserts that no browser sends the actual request after this response to its preflight.
///
/// A response with CORS headers lacks the requested method in any case, or one of the requested names. It has no
/// `*`, which some browsers let cover `authorization`, and nothing to store.
#[track_caller]
fn opens_nothing(request: &Request<()>, response: &Response<String>) {
    if !response.headers().contains_key("access-control-allow-origin") {
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        return;
    }
    let members = |headers: &HeaderMap, name: &str| -> Vec<String> {
        let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap());
        let members = lines.flat_map(|line| line.split(',')).map(str::trim);
        members.filter(|member| !member.is_empty()).map(str::to_owned).collect()
    };
    let is_in = |list: &[String], name: &str| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    let methods = members(response.headers(), "access-control-allow-methods");
    let names = members(response.headers(), "access-control-allow-headers");
    assert!(!methods.is_empty(), "browsers allow the method of an upload: {response:#?}");
    assert!(!is_in(&methods, "*") && !is_in(&names, "*"), "{response:#?}");
    assert!(!response.headers().contains_key("access-control-max-age"), "{response:#?}");
    let method = request.headers()["access-control-request-method"].to_str().unwrap();
    let lacks_method = match method {
        "GET" | "HEAD" | "POST" => false,
        // Browsers send this method in upper case.
        method if method.eq_ignore_ascii_case("GET") => true,
        method => !is_in(&methods, method),
    };
    let requested = members(request.headers(), "access-control-request-headers");
    let lacks_name = requested.iter().any(|name| !is_in(&names, name));
    assert!(lacks_method || lacks_name, "the browser sends: {request:#?} {response:#?}");
}

/// Asserts that the explanation has the outcome and the failed step of the decision.
///
/// The first line names the step and the reason. All characters are safe to print on a terminal.
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
    let is_listed = |name: &HeaderName| *name == "vary" || name.as_str().starts_with("access-");
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| is_listed(name))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

/// Returns all field lines of the headers, sorted, as `name: value`.
pub fn header_lines(headers: &HeaderMap) -> Vec<String> {
    let line = |(name, value): (_, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    let mut lines: Vec<String> = headers.iter().map(line).collect();
    lines.sort();
    lines
}

/// Returns a rule that allows only [`APP`].
pub fn rule() -> Rule {
    Rule::for_origins([APP])
}

/// Returns the policy of these rules.
#[track_caller]
pub fn policy<const N: usize>(rules: [Rule; N]) -> CorsPolicy {
    CorsPolicy::new(rules).expect("a policy without faults")
}

/// Returns the policy of a configuration.
#[track_caller]
pub fn policy_from_config(config: CorsConfig) -> CorsPolicy {
    config.try_into().expect("a policy without faults")
}

/// Returns an empty response to every request.
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

/// Returns a preflight for `PUT` from [`APP`] with these `Access-Control-Request-Headers` field lines.
pub fn preflight_with_headers<const N: usize>(lines: [&str; N]) -> request::Builder {
    lines.into_iter().fold(preflight(APP, "PUT"), |request, line| {
        request.header("access-control-request-headers", line)
    })
}

/// Returns the output of a future that is ready at once.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    match poll_once(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is not ready"),
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
