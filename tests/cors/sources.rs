//! Policy sources: functions of the request, and policies that reject all origins.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use http::{
    HeaderName, Request,
    header::{AUTHORIZATION, COOKIE, HOST},
    request,
};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::{
    RequestHead,
    cors::{
        CorsLayer, CorsPolicy, Fault, FaultKind, Outcome, PolicyFn, PolicyHandle, PolicySource,
        RequestView, Rule, Step, policy_fn,
    },
};

use crate::support::{APP, App, EVIL, block_on, cors_lines, from, get, preflight};

#[test]
fn policy_fn_selects_a_policy_by_host() {
    let tenants = HashMap::from([
        ("a.api.example", policy(Rule::for_origins(["https://a.example"]))),
        ("b.api.example", policy(Rule::for_origins(["https://b.example"]))),
        ("[::1]", policy(Rule::for_any_origin())),
    ]);
    let source = policy_fn(move |request| tenants.get(&*request.host()?).cloned());
    let a = &["access-control-allow-origin: https://a.example", "vary: origin"][..];
    let b = &["access-control-allow-origin: https://b.example", "vary: origin"][..];
    let rejected = &["vary: origin"][..];
    for (uri, hosts, origin, expected) in [
        ("/", &["a.api.example"][..], "https://a.example", a),
        ("/", &["A.Api.Example:8443"], "https://a.example", a),
        ("/", &["a.api.example"], "https://b.example", rejected),
        ("/", &["b.api.example"], "https://b.example", b),
        ("/", &["b.api.example"], "https://a.example", rejected),
        ("/", &["c.api.example"], "https://a.example", rejected),
        ("/", &[], "https://a.example", rejected),
        ("/", &["a.api.example", "a.api.example"], "https://a.example", rejected),
        ("/", &["a.api.example.", "a.api.example"], "https://a.example", rejected),
        ("/", &["../a.api.example"], "https://a.example", rejected),
        // In HTTP/2 and in the absolute form, the target takes precedence over `Host`.
        ("https://a.api.example/", &[], "https://a.example", a),
        ("https://a.api.example:8443/", &["b.api.example"], "https://a.example", a),
        ("https://a.api.example/", &["b.api.example"], "https://b.example", rejected),
        ("/", &["[::1]:3000"], "https://a.example", &["access-control-allow-origin: *"]),
    ] {
        let request =
            hosts.iter().fold(Request::get(uri), |request, host| request.header(HOST, *host));
        let lines = response_lines(&source, request.header("origin", origin));
        assert_eq!(lines, expected, "{uri} {hosts:?} {origin}");
    }
}

#[test]
fn policy_fn_selects_a_policy_by_path() {
    let public = policy(Rule::for_any_origin());
    let private = policy(Rule::for_origins([APP]).allow_methods(["PUT"]));
    let source = policy_fn(move |request| match request.path() {
        path if path.starts_with("/public/") => Some(public.clone()),
        "/items" => Some(private.clone()),
        _ => None,
    });
    for (path, origin, outcome) in [
        ("/public/a?b", EVIL, Outcome::Allowed),
        ("/items?b", APP, Outcome::Allowed),
        ("/items", EVIL, Outcome::Rejected),
        ("/elsewhere", APP, Outcome::Rejected),
        // The path is not normalized.
        ("/public/..%2Fitems", EVIL, Outcome::Allowed),
    ] {
        let request = Request::get(path).header("origin", origin);
        assert_eq!(outcome_of(&source, request), outcome, "{path}");
    }
    // `path_is_below` rejects paths that a router could read as another path.
    let public = policy(Rule::for_any_origin());
    let below = policy_fn(move |request| request.path_is_below("/public/").then(|| public.clone()));
    for (path, outcome) in [
        ("/public/a?b", Outcome::Allowed),
        ("/public/", Outcome::Allowed),
        ("/publicity", Outcome::Rejected),
        ("/public/../items", Outcome::Rejected),
        ("/public/%2e%2E/items", Outcome::Rejected),
        ("/public/..;a/items", Outcome::Rejected),
        ("/public/..%2Fitems", Outcome::Rejected),
        ("/public/..%5citems", Outcome::Rejected),
        ("/public//items", Outcome::Rejected),
    ] {
        let request = Request::get(path).header("origin", EVIL);
        assert_eq!(outcome_of(&below, request), outcome, "{path}");
    }
    let preflight_outcome = |path: &str, origin: &str| {
        let request = Request::options(path).header("origin", origin);
        outcome_of(&source, request.header("access-control-request-method", "PUT"))
    };
    assert_eq!(preflight_outcome("/items", APP), Outcome::PreflightAllowed);
    assert_eq!(preflight_outcome("/public/", APP), Outcome::PreflightRejected);
    assert_eq!(preflight_outcome("/elsewhere", APP), Outcome::PreflightRejected);
}

// An undeclared header is not part of `Vary`.
#[test]
fn undeclared_header_is_hidden_from_the_policy_fn() {
    const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let source = {
        let seen = seen.clone();
        policy_fn(move |request: &RequestView<'_>| {
            let names = [TENANT, HOST, AUTHORIZATION, COOKIE];
            let read = names.map(|name| request.header(&name).cloned());
            seen.lock().unwrap().push(read.map(|value| value.is_some()));
            Some(policy(Rule::for_origins([APP])))
        })
    };
    let request = || {
        get(APP)
            .header(TENANT, "a")
            .header(HOST, "api.example")
            .header(AUTHORIZATION, "Bearer a")
            .header(COOKIE, "a=1")
    };
    let allowed = "access-control-allow-origin: https://app.example.com";
    assert_eq!(response_lines(&source, request()), [allowed, "vary: origin"]);
    let declared = source.clone().varies_on([TENANT]).varies_on([COOKIE]);
    assert_eq!(response_lines(&declared, request()), [allowed, "vary: origin, x-tenant, cookie"]);
    assert_eq!(
        response_lines(&declared, request().header(TENANT, "b")),
        [allowed, "vary: origin, x-tenant, cookie"]
    );
    assert_eq!(
        *seen.lock().unwrap(),
        [
            [false, false, false, false],
            [true, false, false, true],
            // A repeated header is ambiguous.
            [false, false, false, true],
        ]
    );
    // `Vary` also lists the headers for rejected preflights and for requests without `Origin`.
    let lines = response_lines(&declared, preflight(EVIL, "PUT"));
    let vary = "vary: origin, access-control-request-method, access-control-request-headers";
    assert_eq!(lines, [format!("{vary}, x-tenant, cookie")]);
    let lines = response_lines(&declared, Request::get("/"));
    assert_eq!(lines, ["vary: origin, x-tenant, cookie"]);
}

#[test]
fn policy_fn_reads_replaced_policies() {
    let tenants = PolicyHandle::new(HashMap::new());
    let source = {
        let tenants = tenants.clone();
        policy_fn(move |request| {
            let host = request.host()?;
            tenants.read(|tenants: &HashMap<String, CorsPolicy>| tenants.get(&*host).cloned())
        })
    };
    let outcome = || outcome_of(&source, get(APP).header(HOST, "api.example"));
    assert_eq!(outcome(), Outcome::Rejected);
    let tenant = ("api.example".to_owned(), policy(Rule::for_origins([APP])));
    tenants.swap(HashMap::from([tenant]));
    assert_eq!(outcome(), Outcome::Allowed);
}

#[test]
fn reject_all_policy_forwards_requests_without_headers() {
    let app = || App::new(CorsPolicy::reject_all());
    for origin in [APP, EVIL, "null", "malformed"] {
        for method in ["GET", "POST", "PUT"] {
            app().send(from(origin, method)).is_passed_on_with(["vary: origin"]);
            app().send(preflight(origin, method)).is_rejected_preflight(Step::Origin);
        }
    }
    app().send(Request::get("/")).is_passed_on_with(["vary: origin"]);
    app()
        .with_header("access-control-allow-origin", "*")
        .send(get(APP))
        .is_passed_on_with(["vary: origin"]);
    let request = get(APP).body(()).unwrap();
    assert_eq!(
        CorsPolicy::reject_all().explain(&request).to_string(),
        "rejected at the origin: no rule allows https://app.example.com\n\
         preflight reason: none: GET with these headers needs no preflight\n\
         origin: the policy has no rules\n\
         result: the layer forwards the request, but the page cannot read the response\n\
         fix: if the page is yours: use a policy that has a rule for its origin",
    );
    assert!(CorsPolicy::reject_all().lints().is_empty());
    assert!(CorsPolicy::reject_all().origins().is_empty());
    assert!(!CorsPolicy::reject_all().is_for_any_origin());
    let error = CorsPolicy::reject_all().with_origin(0, &APP.parse().unwrap()).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::RuleIndexOutOfRange { rules: 0 });
}

#[test]
fn enforced_reject_all_policy_allows_service_origins() {
    let service = "https://api.example.com";
    let vary = "vary: origin, sec-fetch-site, sec-fetch-mode";
    for (service_origins, request, status) in [
        (vec![service], get(service), 200),
        (vec![service], from(service, "PUT"), 200),
        (vec![service], get(APP), 403),
        (vec![service], from(APP, "POST"), 403),
        (vec![service], get("null"), 403),
        (vec![service], Request::get("/"), 200),
        (vec![service], get(APP).header("sec-fetch-site", "same-origin"), 200),
        (vec![], get(service).header("host", "api.example.com"), 200),
        (vec![], get(service).header("host", "other.example.com"), 403),
    ] {
        let policy = CorsPolicy::reject_all_enforced(service_origins).unwrap();
        let response_lines = App::new(policy).send(request);
        assert_eq!(response_lines.response.status(), status, "{response_lines:#?}");
        assert_eq!(response_lines.cors_lines(), [vary]);
    }
    let app = App::new(CorsPolicy::reject_all_enforced([service]).unwrap());
    app.send(preflight(service, "PUT")).is_rejected_preflight(Step::Origin);
    let error = CorsPolicy::reject_all_enforced(["https://*.example.com", "a"]).unwrap_err();
    let settings: Vec<&str> = error.faults().iter().map(Fault::setting).collect();
    assert_eq!(settings, ["service_origins[0]", "service_origins[1]"]);
}

#[track_caller]
fn policy(rule: Rule) -> CorsPolicy {
    CorsPolicy::new(rule).expect("a policy without faults")
}

fn outcome_of(source: &impl PolicySource, request: request::Builder) -> Outcome {
    let request = request.body(()).unwrap();
    let head = RequestHead::from(&request);
    source.decide(&head).outcome()
}

fn response_lines(source: &PolicyFn, request: request::Builder) -> Vec<String> {
    let layer = CorsLayer::new(source.clone());
    let mut service = layer.layer(service_fn(async |_: Request<()>| {
        Ok::<_, std::convert::Infallible>(http::Response::new(()))
    }));
    cors_lines(block_on(service.call(request.body(()).unwrap())).unwrap().headers())
}
