//! Where the policy for a request comes from: a function of the request, and policies for nobody.

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
fn each_tenant_has_a_policy_of_its_own_by_host() {
    let tenants = HashMap::from([
        ("a.api.example", policy(Rule::for_origins(["https://a.example"]))),
        ("b.api.example", policy(Rule::for_origins(["https://b.example"]))),
        ("[::1]", policy(Rule::for_any_origin())),
    ]);
    let source = policy_fn(move |request| tenants.get(&*request.host()?).cloned());
    let a = &["access-control-allow-origin: https://a.example", "vary: origin"][..];
    let b = &["access-control-allow-origin: https://b.example", "vary: origin"][..];
    let nobody = &["vary: origin"][..];
    for (uri, hosts, origin, expected) in [
        ("/", &["a.api.example"][..], "https://a.example", a),
        ("/", &["A.Api.Example:8443"], "https://a.example", a),
        ("/", &["a.api.example"], "https://b.example", nobody),
        ("/", &["b.api.example"], "https://b.example", b),
        ("/", &["b.api.example"], "https://a.example", nobody),
        ("/", &["c.api.example"], "https://a.example", nobody),
        ("/", &[], "https://a.example", nobody),
        ("/", &["a.api.example", "a.api.example"], "https://a.example", nobody),
        ("/", &["a.api.example.", "a.api.example"], "https://a.example", nobody),
        ("/", &["../a.api.example"], "https://a.example", nobody),
        // HTTP/2, and the absolute form: the target counts.
        ("https://a.api.example/", &[], "https://a.example", a),
        ("https://a.api.example:8443/", &["b.api.example"], "https://a.example", a),
        ("https://a.api.example/", &["b.api.example"], "https://b.example", nobody),
        ("/", &["[::1]:3000"], "https://a.example", &["access-control-allow-origin: *"]),
    ] {
        let request =
            hosts.iter().fold(Request::get(uri), |request, host| request.header(HOST, *host));
        let lines = answer(&source, request.header("origin", origin));
        assert_eq!(lines, expected, "{uri} {hosts:?} {origin}");
    }
}

#[test]
fn each_part_of_a_service_has_a_policy_of_its_own_by_path() {
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
        // As it is written.
        ("/public/..%2Fitems", EVIL, Outcome::Allowed),
    ] {
        let request = Request::get(path).header("origin", origin);
        assert_eq!(outcome_of(&source, request), outcome, "{path}");
    }
    // What a router might read as another path is below nothing.
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
    let asked = |path: &str, origin: &str| {
        let request = Request::options(path).header("origin", origin);
        outcome_of(&source, request.header("access-control-request-method", "PUT"))
    };
    assert_eq!(asked("/items", APP), Outcome::PreflightAllowed);
    assert_eq!(asked("/public/", APP), Outcome::PreflightRejected);
    assert_eq!(asked("/elsewhere", APP), Outcome::PreflightRejected);
}

/// What is not declared is in no `Vary`.
#[test]
fn a_header_that_was_not_declared_cannot_be_read() {
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
    assert_eq!(answer(&source, request()), [allowed, "vary: origin"]);
    let declared = source.clone().varies_on([TENANT]).varies_on([COOKIE]);
    assert_eq!(answer(&declared, request()), [allowed, "vary: origin, x-tenant, cookie"]);
    assert_eq!(
        answer(&declared, request().header(TENANT, "b")),
        [allowed, "vary: origin, x-tenant, cookie"]
    );
    assert_eq!(
        *seen.lock().unwrap(),
        [
            [false, false, false, false],
            [true, false, false, true],
            // Nobody knows which line is meant.
            [false, false, false, true],
        ]
    );
    // Whatever is answered, and whoever asks.
    let lines = answer(&declared, preflight(EVIL, "PUT"));
    let vary = "vary: origin, access-control-request-method, access-control-request-headers";
    assert_eq!(lines, [format!("{vary}, x-tenant, cookie")]);
    let lines = answer(&declared, Request::get("/"));
    assert_eq!(lines, ["vary: origin, x-tenant, cookie"]);
}

#[test]
fn what_a_function_asks_can_change_while_it_serves() {
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
fn deny_all_policy_passes_requests_without_headers() {
    let app = || App::of(CorsPolicy::reject_all());
    for origin in [APP, EVIL, "null", "malformed"] {
        for method in ["GET", "POST", "PUT"] {
            app().send(from(origin, method)).is_passed_on_with(["vary: origin"]);
            app().send(preflight(origin, method)).is_refused_preflight(Step::Origin);
        }
    }
    app().send(Request::get("/")).is_passed_on_with(["vary: origin"]);
    app()
        .setting("access-control-allow-origin", "*")
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
    assert_eq!(error.faults()[0].kind(), &FaultKind::NoSuchRule { rules: 0 });
}

#[test]
fn enforced_deny_all_policy_allows_own_pages() {
    let own = "https://api.example.com";
    let vary = "vary: origin, sec-fetch-site, sec-fetch-mode";
    for (service_origins, request, status) in [
        (vec![own], get(own), 200),
        (vec![own], from(own, "PUT"), 200),
        (vec![own], get(APP), 403),
        (vec![own], from(APP, "POST"), 403),
        (vec![own], get("null"), 403),
        (vec![own], Request::get("/"), 200),
        (vec![own], get(APP).header("sec-fetch-site", "same-origin"), 200),
        (vec![], get(own).header("host", "api.example.com"), 200),
        (vec![], get(own).header("host", "other.example.com"), 403),
    ] {
        let policy = CorsPolicy::reject_all_enforced(service_origins).unwrap();
        let answer = App::of(policy).send(request);
        assert_eq!(answer.response.status(), status, "{answer:#?}");
        assert_eq!(answer.cors_lines(), [vary]);
    }
    let app = App::of(CorsPolicy::reject_all_enforced([own]).unwrap());
    app.send(preflight(own, "PUT")).is_refused_preflight(Step::Origin);
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

fn answer(source: &PolicyFn, request: request::Builder) -> Vec<String> {
    let layer = CorsLayer::new(source.clone());
    let mut service = layer.layer(service_fn(async |_: Request<()>| {
        Ok::<_, std::convert::Infallible>(http::Response::new(()))
    }));
    cors_lines(block_on(service.call(request.body(()).unwrap())).unwrap().headers())
}
