//! `RequirePreflight`: requests that a browser sends only after a preflight, compared with the CORS policy.
//!
//! <https://issues.chromium.org/issues/488292218>, GHSA-hff2-gcpx-8f4p, GHSA-9q82-xgwf-vj6h

use std::{cell::Cell, convert::Infallible};

use http::{HeaderValue, Request, Response, request};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    RequestHead,
    browser::{Credentials, Engine, Fetch, Mode, Page},
    cors::{CorsConfig, CorsLayer, CorsPolicy, OriginPredicate, Outcome, Rule},
    guard::{Check, Fault, GuardLayer, Rejection, RequirePreflight, Verdict},
};

use crate::support::{
    block_on,
    guarded::{expect, send},
};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
const DENIED: Option<Rejection> = Some(Rejection::PreflightNotAllowed);
/// The type that pages could send without a preflight in Chrome until version 148.
const AD_SIGNALS: &str = "message/ad-auction-trusted-signals-request";

fn check(config: impl Into<CorsConfig>) -> RequirePreflight {
    RequirePreflight::new(CorsPolicy::new(config).unwrap())
}

/// Returns a rule that allows `PUT` and JSON.
fn app() -> Rule {
    Rule::for_origins([APP]).allow_methods(["PUT"]).allow_headers(["content-type"])
}

fn with_lines(mut request: request::Builder, lines: &[&str]) -> request::Builder {
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request
}

/// Returns a request by `fetch` of a page of the origin.
fn fetched(method: &str, origin: &str, lines: &[&str]) -> request::Builder {
    let request = Request::builder().method(method).uri("/graphql").header("host", "api.example");
    let metadata = ["sec-fetch-site: cross-site", "sec-fetch-mode: cors", "sec-fetch-dest: empty"];
    with_lines(with_lines(request, &metadata).header("origin", origin), lines)
}

#[test]
fn method_and_content_type_prove_that_a_preflight_is_needed() {
    let long = format!("content-type: text/plain; x={}", "a".repeat(128));
    #[rustfmt::skip]
    let cases: &[(&str, &[&str], bool)] = &[
        ("GET", &[], false),
        ("HEAD", &[], false),
        ("POST", &[], false),
        ("GET", &["content-type: text/plain"], false),
        ("POST", &["content-type: TEXT/Plain; charset=utf-8"], false),
        ("POST", &["content-type: multipart/form-data; boundary=----WebKitFormBoundaryA1"], false),
        ("POST", &["content-type: application/x-www-form-urlencoded"], false),
        // Requests of the browser itself: https://fetch.spec.whatwg.org/#cors-protocol-exceptions
        ("POST", &["content-type: text/ping"], false),
        ("POST", &["content-type: application/csp-report"], false),
        ("POST", &["content-type: application/expect-ct-report+json"], false),
        ("POST", &["content-type: application/xss-auditor-report"], false),
        ("POST", &["content-type: application/ocsp-request"], false),
        // The method of other checks.
        ("OPTIONS", &[], false),
        ("OPTIONS", &["content-type: application/json"], false),
        ("OPTIONS", &["access-control-request-method: PUT"], false),
        ("CONNECT", &[], false),
        ("GET", &["upgrade: websocket", "content-type: a/b"], false),
        ("PUT", &["sec-fetch-mode: websocket"], false),
        // Other headers prove nothing: a proxy may add them.
        ("GET", &["authorization: Bearer t", "x-requested-with: fetch", "cookie: a=b"], false),
        ("GET", &["content-type: message/ad-auction-trusted-signals-request"], true),
        ("POST", &["content-type: message/ad-auction-trusted-signals-request"], true),
        ("GET", &["content-type: application/json"], true),
        ("HEAD", &["content-type: application/json"], true),
        ("POST", &["content-type: Application/JSON; charset=utf-8"], true),
        ("GET", &["content-type: application/csp-report"], true),
        ("HEAD", &["content-type: text/ping"], true),
        // A value that does not parse is not safelisted.
        ("GET", &["content-type: "], true),
        ("GET", &["content-type: json"], true),
        ("GET", &["content-type: text/"], true),
        ("POST", &["content-type: text/plain, application/json"], true),
        ("POST", &["content-type: text/plain; x=\"a\""], true),
        ("POST", &[&long], true),
        ("POST", &["content-type: text/plain", "content-type: text/plain"], true),
        ("PUT", &[], true),
        ("PUT", &["content-type: text/plain"], true),
        ("DELETE", &[], true),
        ("QUERY", &[], true),
        ("put", &[], true),
        ("get", &[], true),
        ("TRACE", &[], true),
        ("TRACK", &[], true),
        ("CHICKEN", &[], true),
    ];
    for (method, lines, is_needed) in cases {
        let about = format!("{method} {lines:?}");
        let denied = if *is_needed { DENIED } else { None };
        expect(check(app()), || fetched(method, EVIL, lines), denied, &about);
    }
}

#[test]
fn only_requests_of_other_origins_are_denied() {
    #[rustfmt::skip]
    let cases: &[(&[&str], Option<Rejection>)] = &[
        (&["sec-fetch-site: same-origin", "origin: https://evil.example"], None),
        (&["sec-fetch-site: none"], None),
        (&["sec-fetch-site: same-site", "origin: https://evil.example"], DENIED),
        (&["sec-fetch-site: cross-site", "origin: https://evil.example"], DENIED),
        (&["sec-fetch-site: cross-site", "origin: null"], DENIED),
        // A `GET` in the mode `no-cors` has no `Origin`.
        (&["sec-fetch-site: cross-site"], DENIED),
        (&["sec-fetch-site: same-site"], DENIED),
        (&["sec-fetch-site: future", "origin: https://evil.example"], DENIED),
        (&["sec-fetch-site: same-origin", "sec-fetch-site: same-origin"], DENIED),
        (&["sec-fetch-site: cross-site", "origin: https://app.example"], None),
        (&["sec-fetch-site: cross-site", "origin: https://app.example", "origin: https://app.example"], DENIED),
        // Other programs, and browsers without metadata.
        (&[], None),
        (&["origin: https://api.example"], None),
        (&["origin: http://api.example"], None),
        (&["origin: https://api.example:443/"], None),
        (&["origin: https://app.example/"], None),
        (&["origin: https://api.example:8443"], DENIED),
        (&["origin: https://evil.example"], DENIED),
        (&["origin: null"], DENIED),
        (&["origin: https://api.example", "origin: https://api.example"], DENIED),
    ];
    for (lines, expected) in cases {
        let put = || {
            let request = Request::put("/items").header("host", "api.example");
            with_lines(request, &["content-type: application/json"])
        };
        expect(check(app()), || with_lines(put(), lines), *expected, &format!("PUT {lines:?}"));
        let get = || {
            let request = Request::get("/items").header("host", "api.example");
            with_lines(request.header("content-type", AD_SIGNALS), lines)
        };
        expect(check(app()), get, *expected, &format!("GET {lines:?}"));
    }
}

#[test]
fn service_origins_replace_the_comparison_with_host() {
    let put = |origin: &'static str| {
        move || Request::put("/").header("host", "backend:3000").header("origin", origin)
    };
    let own = || check(app()).service_origins(["https://api.example"]);
    expect(own(), put("https://api.example"), None, "the service origin");
    expect(own(), put("https://api.example:443"), None, "with its default port");
    expect(own(), put("http://backend:3000"), DENIED, "the origin of Host");
    expect(check(app()), put("http://backend:3000"), None, "without service origins");
    expect(check(app()), put("https://api.example"), DENIED, "without service origins");
    // `Sec-Fetch-Site` takes precedence.
    let same_site = || {
        Request::put("/")
            .header("sec-fetch-site", "same-site")
            .header("origin", "https://api.example")
    };
    expect(own(), same_site, DENIED, "Sec-Fetch-Site");
}

#[test]
fn exempt_requests_are_allowed() {
    let exempt =
        || check(app()).exempt_paths(["/hooks/*"]).skip_if(|head| head.uri().path() == "/a");
    let put = |path: &'static str| move || Request::put(path).header("origin", EVIL);
    for (path, expected) in [
        ("/hooks/1", None),
        ("/a", None),
        ("/hooks", DENIED),
        ("/hooks/../b", DENIED),
        ("/hooks/%61", DENIED),
    ] {
        expect(exempt(), put(path), expected, path);
        expect(check(app()), put(path), DENIED, path);
    }
    let invalid = check(app()).exempt_paths(["hooks"]).service_origins(["https://a.example/"]);
    let faults = invalid.faults();
    let settings: Vec<&str> = faults.iter().map(Fault::setting).collect();
    let expected = ["require_preflight.service_origins[0]", "require_preflight.exempt_paths[0]"];
    assert_eq!(settings, expected);
}

#[test]
fn cookie_needs_a_rule_with_credentials() {
    let any = || Rule::for_any_origin().allow_methods(["*"]).allow_headers(["*"]);
    let lines = ["content-type: application/json", "cookie: session=1"];
    for (rule, expected) in
        [(any(), DENIED), (app(), DENIED), (app().allow_credentials(true), None)]
    {
        let request = |lines: &'static [&'static str]| move || fetched("GET", APP, lines);
        let about = format!("{rule:?}");
        expect(check(rule.clone()), request(&["content-type: application/json"]), None, &about);
        let with_cookie = || fetched("GET", APP, &lines);
        expect(check(rule), with_cookie, expected, &about);
    }
    // Without an unusual `Content-Type`, browsers send such a request.
    expect(check(any()), || fetched("GET", EVIL, &["cookie: a=b"]), None, "a simple request");
}

/// Returns policies of all kinds, with their names.
fn policies() -> Vec<(&'static str, CorsPolicy)> {
    let policy = |config: CorsConfig| CorsPolicy::new(config).unwrap();
    let own = || Rule::for_origins([APP]);
    let only_paths = || CorsConfig::from(app().paths(["/api/*"]));
    vec![
        ("an origin", policy(own().into())),
        ("methods", policy(own().allow_methods(["PUT", "chicken"]).into())),
        ("headers", policy(own().allow_headers(["content-type"]).into())),
        ("prefixes", policy(own().allow_headers(["content-*"]).into())),
        ("all of them", policy(own().allow_methods(["*"]).allow_headers(["*"]).into())),
        ("credentials", policy(app().allow_credentials(true).into())),
        (
            "echoed",
            policy(own().allow_methods(["*"]).allow_headers(["*"]).allow_credentials(true).into()),
        ),
        ("any origin", policy(Rule::for_any_origin().allow_methods(["PUT"]).into())),
        ("public", CorsPolicy::public_api()),
        (
            "a pattern",
            policy(Rule::for_origins(["https://*.example"]).allow_methods(["PUT"]).into()),
        ),
        ("null", policy(app().dangerously_allow_null_origin(true).into())),
        (
            "a function",
            policy(
                Rule::for_origins_where(OriginPredicate::new(|origin, _| origin.port().is_none()))
                    .into(),
            ),
        ),
        ("two rules", policy(vec![own(), Rule::for_any_origin().allow_methods(["*"])].into())),
        ("paths", policy(only_paths())),
        ("enforce", policy(CorsConfig::from(app()).enforce(true))),
        ("hidden", policy(CorsConfig::from(app()).hide_failing_step(true))),
    ]
}

#[test]
fn verdict_equals_the_decision_about_the_preflight() {
    let origins =
        [APP, EVIL, "null", "http://app.example", "https://a.app.example", "file://", "x"];
    let types =
        [None, Some("application/json"), Some(AD_SIGNALS), Some("text/"), Some("text/plain")];
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "QUERY", "put", "chicken"];
    let (mut allowed, mut denied) = (0, 0);
    for (name, policy) in policies() {
        for (path, origin) in
            ["/", "/api/a", "/api//a"].into_iter().flat_map(|path| origins.map(|one| (path, one)))
        {
            for (method, content_type) in
                methods.into_iter().flat_map(|one| types.map(|of| (one, of)))
            {
                let is_safelisted = matches!(content_type, None | Some("text/plain"));
                if ["GET", "HEAD", "POST"].contains(&method) && is_safelisted {
                    continue;
                }
                let about = format!("{name}: {method} {content_type:?} of {origin} at {path}");
                let mut preflight = Request::options(path)
                    .header("origin", origin)
                    .header("access-control-request-method", method);
                let mut request =
                    Request::builder().method(method).uri(path).header("origin", origin);
                request = request.header("sec-fetch-site", "cross-site");
                if let Some(value) = content_type {
                    request = request.header("content-type", value);
                }
                if !is_safelisted {
                    preflight = preflight.header("access-control-request-headers", "content-type");
                }
                let preflight = preflight.body(()).unwrap();
                let decision = policy.decide(&RequestHead::from(&preflight));
                let request = request.body(()).unwrap();
                let verdict =
                    RequirePreflight::new(policy.clone()).check(&RequestHead::from(&request));
                let is_allowed = decision.outcome() == Outcome::PreflightAllowed;
                assert_eq!(verdict == Verdict::Allow, is_allowed, "{about}");
                if is_allowed { allowed += 1 } else { denied += 1 }
            }
        }
    }
    assert!(allowed > 1000 && denied > 4000, "{allowed} {denied}");
}

#[test]
fn static_origin_allows_only_its_own_pages() {
    // Every preflight gets the static origin, and the browser compares it with the origin of the page.
    let rule = Rule::for_static_origin(APP).allow_methods(["PUT"]);
    expect(check(rule.clone()), || fetched("PUT", APP, &[]), None, "its origin");
    expect(check(rule), || fetched("PUT", EVIL, &[]), DENIED, "another origin");
}

#[test]
fn path_that_is_not_handled_is_not_checked() {
    let config = || CorsConfig::from(app()).not_handled(["/own/*"]);
    let put = |path: &'static str| move || Request::put(path).header("origin", EVIL);
    expect(check(config()), put("/own/a"), None, "not handled");
    expect(check(config()), put("/other"), DENIED, "handled");
    expect(check(config()), put("/own//a"), DENIED, "an ambiguous path");
}

#[test]
fn rejection_is_not_stored_and_vary_is_unchanged() {
    let names = check(app()).varies_on();
    assert!(names.is_empty());
    let response = send(check(app()), fetched("GET", EVIL, &["content-type: a/b"]));
    assert_eq!((response.status.as_u16(), response.calls), (403, 0));
    assert_eq!(response.headers["cache-control"], "no-store");
}

/// Sends a request to a service for which an unusual `Content-Type` proves a preflight.
///
/// GraphQL servers do so. Returns the status, and the number of executed queries.
fn send_to_graphql(
    check: Option<RequirePreflight>,
    policy: &CorsPolicy,
    request: request::Builder,
) -> (u16, usize) {
    let queries = Cell::new(0);
    let service = service_fn(|request: Request<()>| {
        let content_type = request.headers().get("content-type").map(HeaderValue::as_bytes);
        let is_form = matches!(content_type, None | Some(b"text/plain"));
        queries.set(queries.get() + usize::from(!is_form));
        let status = if is_form { 400 } else { 200 };
        let response = Response::builder().status(status).body(()).unwrap();
        async { Ok::<_, Infallible>(response) }
    });
    let service =
        CorsLayer::new(policy.clone()).layer(GuardLayer::new(check).unwrap().layer(service));
    let response = block_on(service.oneshot(request.body(()).unwrap())).unwrap();
    (response.status().as_u16(), queries.get())
}

#[test]
fn read_only_csrf_of_buggy_browsers_is_denied() {
    // GHSA-hff2-gcpx-8f4p: a page of another site measures the time of a query with the user's cookies.
    let policy = CorsPolicy::new(app().allow_credentials(true)).unwrap();
    let unusual = format!("content-type: {AD_SIGNALS}");
    let cors = || fetched("GET", EVIL, &[&unusual, "cookie: session=1"]);
    // `fetch` in the mode `no-cors` sends no `Origin`.
    let no_cors = || {
        let request = Request::get("/graphql").header("host", "api.example");
        let lines = [
            "sec-fetch-site: cross-site",
            "sec-fetch-mode: no-cors",
            &unusual,
            "cookie: session=1",
        ];
        with_lines(request, &lines)
    };
    for (about, attack) in [("cors", &cors as &dyn Fn() -> request::Builder), ("no-cors", &no_cors)]
    {
        assert_eq!(
            send_to_graphql(None, &policy, attack()),
            (200, 1),
            "{about}, without the guard"
        );
        let guard = RequirePreflight::new(policy.clone());
        assert_eq!(send_to_graphql(Some(guard), &policy, attack()), (403, 0), "{about}");
    }
    // The own application sends the same query.
    let own = || fetched("GET", APP, &[&unusual, "cookie: session=1"]);
    let guard = RequirePreflight::new(policy.clone());
    assert_eq!(send_to_graphql(Some(guard), &policy, own()), (200, 1));
}

/// Calls the guarded service from a page. Returns the numbers of received and denied requests.
fn visit(
    origin: &str,
    call: &Fetch,
    policy: &CorsPolicy,
    guard: Option<RequirePreflight>,
) -> (usize, usize) {
    let (received, denied) = (Cell::new(0), Cell::new(0));
    let service = service_fn(|_: Request<Vec<u8>>| {
        received.set(received.get() + 1);
        async { Ok::<_, Infallible>(Response::new(String::new())) }
    });
    let guard = GuardLayer::new(guard).unwrap().reject_with(|_, _| {
        denied.set(denied.get() + 1);
        Response::new(String::new())
    });
    let mut service = CorsLayer::new(policy.clone()).layer(guard.layer(service));
    let _ = block_on(Page::open(origin).fetch(&mut service, call.clone()));
    (received.get(), denied.get())
}

#[test]
fn standard_browser_never_meets_the_guard() {
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "QUERY", "OPTIONS", "chicken"];
    let types =
        [None, Some("text/plain"), Some("application/json"), Some(AD_SIGNALS), Some("text/")];
    let mut calls = Vec::new();
    for (method, content_type) in methods.into_iter().flat_map(|one| types.map(|of| (one, of))) {
        for mode in [Mode::Cors, Mode::NoCors, Mode::SameOrigin] {
            for credentials in [Credentials::Omit, Credentials::Include] {
                let fetch = Fetch::new(method, "https://api.example/items").mode(mode);
                let fetch = fetch.credentials(credentials);
                calls.push(match content_type {
                    Some(value) => fetch.header("content-type", value),
                    None => fetch,
                });
            }
        }
    }
    let mut received = 0;
    for (name, policy) in policies() {
        for origin in [APP, EVIL, "https://api.example", "http://app.example"] {
            for call in &calls {
                let guard = RequirePreflight::new(policy.clone());
                let (without, _) = visit(origin, call, &policy, None);
                let with = visit(origin, call, &policy, Some(guard));
                assert_eq!(with, (without, 0), "{name} {origin} {call:?}");
                received += without;
            }
        }
    }
    assert!(received > 1000, "{received}");
}

#[test]
fn request_of_firefox_after_a_redirect_is_denied() {
    // Firefox sends the preflight with the origin of the page, and the request with `Origin: null`.
    let policy = CorsPolicy::new(app()).unwrap();
    for engine in [Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit] {
        let send = |guard: Option<RequirePreflight>| {
            let received = Cell::new(0);
            let service = service_fn(|request: Request<Vec<u8>>| {
                let is_first = request.headers()["host"] == "first.example";
                received.set(received.get() + usize::from(!is_first));
                let response = Response::builder().status(if is_first { 307 } else { 200 });
                let response = response.header("location", "https://api.example/items");
                let response = response.body(String::new()).unwrap();
                async { Ok::<_, Infallible>(response) }
            });
            let guarded = GuardLayer::new(guard).unwrap().layer(service);
            let mut service = CorsLayer::new(policy.clone()).layer(guarded);
            let mut page = Page::open(APP).in_engine(engine);
            let outcome = block_on(page.fetch(&mut service, Fetch::put("https://first.example/")));
            // The page reads nothing, with or without the guard.
            assert!(outcome.blocked().is_some(), "{engine:?}");
            received.get()
        };
        let is_sent = engine.preflights_redirects_with_page_origin();
        assert_eq!(send(None), usize::from(is_sent), "{engine:?}");
        assert_eq!(send(Some(RequirePreflight::new(policy.clone()))), 0, "{engine:?}");
    }
}
