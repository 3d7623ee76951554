//! What went wrong elsewhere and was given a number: the same attack here. MATRIX 2.9, as far as it
//! concerns exact origins.

use http::Request;
use tower_cross_origin::cors::{CorsPolicy, Fault, FaultKind, Rule, Step};

use crate::support::{APP, App, EVIL, asking, from, get, preflight};

/// CVE-2018-20744 (rs/cors), CVE-2024-25124 (Fiber), CVE-2017-20146 (gorilla/handlers), CVE-2026-54290
/// (Hono), GHSA-972r-f3fv-whm3 (`RESTEasy`): every page acted as the user.
#[test]
fn every_origin_with_credentials_cannot_be_configured() {
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

/// The same from two rules: the origin that the second one is for gets `*`, and no credentials.
#[test]
fn credentials_of_one_rule_never_join_the_wildcard_of_another() {
    let app = App::first_match([
        Rule::for_origins([APP]).allow_credentials(true),
        Rule::for_any_origin(),
    ]);
    for request in [get(EVIL), from(EVIL, "POST"), get("null"), preflight(EVIL, "GET")] {
        let answer = app.send(request);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        answer.lacks("access-control-allow-credentials");
    }
}

/// GO-2024-2883 (rs/cors: 127 ms and 121 MB for a request), go-chi/cors 36, CVE-2026-69207 (Hono, a
/// quadratic split). The bounds themselves: `limits.rs`.
#[test]
fn a_long_list_of_requested_headers_is_not_read_to_its_end() {
    for rule in [Rule::for_origins([APP]), Rule::for_origins([APP]).allow_credentials(true)] {
        let app = App::with(rule.allow_methods(["PUT"]).allow_any_header());
        for line in [" ".repeat(1 << 20), ",".repeat(1 << 20), "x,".repeat(1 << 19)] {
            app.send(asking([&line])).is_refused_preflight(Step::RequestHeaders);
        }
    }
}

/// CVE-2017-7561 (`RESTEasy`), Vert.x 2880, expressjs/cors 330, envoy 35873, static-web-server 533: a
/// shared cache kept the answer for one origin, and gave it to another.
#[test]
fn every_answer_of_a_policy_that_looks_at_the_origin_says_so() {
    let app = App::with(Rule::for_origins([APP]).allow_credentials(true));
    for status in [200, 204, 301, 304, 401, 404, 500] {
        let app = App::with(Rule::for_origins([APP]).allow_credentials(true)).answering(status);
        for request in [get(APP), get(EVIL), get("null"), get("?"), Request::get("/items/1")] {
            assert_eq!(app.send(request).header("vary"), "origin");
        }
    }
    for request in [preflight(APP, "GET"), preflight(EVIL, "GET"), preflight(APP, "PUT")] {
        assert!(app.send(request).header("vary").starts_with("origin, "));
    }
}

/// CVE-2019-25211 (gin-contrib), Fiber 3690 and 4455, CVE-2026-37737 (sanic-cors), Starlette 800: parts
/// of an origin were compared.
#[test]
fn an_origin_is_compared_as_a_whole() {
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
        app.send(preflight(origin, "GET")).is_refused_preflight(Step::Origin);
    }
}
