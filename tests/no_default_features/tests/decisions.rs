//! Tests of decisions and responses without Tower.

use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, Fault, FaultKind, Outcome, PolicySource, Rule, Step},
    embedding::{EmbeddingConfig, EmbeddingPolicy},
    fetch,
    origin::{Origin, OriginErrorKind, OriginPattern, OriginSet},
};

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

#[test]
fn allowed_preflight_response_contains_the_rule() {
    let response = serve(&preflight(APP, "PUT", "content-type"));
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.body(), "");
    assert_headers(
        &response,
        &[
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-headers", "content-type"),
            ("access-control-allow-methods", "PUT,DELETE"),
            ("access-control-allow-origin", APP),
            ("access-control-max-age", "600"),
            ("vary", "origin, access-control-request-method, access-control-request-headers"),
        ],
    );
}

#[test]
fn preflight_of_rejected_origin_has_no_cors_header() {
    let request = preflight(EVIL, "PUT", "content-type");
    assert_eq!(decide(&request), (Outcome::PreflightRejected, Some(Step::Origin)));
    let response = serve(&request);
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let vary = "origin, access-control-request-method, access-control-request-headers";
    assert_headers(&response, &[("cache-control", "no-store"), ("vary", vary)]);
}

// The browser names the step in its console.
#[test]
fn preflight_of_allowed_origin_fails_at_its_step() {
    for (method, headers, step) in
        [("PATCH", "content-type", Step::Method), ("PUT", "content-type,x-a", Step::RequestHeaders)]
    {
        let request = preflight(APP, method, headers);
        assert_eq!(decide(&request), (Outcome::PreflightRejected, Some(step)));
        let response = serve(&request);
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["access-control-allow-origin"], APP);
    }
}

#[test]
fn embedding_headers_are_added() {
    let set = OriginSet::parse([APP]).unwrap();
    let policy =
        EmbeddingPolicy::new(EmbeddingConfig::private_api().timing_allow_request_origin(set))
            .unwrap();
    let decision = policy.decide(&RequestHead::from(&actual(APP)));
    let mut response = Response::new(String::new());
    decision.apply_to(&mut response);
    assert_headers(
        &response,
        &[
            ("cross-origin-resource-policy", "same-origin"),
            ("timing-allow-origin", APP),
            ("vary", "origin"),
            ("x-content-type-options", "nosniff"),
        ],
    );
}

#[test]
fn actual_request_reaches_service_from_any_origin() {
    let from_app = serve(&actual(APP));
    assert_eq!(from_app.body(), "served");
    assert_headers(
        &from_app,
        &[
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "etag"),
            ("vary", "accept, origin"),
        ],
    );

    let from_evil = serve(&actual(EVIL));
    assert_eq!(from_evil.body(), "served");
    assert_headers(&from_evil, &[("vary", "accept, origin")]);
}

#[test]
fn policy_implements_policy_source() {
    let request = actual(APP);
    let head = RequestHead::from(&request);
    let outcome = PolicySource::decide(&policy(), &head).outcome();
    assert_eq!(outcome, Outcome::Allowed);
    let shared = std::sync::Arc::new(policy());
    assert_eq!(PolicySource::decide(&shared, &head).outcome(), Outcome::Allowed);
    assert!(shared.varies_on().is_empty());
}

#[test]
fn every_fault_is_reported() {
    let rule = Rule::for_origins(["https://example.com/", "*"])
        .allow_credentials(true)
        .allow_methods(["put"])
        .max_age(Duration::from_millis(1500));
    let error = CorsPolicy::new(rule).unwrap_err();
    let kinds: Vec<&FaultKind> = error.faults().iter().map(Fault::kind).collect();
    assert_eq!(
        kinds,
        [
            &FaultKind::Origin(OriginErrorKind::TrailingSlash),
            &FaultKind::AnyOriginNextToOthers,
            &FaultKind::UnnormalizedMethod,
            &FaultKind::FractionalMaxAge,
        ]
    );
}

/// Checks that Unicode hosts are errors. Without the feature `idna`, the A-labels are unknown.
#[test]
fn unicode_host_without_idna_has_no_suggestion() {
    for text in ["https://☕.example", "http://BÜCHER.example:8080", "https://a.example.ü"] {
        let error = text.parse::<OriginPattern>().unwrap_err();
        assert_eq!(error.kind(), OriginErrorKind::UnicodeHost, "{text}");
        assert_eq!(error.suggestion(), None, "{text}");
        let message = error.to_string();
        assert!(message.contains("A-label") && message.contains("new URL("), "{message}");
    }
}

/// Checks subdomain patterns. Without the public suffix list, `example.com` may be a public suffix.
#[test]
fn subdomain_pattern_with_credentials_is_rejected() {
    let rule = |pattern: &str| Rule::for_origins([pattern]).allow_credentials(true);
    for (pattern, kind) in [
        ("https://*.example.com", FaultKind::UnknownSuffixWithCredentials),
        ("https://*.github.io", FaultKind::UnknownSuffixWithCredentials),
        ("https://*.com", FaultKind::PublicSuffixWithCredentials),
    ] {
        let error = CorsPolicy::new(rule(pattern)).unwrap_err();
        let kinds: Vec<&FaultKind> = error.faults().iter().map(Fault::kind).collect();
        assert_eq!(kinds, [&kind], "{pattern}");
        assert!(CorsPolicy::new(rule(pattern).dangerously_allow_public_suffixes(true)).is_ok());
        assert!(CorsPolicy::new(Rule::for_origins([pattern])).is_ok());
    }
    assert!(CorsPolicy::new(rule("http://*.localhost:*")).is_ok());
}

#[test]
fn patterns_match_without_features() {
    let set = OriginSet::parse(["https://*.example.com", "http://localhost:*"]).unwrap();
    for (origin, is_in) in [
        ("https://a.b.example.com", true),
        ("https://example.com", false),
        ("https://evilexample.com", false),
        ("http://localhost:3000", true),
        ("http://localhost.evil.example", false),
    ] {
        assert_eq!(set.contains(&Origin::parse(origin.as_bytes()).unwrap()), is_in, "{origin}");
    }
}

#[test]
fn origins_are_parsed_without_features() {
    let set = OriginSet::parse(["https://xn--53h.example", "http://[::1]:8080"]).unwrap();
    assert!(set.contains(&Origin::parse(b"https://xn--53h.example").unwrap()));
    assert!(!set.contains(&Origin::parse(b"https://example").unwrap()));
    assert!(Origin::parse("https://☕.example".as_bytes()).is_err());

    let error = "https://Example.com:443/".parse::<OriginPattern>().unwrap_err();
    assert_eq!(error.suggestion(), Some("https://example.com"));
}

#[test]
fn fetch_functions_are_available() {
    let mut headers = http::HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    assert!(!fetch::is_simple(&Method::POST, &headers));
    assert_eq!(fetch::cors_unsafe_request_header_names(&headers), [header::CONTENT_TYPE]);
}

fn policy() -> CorsPolicy {
    CorsPolicy::new(
        Rule::for_origins([APP])
            .allow_credentials(true)
            .allow_methods([Method::PUT, Method::DELETE])
            .allow_headers([header::CONTENT_TYPE])
            .expose_headers([header::ETAG])
            .max_age(Duration::from_secs(600)),
    )
    .unwrap()
}

fn preflight(origin: &str, method: &str, headers: &str) -> Request<()> {
    Request::options("/")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, method)
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, headers)
        .body(())
        .unwrap()
}

fn actual(origin: &str) -> Request<()> {
    Request::put("/").header(header::ORIGIN, origin).body(()).unwrap()
}

fn decide(request: &Request<()>) -> (Outcome, Option<Step>) {
    let decision = policy().decide(&RequestHead::from(request));
    (decision.outcome(), decision.failed_step())
}

/// Applies a decision as a server without Tower does.
fn serve(request: &Request<()>) -> Response<String> {
    let decision = policy().decide(&RequestHead::from(request));
    if let Some(response) = decision.early_response() {
        return response;
    }
    let mut response = Response::new("served".to_owned());
    response.headers_mut().insert(header::VARY, "accept".parse().unwrap());
    decision.apply_to(&mut response);
    response
}

/// Asserts that the response has exactly these headers, which are sorted by name.
#[track_caller]
fn assert_headers(response: &Response<String>, expected: &[(&str, &str)]) {
    let headers = response.headers().iter();
    let mut headers: Vec<(&str, &str)> =
        headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.sort_unstable();
    assert_eq!(headers, expected);
}
