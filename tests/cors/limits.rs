//! Requests at each limit of `limits`, one above it, and far above it.
//!
//! MATRIX rows 24, 27; GO-2024-2883, CVE-2026-69207.

use http::{HeaderValue, request};
use tower_cross_origin::{
    cors::{OriginPredicate, Rule, Step},
    limits::{
        HOST_BYTES, MAX_AGE_SECONDS, ORIGIN_BYTES, REQUEST_HEADERS_BYTES,
        REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES, REQUEST_HEADERS_NAMES,
        REQUEST_METHOD_BYTES, SCHEME_BYTES,
    },
    origin::Origin,
};

use crate::support::{APP, App, get, preflight, preflight_with_headers};

/// Returns one application for each way to allow headers: a list, `*`, and echoed names.
fn apps() -> [App; 3] {
    let rule = || Rule::for_origins([APP]).allow_methods(["PUT"]);
    let long_names = ["a".repeat(REQUEST_HEADERS_BYTES), "a".repeat(REQUEST_HEADERS_BYTES + 1)];
    [
        App::with(rule().allow_headers(["a"]).allow_headers(long_names)),
        App::with(rule().allow_any_header()),
        App::with(rule().allow_any_header().allow_credentials(true)),
    ]
}

#[track_caller]
fn is_allowed(request: impl Fn() -> request::Builder) {
    for app in apps() {
        let result = app.send(request());
        assert_eq!(result.response.status(), 204, "{result:#?}");
    }
}

#[track_caller]
fn is_rejected(request: impl Fn() -> request::Builder) {
    for app in apps() {
        app.send(request()).is_rejected_preflight(Step::RequestHeaders);
    }
}

fn preflight_with_lines(lines: impl IntoIterator<Item = String>) -> request::Builder {
    lines.into_iter().fold(preflight(APP, "PUT"), |request, line| {
        request.header("access-control-request-headers", line)
    })
}

#[test]
fn requested_headers_have_a_limit_of_bytes() {
    let names = |bytes: usize| "a".repeat(bytes);
    is_allowed(|| preflight_with_headers([&names(REQUEST_HEADERS_BYTES)]));
    is_rejected(|| preflight_with_headers([&names(REQUEST_HEADERS_BYTES + 1)]));
    let spaces = |bytes: usize| " ".repeat(bytes - 1) + "a";
    is_allowed(|| preflight_with_headers([&spaces(REQUEST_HEADERS_BYTES)]));
    is_rejected(|| preflight_with_headers([&spaces(REQUEST_HEADERS_BYTES + 1)]));
    let two = |bytes: usize| preflight_with_headers(["a", &spaces(bytes - 1)]);
    is_allowed(|| two(REQUEST_HEADERS_BYTES));
    is_rejected(|| two(REQUEST_HEADERS_BYTES + 1));
}

#[test]
fn requested_headers_have_a_limit_of_lines() {
    let lines = |count| preflight_with_lines((0..count).map(|_| "a".to_owned()));
    is_allowed(|| lines(REQUEST_HEADERS_LINES));
    is_rejected(|| lines(REQUEST_HEADERS_LINES + 1));
    let empty = |count| preflight_with_lines((0..count).map(|_| String::new()));
    is_allowed(|| empty(REQUEST_HEADERS_EMPTY_ELEMENTS));
    is_rejected(|| empty(REQUEST_HEADERS_EMPTY_ELEMENTS + 1));
    // Proxies that write one field line per requested header. R22
    for count in [16, 17, 40, 256] {
        is_allowed(|| lines(count));
    }
    is_rejected(|| lines(257));
}

#[test]
fn requested_headers_have_a_limit_of_names() {
    let names = |count| vec!["a"; count].join(",");
    is_allowed(|| preflight_with_headers([&names(REQUEST_HEADERS_NAMES)]));
    is_rejected(|| preflight_with_headers([&names(REQUEST_HEADERS_NAMES + 1)]));
    is_allowed(|| preflight_with_headers([&names(REQUEST_HEADERS_NAMES - 1), "a"]));
    is_rejected(|| preflight_with_headers([&names(REQUEST_HEADERS_NAMES), "a"]));
}

#[test]
fn requested_headers_have_a_limit_of_empty_elements() {
    let commas = |elements: usize| ",".repeat(elements - 1);
    is_allowed(|| preflight_with_headers([&commas(REQUEST_HEADERS_EMPTY_ELEMENTS)]));
    is_rejected(|| preflight_with_headers([&commas(REQUEST_HEADERS_EMPTY_ELEMENTS + 1)]));
    let before_name = |elements: usize| format!("{}a", ",".repeat(elements));
    is_allowed(|| preflight_with_headers([&before_name(REQUEST_HEADERS_EMPTY_ELEMENTS)]));
    is_rejected(|| preflight_with_headers([&before_name(REQUEST_HEADERS_EMPTY_ELEMENTS + 1)]));
    // Empty field lines count as empty elements, in addition to empty elements between commas.
    is_allowed(|| preflight_with_headers(["", &commas(REQUEST_HEADERS_EMPTY_ELEMENTS - 1)]));
    is_rejected(|| preflight_with_headers(["", &commas(REQUEST_HEADERS_EMPTY_ELEMENTS)]));
}

#[test]
fn origin_has_a_limit_of_bytes() {
    let host = |bytes: usize| "a".repeat(bytes);
    let scheme = |bytes: usize| "s".repeat(bytes);
    for (origin, is_origin) in [
        (format!("{}://{}:65535", scheme(SCHEME_BYTES), host(HOST_BYTES)), true),
        (format!("{}://{}:65535", scheme(SCHEME_BYTES + 1), host(HOST_BYTES - 1)), false),
        (format!("{}://{}", scheme(SCHEME_BYTES + 1), host(1)), false),
        (format!("https://{}", host(HOST_BYTES)), true),
        (format!("https://{}", host(HOST_BYTES + 1)), false),
        (format!("https://{}", host(ORIGIN_BYTES)), false),
        (format!("https://{}", host(64 * 1024)), false),
    ] {
        let parsed = Origin::parse(origin.as_bytes());
        assert_eq!(parsed.is_ok(), is_origin, "{} bytes", origin.len());
        let predicate = OriginPredicate::new(|_, _| true);
        let app = App::first_match([Rule::for_origins([APP]), Rule::for_origins_where(predicate)]);
        let is_matched = app.send(get(&origin)).decision.rule().is_some();
        assert_eq!(is_matched, is_origin, "{} bytes", origin.len());
    }
    assert_eq!(ORIGIN_BYTES, 326);
    assert_eq!(MAX_AGE_SECONDS, 86_400);
}

#[test]
fn large_requests_are_rejected_without_echo() {
    let large = 64 * 1024;
    is_rejected(|| preflight_with_lines((0..1024).map(|_| String::new())));
    is_rejected(|| preflight_with_lines((0..1024).map(|_| "a".to_owned())));
    is_rejected(|| preflight_with_headers([&" ".repeat(large)]));
    is_rejected(|| preflight_with_headers([&"\t".repeat(large)]));
    is_rejected(|| preflight_with_headers([&",".repeat(large)]));
    is_rejected(|| preflight_with_headers([&"a".repeat(large)]));
    is_rejected(|| preflight_with_headers([&"a,".repeat(large / 2)]));
    for app in apps() {
        let long = "a".repeat(large);
        let response = app.send(preflight(APP, &long));
        assert_eq!(response.fails_at(Step::Method).header("access-control-allow-methods"), "PUT");
        app.send(preflight(&long, "PUT")).is_rejected_preflight(Step::Origin);
        app.send(get(&long)).is_passed_on_with(["vary: origin"]);
        let mut lines = get(APP);
        for _ in 0..1024 {
            lines = lines.header("origin", APP);
        }
        app.send(lines).is_passed_on_with(["vary: origin"]);
    }
}

#[test]
fn any_method_requires_a_token_of_limited_length() {
    let app = App::with(Rule::for_origins([APP]).allow_any_method().allow_credentials(true));
    let longest = "M".repeat(REQUEST_METHOD_BYTES);
    let result = app.send(preflight(APP, &longest));
    assert_eq!(result.header("access-control-allow-methods"), longest);
    let longer = app.send(preflight(APP, &format!("{longest}M")));
    assert_eq!(longer.fails_at(Step::Method).header("access-control-allow-methods"), "GET");
    for byte in 0x20..=u8::MAX {
        let Ok(value) = HeaderValue::from_bytes(&[b'P', byte]) else { continue };
        let request = http::Request::options("/").header("origin", APP);
        let result = app.send(request.header("access-control-request-method", value));
        let is_token = tower_cross_origin::fetch::is_token(&[byte]);
        assert_eq!(result.response.status() == 204, is_token, "{byte:#04x}");
    }
}

#[test]
fn number_of_rules_is_bounded() {
    use tower_cross_origin::cors::{CorsPolicy, FaultKind, Rule};

    let rules =
        |number: usize| (0..number).map(|n| Rule::for_origins([format!("https://a{n}.example")]));
    let policy = |number| CorsPolicy::new(rules(number).collect::<Vec<_>>());
    assert!(policy(tower_cross_origin::limits::RULES).is_ok());
    let error = policy(tower_cross_origin::limits::RULES + 1).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::TooManyRules);
}
