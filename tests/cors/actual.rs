//! Headers of actual responses: credentials, exposed headers, upstream CORS headers and `Vary`.
//!
//! MATRIX rows 2, 29, 31, 32, 34, 35; PEERS rows 23 to 29, 47.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, Decision, FaultKind, OriginPredicate, PolicySource, Rule, Step},
    origin::{OriginErrorKind, OriginSet},
};

use crate::support::{APP, App, EVIL, block_on, cors_lines, from, get, preflight};

const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";

// tower-http, actix-cors, Starlette, Express, Envoy, Fastify and Hono send at least one of these headers.
#[test]
fn rejected_origin_gets_no_cors_headers() {
    let app = App::with(Rule::for_origins([APP]).allow_credentials(true).expose_headers(["etag"]));
    app.send(get(EVIL)).is_passed_on_with(["vary: origin"]);
    app.send(get("null")).is_passed_on_with(["vary: origin"]);
    app.send(Request::get("/")).is_passed_on_with(["vary: origin"]);
}

// <https://github.com/lawliet89/rocket_cors/issues/1>, <https://github.com/actix/actix-extras/issues/19>
#[test]
fn response_of_any_status_is_readable() {
    for status in
        [200, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 413, 429, 500, 503]
    {
        let app = App::with(Rule::for_origins([APP]).allow_credentials(true)).with_status(status);
        let result = app.send(get(APP));
        result.is_passed_on_with([CREDENTIALS, ALLOW_APP, "vary: origin"]);
        assert_eq!(result.response.status(), status);
    }
}

#[test]
fn upgrade_and_tunnel_responses_are_unchanged() {
    let app = App::with(Rule::for_origins([APP]).allow_credentials(true))
        .with_header("access-control-allow-origin", "https://set.example")
        .with_header("vary", "accept")
        .with_status(101);
    let untouched = ["access-control-allow-origin: https://set.example", "vary: accept"];
    app.send(get(APP)).is_passed_on_with(untouched);
    app.send(get(EVIL)).is_passed_on_with(untouched);

    let app = app.with_status(200);
    let connect = || Request::connect("example.com:443").header("origin", APP);
    app.send(connect()).is_passed_on_with(untouched);
    let app = app.with_status(403);
    app.send(connect()).is_passed_on_with([CREDENTIALS, ALLOW_APP, "vary: accept, origin"]);
}

// The headers are constant, as <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches> recommends.
#[test]
fn sole_any_origin_rule_yields_constant_headers() {
    let app = App::with(Rule::for_any_origin().expose_headers(["etag"]));
    let constant = ["access-control-allow-origin: *", "access-control-expose-headers: etag"];
    for origin in [APP, EVIL, "null", "http://localhost:1", "", "https://a.example/", "https://*.b"]
    {
        app.send(get(origin)).is_passed_on_with(constant);
    }
    app.send(Request::get("/")).is_passed_on_with(constant);
    app.send(get(APP).header("origin", APP)).is_passed_on_with(constant);
}

#[test]
fn any_origin_rule_answers_preflights_of_every_origin() {
    let app = App::with(Rule::for_any_origin());
    let granted = [
        "access-control-allow-origin: *",
        "vary: access-control-request-method, access-control-request-headers",
    ];
    for origin in ["null", EVIL, "", "https://a.example/", "null, null", "https://A.example", "\t"]
    {
        app.send(preflight(origin, "GET")).is_allowed_preflight(granted);
    }
    let long = format!("https://{}.example", "a".repeat(64 * 1024));
    app.send(preflight(&long, "GET")).is_allowed_preflight(granted);
    app.send(preflight(APP, "GET").header("origin", EVIL)).is_allowed_preflight(granted);
    let bytes = HeaderValue::from_bytes(b"https://\xff").unwrap();
    let request = Request::options("/").header("origin", bytes);
    app.send(request.header("access-control-request-method", "GET")).is_allowed_preflight(granted);
}

#[test]
fn any_origin_rule_matches_all_origins_and_null() {
    let app = App::first_match([
        Rule::for_origins([APP]).allow_credentials(true),
        Rule::for_any_origin().expose_headers(["*"]),
    ]);
    app.send(get(APP)).is_passed_on_with([CREDENTIALS, ALLOW_APP, "vary: origin"]);
    let public =
        ["access-control-allow-origin: *", "access-control-expose-headers: *", "vary: origin"];
    for origin in [
        EVIL,
        "null",
        "http://localhost:1",
        "connector://example",
        "https://www.example.com.",
        "safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA",
        "app://.",
        "file://",
        "https://a.example/",
        "",
    ] {
        app.send(get(origin)).is_passed_on_with(public);
    }
    // The first rule reads the value. Two field lines never match it.
    app.send(get(APP).header("origin", APP)).is_passed_on_with(public);
    app.send(Request::get("/")).is_passed_on_with(["vary: origin"]);
}

/// Checks origins of public reports: listed, by a predicate, and by a regular expression. R1, R2
#[test]
fn origins_as_engines_send_them_can_be_listed() {
    for origin in [
        "https://www.example.com.",
        "http://localhost.:8080",
        "safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA",
        "moz-extension://2C127FA4-62C7-7E4F-90E5-472B45EECFDC",
        "app://.",
        "capacitor-electron://-",
        "ionic://LOCALHOST",
    ] {
        let literal = origin.replace('.', r"\.");
        let is_it = OriginPredicate::new(move |one, _| one.as_str() == origin);
        for rule in [
            Rule::for_origins([origin]),
            Rule::for_origins([origin, "https://www.example.com", "https://app.example"]),
            Rule::for_origin_regexes([literal]),
            Rule::for_origins_where(is_it),
        ] {
            let app = App::with(rule);
            let allowed = format!("access-control-allow-origin: {origin}");
            app.send(get(origin)).is_passed_on_with([&*allowed, "vary: origin"]);
            for other in [origin.to_ascii_uppercase(), format!("{origin}.")] {
                let other = &*other;
                app.send(get(other)).is_passed_on_with(["vary: origin"]);
            }
        }
    }
}

#[test]
fn host_with_trailing_dot_is_another_host() {
    let dotted = ["https://example.com.", "https://a.example.com."];
    let plain = ["https://example.com", "https://a.example.com"];
    for (patterns, allowed, rejected) in [
        (["https://example.com.", "https://*.example.com."], dotted, plain),
        (["https://example.com", "https://*.example.com"], plain, dotted),
    ] {
        let app = App::with(Rule::for_origins(patterns));
        for origin in allowed {
            assert_eq!(app.send(get(origin)).header("access-control-allow-origin"), origin);
        }
        for origin in rejected {
            app.send(get(origin)).is_passed_on_with(["vary: origin"]);
        }
    }
}

/// Checks that `file://` needs the same setting as `null`.
///
/// Every local file has this origin.
#[test]
fn file_origin_needs_the_setting_for_null() {
    let any = || OriginPredicate::new(|_, _| true);
    for rule in [
        Rule::for_origins(["https://a.example", "file://"]),
        Rule::for_origins(OriginSet::parse(["file://"]).unwrap()),
        Rule::for_origin_regexes(["file://"]),
        Rule::for_origin_regexes(["(file|file):/{2}"]),
    ] {
        let error = CorsPolicy::new(rule.clone()).unwrap_err();
        let kinds: Vec<_> = error.faults().iter().map(|fault| fault.kind().clone()).collect();
        assert_eq!(kinds, [FaultKind::Origin(OriginErrorKind::FileScheme)], "{error}");
        let app = App::with(rule.clone().dangerously_allow_null_origin(true));
        let allowed = ["access-control-allow-origin: file://", "vary: origin"];
        app.send(get("file://")).is_passed_on_with(allowed);
        assert_eq!(app.send(get("null")).header("access-control-allow-origin"), "null");
        let rule = rule.dangerously_allow_null_origin(true).allow_credentials(true);
        let error = CorsPolicy::new(rule).unwrap_err();
        let kinds: Vec<_> = error.faults().iter().map(|fault| fault.kind().clone()).collect();
        assert_eq!(kinds, [FaultKind::NullOriginWithCredentials], "{error}");
    }
    // These also match other origins.
    for rule in [
        Rule::for_origin_regexes([".*"]),
        Rule::for_origin_regexes(["(https|file)://.*"]),
        Rule::for_origins_where(any()),
    ] {
        let app = App::with(rule.clone());
        app.send(get("file://")).is_passed_on_with(["vary: origin"]);
        app.send(preflight("file://", "GET")).is_rejected_preflight(Step::Origin);
        assert_eq!(app.send(get(EVIL)).header("access-control-allow-origin"), EVIL);
        let app = App::with(rule.dangerously_allow_null_origin(true));
        assert_eq!(app.send(get("file://")).header("access-control-allow-origin"), "file://");
    }
    // The setting alone allows `null`, but not `file://`.
    let app = App::with(Rule::for_origins([APP]).dangerously_allow_null_origin(true));
    app.send(get("file://")).is_passed_on_with(["vary: origin"]);
    let policy = CorsPolicy::new(Rule::for_origins([APP])).unwrap();
    let error = policy.with_origin(0, &"file://".parse().unwrap()).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::Origin(OriginErrorKind::FileScheme));
}

#[test]
fn trailing_dot_is_ignored_by_the_public_suffix_list() {
    let faults = |origin: &str| -> Vec<FaultKind> {
        match CorsPolicy::new(Rule::for_origins([origin]).allow_credentials(true)) {
            Ok(_) => Vec::new(),
            Err(error) => error.faults().iter().map(|fault| fault.kind().clone()).collect(),
        }
    };
    for suffix in ["com", "co.uk", "github.io", "vercel.app"] {
        let expected = [FaultKind::PublicSuffixWithCredentials];
        assert_eq!(faults(&format!("https://*.{suffix}.")), expected, "{suffix}");
        assert_eq!(faults(&format!("https://*.example.{suffix}.")), [], "{suffix}");
    }
    // `localhost.` is not a loopback host.
    assert_eq!(faults("http://localhost.:3000"), [FaultKind::InsecureOriginWithCredentials]);
    assert_eq!(faults("http://localhost:3000"), []);
    let loopback = App::with(Rule::for_loopback_origins());
    loopback.send(get("http://localhost.:3000")).is_passed_on_with(["vary: origin"]);
}

// DESIGN 13. kubernetes-sigs/gateway-api (conformance), <https://github.com/kubernetes/ingress-nginx/issues/2535>
#[test]
fn any_origin_rule_with_credentials_echoes_the_origin() {
    let rule = || {
        Rule::for_any_origin()
            .allow_credentials(true)
            .allow_any_method()
            .dangerously_allow_credentials_for_any_origin(true)
    };
    let app = App::with(rule());
    for origin in [APP, EVIL, "http://localhost:1", "https://192.0.2.1:8443", "connector://example"]
    {
        let echoed = format!("access-control-allow-origin: {origin}");
        app.send(get(origin)).is_passed_on_with([CREDENTIALS, &echoed, "vary: origin"]);
    }
    for origin in ["null", "file://", "https://a.example/", "http://a.example"] {
        app.send(get(origin)).is_passed_on_with(["vary: origin"]);
    }
    app.send(Request::get("/")).is_passed_on_with(["vary: origin"]);
    let insecure = App::with(rule().dangerously_allow_insecure_origins(true));
    insecure.send(get("http://a.example")).is_passed_on_with([
        CREDENTIALS,
        "access-control-allow-origin: http://a.example",
        "vary: origin",
    ]);
    insecure.send(get("null")).is_passed_on_with(["vary: origin"]);
}

#[test]
fn null_is_matched_only_by_the_dangerous_setting() {
    App::with(Rule::for_origins([APP])).send(get("null")).is_passed_on_with(["vary: origin"]);
    let app = App::with(Rule::for_origins([APP]).dangerously_allow_null_origin(true));
    app.send(get("null")).is_passed_on_with(["access-control-allow-origin: null", "vary: origin"]);
    app.send(get("Null")).is_passed_on_with(["vary: origin"]);
    let no_origins: [&str; 0] = [];
    let app = App::with(Rule::for_origins(no_origins).dangerously_allow_null_origin(true));
    app.send(get("null")).is_passed_on_with(["access-control-allow-origin: null", "vary: origin"]);
    app.send(get(APP)).is_passed_on_with(["vary: origin"]);
}

// <https://github.com/ory/cli/pull/454>, <https://github.com/kubernetes/ingress-nginx/issues/2138>
#[test]
fn upstream_cors_headers_are_replaced() {
    let app = App::with(Rule::for_origins([APP]))
        .with_header("access-control-allow-origin", "*")
        .with_header("access-control-allow-origin", "https://other.example")
        .with_header("access-control-allow-credentials", "true")
        .with_header("access-control-allow-methods", "*")
        .with_header("access-control-allow-headers", "*")
        .with_header("access-control-max-age", "1")
        .with_header("access-control-expose-headers", "x-inner");
    app.send(get(APP)).is_passed_on_with([ALLOW_APP, "vary: origin"]);
    app.send(get(EVIL)).is_passed_on_with(["vary: origin"]);
    app.send(Request::get("/")).is_passed_on_with(["vary: origin"]);
}

#[test]
fn unrelated_access_headers_are_kept() {
    let app = App::with(Rule::for_origins([APP]))
        .with_header("access-control-allow-private-network", "true")
        .with_header("access-token", "t");
    app.send(get(EVIL)).is_passed_on_with([
        "access-control-allow-private-network: true",
        "access-token: t",
        "vary: origin",
    ]);
}

// PEERS 2.16: nested layers of tower-http send the inner credentials together with the outer `*`.
#[test]
fn outer_layer_replaces_headers_of_inner_layer() {
    use tower::{Layer, Service};
    let layer = |rule| tower_cross_origin::cors::CorsLayer::new(CorsPolicy::new(rule).unwrap());
    let outer = layer(Rule::for_any_origin().expose_any_header());
    let inner = layer(Rule::for_origins([APP, EVIL]).allow_credentials(true));
    let application = tower::service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(())))
    });
    let mut service = outer.layer(inner.layer(application));
    let response = block_on(service.call(get(EVIL).body(()).unwrap())).unwrap();
    assert_eq!(
        cors_lines(response.headers()),
        ["access-control-allow-origin: *", "access-control-expose-headers: *", "vary: origin",]
    );
}

// tower-http issues 397 and 598; actix-cors loses the second field line (PEERS 4); MATRIX row 31.
#[test]
fn vary_is_merged_with_existing_values() {
    for (existing, merged) in [
        (&[][..], "vary: origin"),
        (&["accept-encoding"], "vary: accept-encoding, origin"),
        (&["Accept-Encoding, Accept"], "vary: Accept-Encoding, Accept, origin"),
        (&["accept-encoding", "accept"], "vary: accept-encoding, accept, origin"),
        (&["origin"], "vary: origin"),
        (&["Origin"], "vary: Origin"),
        (&["accept, ORIGIN , cookie"], "vary: accept, ORIGIN , cookie"),
        (&["x-origin"], "vary: x-origin, origin"),
        (&["origins"], "vary: origins, origin"),
        (&["*"], "vary: *"),
        (&["accept, *"], "vary: accept, *"),
        (&[""], "vary: origin"),
        (&[" , "], "vary: origin"),
        (&["accept,", ",cookie "], "vary: accept, cookie, origin"),
    ] {
        let app = existing
            .iter()
            .fold(App::with(Rule::for_origins([APP])), |app, line| app.with_header("vary", line));
        app.send(get(EVIL)).is_passed_on_with([merged]);
        app.send(get(APP)).is_passed_on_with([ALLOW_APP, merged]);
        app.send(Request::get("/")).is_passed_on_with([merged]);
    }
}

#[test]
fn sufficient_vary_lines_are_unchanged() {
    let app = App::with(Rule::for_origins([APP]))
        .with_header("vary", "accept")
        .with_header("vary", "Origin");
    app.send(get(EVIL)).is_passed_on_with(["vary: Origin", "vary: accept"]);
    let app =
        App::with(Rule::for_origins([APP])).with_header("vary", "accept").with_header("vary", "*");
    app.send(get(EVIL)).is_passed_on_with(["vary: *", "vary: accept"]);
}

#[test]
fn non_ascii_vary_is_kept_byte_for_byte() {
    let policy = CorsPolicy::new(Rule::for_origins([APP])).unwrap();
    let mut response = Response::new(());
    let value = HeaderValue::from_bytes(b"x-\xff").unwrap();
    response.headers_mut().insert("vary", value);
    policy.decide(&RequestHead::from(&Request::new(()))).apply_to(&mut response);
    assert_eq!(response.headers()["vary"].as_bytes(), b"x-\xff, origin");
}

#[test]
fn any_origin_policy_leaves_vary_unchanged() {
    let app = App::with(Rule::for_any_origin())
        .with_header("vary", "accept")
        .with_header("vary", "accept");
    app.send(get(APP)).is_passed_on_with([
        "access-control-allow-origin: *",
        "vary: accept",
        "vary: accept",
    ]);
}

// CVE-2017-7561 and MATRIX row 32. A shared cache selects a response by the fields that `Vary` lists (RFC 9111,
// section 4.1). Without `Vary` on the rejected response, the cache would serve that response to an allowed page.
#[test]
fn shared_cache_separates_responses_by_origin() {
    let app = App::with(Rule::for_origins([APP, "https://b.example"]).allow_credentials(true));
    for order in [[EVIL, APP, "https://b.example"], [APP, "https://b.example", EVIL]] {
        let mut cache = Cache::default();
        for origin in [None, Some(order[0]), Some(order[1]), None, Some(order[2]), Some(order[0])] {
            let request = match origin {
                Some(origin) => get(origin),
                None => Request::get("/items/1"),
            };
            let fresh = app.send(request).cors_lines();
            assert_eq!(cache.serve(origin, &fresh), fresh);
        }
    }
    let mut without_vary = Cache::default();
    let rejected = Vec::new();
    without_vary.serve(Some(EVIL), &rejected);
    assert_eq!(
        without_vary.serve(Some(APP), &[ALLOW_APP.to_owned()]),
        rejected,
        "this cache model must detect cache poisoning",
    );
}

/// The stored responses of one URL in a cache that respects `Vary: origin`.
#[derive(Default)]
struct Cache {
    entries: HashMap<Option<String>, Vec<String>>,
}

impl Cache {
    fn serve(&mut self, origin: Option<&str>, fresh: &[String]) -> Vec<String> {
        let varies = fresh.iter().any(|line| line == "vary: origin");
        let key = origin.filter(|_| varies).map(str::to_owned);
        // An entry without `Vary` matches every request.
        let stored =
            self.entries.get(&None).filter(|entry| entry.iter().all(|l| l != "vary: origin"));
        if let Some(entry) = stored {
            return entry.clone();
        }
        self.entries.entry(key).or_insert_with(|| fresh.to_vec()).clone()
    }
}

#[test]
fn single_listed_origin_still_varies_on_origin() {
    let app = App::with(Rule::for_origins([APP]));
    app.send(get(EVIL)).is_passed_on_with(["vary: origin"]);
    app.send(Request::get("/")).is_passed_on_with(["vary: origin"]);
}

// <https://github.com/jub0bs/cors/issues/14>: a handler changed a shared value, and so the next response.
#[test]
fn header_changes_stay_in_one_response() {
    let policy = CorsPolicy::new(Rule::for_origins([APP]).expose_headers(["etag"])).unwrap();
    let respond = || {
        let request = get(APP).body(()).unwrap();
        let mut response = Response::new(());
        policy.decide(&RequestHead::from(&request)).apply_to(&mut response);
        response
    };
    let before = cors_lines(respond().headers());
    let mut changed = respond();
    changed.headers_mut().values_mut().for_each(|value| *value = "changed".parse().unwrap());
    assert_eq!(cors_lines(respond().headers()), before);
}

#[test]
fn origin_set_is_shared_by_several_rules() {
    let set = OriginSet::parse([APP, "https://b.example"]).unwrap();
    let app = App::with(Rule::for_origins(set.clone()).allow_credentials(true));
    app.send(get(APP)).is_passed_on_with([CREDENTIALS, ALLOW_APP, "vary: origin"]);
    let app = App::with(Rule::for_origins(set));
    app.send(get(APP)).is_passed_on_with([ALLOW_APP, "vary: origin"]);
    app.send(get(EVIL)).is_passed_on_with(["vary: origin"]);
}

// MATRIX row 33.
#[test]
fn headers_read_by_a_policy_source_are_in_vary() {
    #[derive(Clone)]
    struct ByTenant {
        policies: [CorsPolicy; 2],
        reads: [HeaderName; 1],
    }
    impl PolicySource for ByTenant {
        fn decide(&self, head: &RequestHead<'_>) -> Decision {
            let [one, other] = &self.policies;
            if head.headers().contains_key("x-tenant") {
                one.decide(head)
            } else {
                other.decide(head)
            }
        }

        fn varies_on(&self) -> &[HeaderName] {
            &self.reads
        }
    }
    let source = ByTenant {
        policies: [Rule::for_origins([APP]), Rule::for_any_origin()]
            .map(|rule| CorsPolicy::new(rule).unwrap()),
        reads: [HeaderName::from_static("x-tenant")],
    };
    let lines = |request: http::request::Builder| {
        use tower::{Layer, Service};
        let layer = tower_cross_origin::cors::CorsLayer::new(source.clone());
        let mut service = layer.layer(tower::service_fn(|_: Request<()>| {
            std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(())))
        }));
        let response = block_on(service.call(request.body(()).unwrap())).unwrap();
        (response.status(), cors_lines(response.headers()))
    };
    let tenant = |request: http::request::Builder| request.header("x-tenant", "1");
    assert_eq!(lines(tenant(get(APP))).1, [ALLOW_APP, "vary: origin, x-tenant"]);
    assert_eq!(lines(get(APP)).1, ["access-control-allow-origin: *", "vary: x-tenant"]);
    let (status, rejected) = lines(tenant(preflight(EVIL, "GET")));
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        rejected,
        ["vary: origin, access-control-request-method, access-control-request-headers, x-tenant",]
    );
}

#[test]
fn policy_source_varies_on_declared_headers() {
    struct UndeclaredSource(CorsPolicy);
    impl PolicySource for UndeclaredSource {
        fn decide(&self, head: &RequestHead<'_>) -> Decision {
            self.0.decide(head)
        }
    }
    struct DeclaredSource(CorsPolicy, [HeaderName; 1]);
    impl PolicySource for DeclaredSource {
        fn decide(&self, head: &RequestHead<'_>) -> Decision {
            self.0.decide(head)
        }

        fn varies_on(&self) -> &[HeaderName] {
            &self.1
        }
    }
    let policy = || CorsPolicy::new(Rule::for_origins([APP])).unwrap();
    let reads = [HeaderName::from_static("x-tenant")];
    assert!(policy().varies_on().is_empty());
    assert!(UndeclaredSource(policy()).varies_on().is_empty());
    assert!(Arc::new(UndeclaredSource(policy())).varies_on().is_empty());
    assert_eq!(Arc::new(DeclaredSource(policy(), reads.clone())).varies_on(), reads);
}

#[test]
fn policy_and_predicates_implement_debug() {
    let predicate = OriginPredicate::new(|_, _| false).varies_on([http::header::HOST]);
    assert_eq!(format!("{predicate:?}"), "OriginPredicate { varies_on: [\"host\"], .. }");
    let policy = CorsPolicy::new(Rule::for_origins([APP]).add_origin_predicate(predicate)).unwrap();
    let printed = format!("{policy:?}");
    for part in ["rules", "https://app.example.com", "preflight_status: 204", "enforcement: None"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

#[test]
fn every_method_gets_the_same_headers() {
    let app = App::with(Rule::for_origins([APP]));
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CHICKEN"] {
        app.send(from(APP, method)).is_passed_on_with([ALLOW_APP, "vary: origin"]);
    }
}
