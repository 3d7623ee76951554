//! Attacks from published security advisories of other CORS libraries.
//!
//! MATRIX 2.9, for exact origins.

use http::Request;
use tower_cross_origin::cors::{CorsPolicy, Fault, FaultKind, Rule, Step};

use crate::support::{APP, App, EVIL, from, get, preflight, preflight_with_headers};

// CVE-2018-20744 (rs/cors), CVE-2024-25124 (Fiber), CVE-2017-20146 (gorilla/handlers), CVE-2026-54290
// (Hono), GHSA-972r-f3fv-whm3 (RESTEasy): any page could act as the user.
#[test]
fn any_or_null_origin_with_credentials_is_rejected() {
    let error = CorsPolicy::new([
        Rule::for_any_origin().allow_credentials(true),
        Rule::for_origins([APP]).allow_credentials(true).dangerously_allow_null_origin(true),
    ])
    .unwrap_err();
    let kinds: Vec<&FaultKind> = error.faults().iter().map(Fault::kind).collect();
    assert_eq!(
        kinds,
        [&FaultKind::AnyOriginWithCredentials, &FaultKind::NullOriginWithCredentials,]
    );
}

// The same attack with two rules: an origin of the second rule gets `*` without credentials.
#[test]
fn any_origin_rule_ignores_credentials_of_other_rules() {
    let app = App::first_match([
        Rule::for_origins([APP]).allow_credentials(true),
        Rule::for_any_origin(),
    ]);
    for request in [get(EVIL), from(EVIL, "POST"), get("null"), preflight(EVIL, "GET")] {
        let result = app.send(request);
        assert_eq!(result.header("access-control-allow-origin"), "*");
        result.lacks("access-control-allow-credentials");
    }
}

// GO-2024-2883 (rs/cors: 127 ms and 121 MB for a request), go-chi/cors 36, CVE-2026-69207 (Hono: a
// quadratic split). `limits.rs` tests the exact limits.
#[test]
fn long_list_of_requested_headers_is_rejected() {
    for rule in [Rule::for_origins([APP]), Rule::for_origins([APP]).allow_credentials(true)] {
        let app = App::with(rule.allow_methods(["PUT"]).allow_any_header());
        for line in [" ".repeat(1 << 20), ",".repeat(1 << 20), "x,".repeat(1 << 19)] {
            app.send(preflight_with_headers([&line])).is_rejected_preflight(Step::RequestHeaders);
        }
    }
}

// CVE-2017-7561 (RESTEasy), Vert.x 2880, expressjs/cors 330, envoy 35873, static-web-server 533: a
// shared cache served the stored response for one origin to another origin.
#[test]
fn every_response_varies_on_origin() {
    let app = App::with(Rule::for_origins([APP]).allow_credentials(true));
    for status in [200, 204, 301, 304, 401, 404, 500] {
        let app = App::with(Rule::for_origins([APP]).allow_credentials(true)).with_status(status);
        for request in [get(APP), get(EVIL), get("null"), get("?"), Request::get("/items/1")] {
            assert_eq!(app.send(request).header("vary"), "origin");
        }
    }
    for request in [preflight(APP, "GET"), preflight(EVIL, "GET"), preflight(APP, "PUT")] {
        assert!(app.send(request).header("vary").starts_with("origin, "));
    }
}

// CVE-2019-25211 (gin-contrib), Fiber 3690 and 4455, CVE-2026-37737 (sanic-cors), Starlette 800: the libraries
// compared only parts of an origin.
#[test]
fn origin_is_compared_as_a_whole() {
    let app = App::with(Rule::for_origins(["https://example.org"]).allow_credentials(true));
    for origin in [
        "https://example.org.hacker.com",
        "https://example.org-hacker.com",
        "https://hackerexample.org",
        "https://hacker.example.org",
        "https://example.orga",
        "https://xample.org",
        "https://example.org:8443",
        "http://example.org",
        "https://exampleXorg",
        "https://example.org https://hacker.com",
    ] {
        app.send(get(origin)).is_passed_on_with(["vary: origin"]);
        app.send(preflight(origin, "GET")).is_rejected_preflight(Step::Origin);
    }
}
