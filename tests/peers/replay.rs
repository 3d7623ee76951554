//! Sends the request of a case through `CorsLayer`, and compares the result with the peer's result.

use std::{
    convert::Infallible,
    future::ready,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use tower::{Layer, Service, service_fn, util::BoxCloneService};
use tower_cross_origin::cors::{
    Choice, CorsConfig, CorsLayer, CorsPolicy, OriginPredicate, RequestView, ResolveCorsLayer,
    Rule, policy_fn,
};

use crate::cases::{Case, Expected, HeaderAssertion, Predicate, Source, Validity};

/// The CORS response headers of the Fetch standard.
pub(crate) const CORS_HEADERS: [&str; 6] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// This crate's result for a case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum CaseResult {
    Response(Response),
    Config { config: Validity },
}

/// The response to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// `true` if the layer called the inner service.
    pub(crate) reached: bool,
    /// The field lines of the response, as `name: value`, sorted by name.
    pub(crate) headers: Vec<String>,
}

impl Response {
    /// Returns the value of a header, its field lines joined by commas.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.headers.iter().filter_map(|line| line.split_once(": "));
        let values: Vec<&str> =
            lines.filter(|(line, _)| *line == name).map(|(_, value)| value).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Replaces the field lines of a header, or removes them.
    pub(crate) fn set_header(&mut self, name: &str, value: Option<String>) {
        self.headers.retain(|line| line.split_once(": ").is_none_or(|(line, _)| line != name));
        self.headers.extend(value.map(|value| format!("{name}: {value}")));
    }
}

/// Returns this crate's result, or `None` if its configuration cannot express the case.
pub(crate) fn run(case: &Case) -> Option<CaseResult> {
    if case.expected.is_empty() {
        return None;
    }
    let policy = match (case.source, &case.policy) {
        (Some(Source::RejectAll | Source::FailingLookup), _) => CorsPolicy::reject_all(),
        (_, None) => return None,
        (_, Some(policy)) => match parse_policy(policy.clone(), case.predicate.as_ref()) {
            Some(policy) => policy,
            None => return Some(CaseResult::Config { config: Validity::Invalid }),
        },
    };
    if case.request.is_none() {
        return Some(CaseResult::Config { config: Validity::Valid });
    }
    Some(CaseResult::Response(match case.source {
        Some(Source::PreflightsNotHandled) => {
            let choose = move |request: &RequestView<'_>| match *request.method() {
                Method::OPTIONS => Choice::NotHandled,
                _ => policy.clone().into(),
            };
            send(case, &CorsLayer::new(policy_fn(choose)))
        }
        Some(Source::Lookup) => {
            let find = move |_: &RequestView<'_>| ready(Ok::<_, Infallible>(Some(policy.clone())));
            send(case, &ResolveCorsLayer::new(find))
        }
        Some(Source::FailingLookup) => {
            send(case, &ResolveCorsLayer::new(|_: &RequestView<'_>| ready(Err(()))))
        }
        Some(Source::RejectAll) | None if case.varies_on.is_empty() => {
            send(case, &CorsLayer::new(policy))
        }
        Some(Source::RejectAll) | None => {
            let names = case.varies_on.iter().map(|name| name.parse::<HeaderName>().unwrap());
            let source = policy_fn(move |_| Some(policy.clone())).varies_on(names);
            send(case, &CorsLayer::new(source))
        }
    }))
}

/// Creates the policy of a case; `None` if the configuration is invalid.
fn parse_policy(policy: serde_json::Value, predicate: Option<&Predicate>) -> Option<CorsPolicy> {
    let mut policy = with_our_keys(policy);
    let last = predicate.and_then(|_| policy["rules"].as_array_mut()?.pop());
    let mut config: CorsConfig = serde_json::from_value(policy).ok()?;
    if let Some((rule, predicate)) = last.zip(predicate) {
        let rule: Rule = serde_json::from_value(rule).ok()?;
        config = config.add_rule(rule.add_origin_predicate(origin_predicate(predicate.clone())));
    }
    CorsPolicy::new(config).ok()
}

/// Replaces the keys of four settings, which have other names in the cases.
fn with_our_keys(mut policy: serde_json::Value) -> serde_json::Value {
    rename(&mut policy, "own_origins", "service_origins");
    for rule in policy["rules"].as_array_mut().into_iter().flatten() {
        rename(rule, "credentials", "allow_credentials");
        rename(rule, "methods", "allow_methods");
        rename(rule, "request_headers", "allow_headers");
    }
    policy
}

fn rename(table: &mut serde_json::Value, key: &str, our_key: &str) {
    if let Some(value) = table.as_object_mut().and_then(|table| table.remove(key)) {
        table[our_key] = value;
    }
}

fn origin_predicate(predicate: Predicate) -> OriginPredicate {
    let Predicate { prefix, suffix, contains, header, never } = predicate;
    let header = header.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value));
    let varies_on: Vec<HeaderName> = header.iter().map(|(name, _)| name.clone()).collect();
    OriginPredicate::new(move |origin, head| {
        let origin = origin.to_string();
        let has = |(name, value): &(HeaderName, String)| {
            head.headers().get(name).is_some_and(|field| field == value.as_str())
        };
        !never
            && prefix.as_ref().is_none_or(|prefix| origin.starts_with(prefix.as_str()))
            && suffix.as_ref().is_none_or(|suffix| origin.ends_with(suffix.as_str()))
            && contains.as_ref().is_none_or(|part| origin.contains(part.as_str()))
            && header.as_ref().is_none_or(has)
    })
    .varies_on(varies_on)
}

type Upstream = BoxCloneService<http::Request<()>, http::Response<()>, Infallible>;

fn send<L>(case: &Case, layer: &L) -> Response
where
    L: Layer<Upstream>,
    L::Service: Service<http::Request<()>, Response = http::Response<()>, Error = Infallible>,
{
    let mut upstream = http::Response::builder().status(case.upstream.status.unwrap_or(200));
    for (name, value) in &case.upstream.headers {
        upstream = upstream.header(name, HeaderValue::from_str(value).unwrap());
    }
    let upstream = upstream.body(()).unwrap();
    let is_called = Arc::new(AtomicBool::new(false));
    let called = is_called.clone();
    let mut service = layer.layer(BoxCloneService::new(service_fn(move |_: http::Request<()>| {
        called.store(true, Ordering::SeqCst);
        ready(Ok::<_, Infallible>(upstream.clone()))
    })));
    let request = case.request.as_ref().unwrap();
    let mut builder = http::Request::builder().method(&*request.method).uri(&request.uri);
    for (name, value) in &request.headers {
        builder = builder.header(name, HeaderValue::from_str(value).unwrap());
    }
    let response = block_on(service.call(builder.body(()).unwrap())).unwrap();
    let mut headers: Vec<(&str, &str)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    // Stable: the field lines of one header keep their order.
    headers.sort_by_key(|(name, _)| *name);
    Response {
        status: response.status().as_u16(),
        reached: is_called.load(Ordering::SeqCst),
        headers: headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect(),
    }
}

/// Returns the output of a future that is immediately ready.
fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is not ready"),
    }
}

/// Lists the differences from the peer's expectation, one sentence each.
pub(crate) fn differences(expected: &Expected, result: &CaseResult) -> Vec<String> {
    let response = match result {
        CaseResult::Config { config } => {
            let is_same = expected.config == Some(*config);
            let difference =
                || format!("config: {config:?}, the peer expects {:?}", expected.config);
            return if is_same { Vec::new() } else { vec![difference()] };
        }
        CaseResult::Response(response) => response,
    };
    let mut differences = Vec::new();
    if let Some(statuses) = &expected.status {
        if !statuses.as_slice().contains(&response.status) {
            differences.push(format!("status: {}, the peer expects {statuses:?}", response.status));
        }
    }
    if expected.reached.is_some_and(|reached| reached != response.reached) {
        differences.push(format!("reached: {}, the peer expects the opposite", response.reached));
    }
    for (name, assertion) in &expected.headers {
        if expected.ignore_vary && name == "vary" {
            continue;
        }
        let value = response.header(name);
        let holds = match (assertion, &value) {
            (None, value) => value.is_none(),
            (Some(assertion), Some(value)) => assertion_holds(name, assertion, value),
            (Some(_), None) => false,
        };
        if !holds {
            differences.push(format!("{name}: {value:?}, the peer expects {assertion:?}"));
        }
    }
    let compared = CORS_HEADERS.into_iter().chain((!expected.ignore_vary).then_some("vary"));
    for name in compared.filter(|name| expected.complete && !expected.headers.contains_key(*name)) {
        if let Some(value) = response.header(name) {
            differences.push(format!("{name}: {value:?}, the peer expects no value"));
        }
    }
    differences
}

fn assertion_holds(name: &str, assertion: &HeaderAssertion, value: &str) -> bool {
    match assertion {
        HeaderAssertion::Value(expected) => is_same_value(name, expected, value),
        HeaderAssertion::OneOf { oneof } => {
            oneof.iter().any(|expected| is_same_value(name, expected, value))
        }
        HeaderAssertion::Contains { contains } => {
            names(contains).iter().all(|name| names(value).contains(name))
        }
        HeaderAssertion::Lacks { lacks } => {
            names(lacks).iter().all(|name| !names(value).contains(name))
        }
        HeaderAssertion::Present { .. } => true,
    }
}

/// Returns whether two header values are the same.
///
/// It compares lists member by member, and header names case-insensitively.
fn is_same_value(name: &str, expected: &str, value: &str) -> bool {
    match name {
        "access-control-allow-methods" => members(expected).eq(members(value)),
        "access-control-allow-headers" | "access-control-expose-headers" | "vary" => {
            names(expected) == names(value)
        }
        _ => expected == value,
    }
}

/// Returns the members of a list.
pub(crate) fn members(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|member| !member.is_empty())
}

/// Returns the members of a list of header names, in lower case.
pub(crate) fn names(list: &str) -> Vec<String> {
    members(list).map(str::to_ascii_lowercase).collect()
}
