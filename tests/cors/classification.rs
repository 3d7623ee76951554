//! What a request is to CORS: <https://fetch.spec.whatwg.org/#http-requests>, MATRIX rows 1 to 7.

use http::{Request, StatusCode};
use tower_cross_origin::{
    RequestHead,
    cors::{Outcome, Rule, Step},
};

use crate::support::{APP, App, EVIL, from, get, preflight};

fn app() -> App {
    App::with(
        Rule::for_origins([APP])
            .allow_credentials(true)
            .allow_methods(["PUT"])
            .expose_headers(["etag"]),
    )
}

/// The lines of a response that the page of [`APP`] may read.
const READABLE: [&str; 4] = [
    "access-control-allow-credentials: true",
    "access-control-allow-origin: https://app.example.com",
    "access-control-expose-headers: etag",
    "vary: origin",
];

#[test]
fn a_head_is_what_the_request_and_its_parts_have() {
    let request =
        Request::put("/items?page=2").header("x-a", "1").extension(7_u8).body(()).unwrap();
    let looks_right = |head: RequestHead<'_>| {
        assert_eq!(head.method(), "PUT");
        assert_eq!(head.uri(), "/items?page=2");
        assert_eq!(head.headers()["x-a"], "1");
        assert_eq!(head.extensions().get::<u8>(), Some(&7));
    };
    looks_right(RequestHead::from(&request));
    looks_right(RequestHead::from(&request.into_parts().0));
}

#[test]
fn a_request_without_origin_is_passed_on_with_vary_alone() {
    let answer = app().send(Request::get("/"));
    answer.is_passed_on_with(["vary: origin"]);
    assert_eq!(answer.decision.outcome(), Outcome::Plain);
}

#[test]
fn a_request_of_a_listed_origin_is_passed_on_and_readable() {
    let answer = app().send(get(APP));
    answer.is_passed_on_with(READABLE);
    assert_eq!(answer.decision.outcome(), Outcome::Allowed);
    assert_eq!(answer.decision.rule(), Some(0));
    assert_eq!(answer.decision.failed_step(), None);
}

/// <https://github.com/tower-rs/tower-http/issues/222>: by default nothing is blocked.
#[test]
fn a_request_of_another_origin_is_passed_on_without_any_cors_header() {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "CHICKEN"] {
        let answer = app().send(from(EVIL, method));
        answer.is_passed_on_with(["vary: origin"]);
        assert_eq!(answer.response.status(), StatusCode::OK);
        assert_eq!(answer.decision.outcome(), Outcome::Rejected);
        assert_eq!(answer.decision.failed_step(), Some(Step::Origin));
        assert_eq!(answer.decision.rule(), None);
    }
}

/// What the page may send is a preflight's question; the response is readable all the same.
#[test]
fn the_method_of_an_actual_request_is_not_judged() {
    app().send(from(APP, "DELETE")).is_passed_on_with(READABLE);
}

/// <https://github.com/tower-rs/tower-http/issues/497>,
/// <https://github.com/actix/actix-extras/issues/225>,
/// <https://github.com/dCache/dcache/pull/5274>
#[test]
fn options_without_a_requested_method_reaches_the_application() {
    app().send(from(APP, "OPTIONS")).is_passed_on_with(READABLE);
    app().send(from(EVIL, "OPTIONS")).is_passed_on_with(["vary: origin"]);
    app()
        .send(from(APP, "OPTIONS").header("access-control-request-headers", "x-a"))
        .is_passed_on_with(READABLE);
}

/// <https://github.com/tokio-rs/axum/issues/963>
#[test]
fn options_without_origin_reaches_the_application() {
    app().send(Request::options("/")).is_passed_on_with(["vary: origin"]);
    app()
        .send(Request::options("*").header("access-control-request-method", "PUT"))
        .is_passed_on_with(["vary: origin"]);
}

/// A row of the Gateway API's conformance tests.
#[test]
fn a_requested_method_makes_no_preflight_of_another_method() {
    for method in ["GET", "POST", "HEAD", "PUT"] {
        app()
            .send(from(APP, method).header("access-control-request-method", "PUT"))
            .is_passed_on_with(READABLE);
    }
}

/// Methods are compared with case; ASP.NET Core takes this for a preflight.
#[test]
fn the_method_options_in_lower_case_is_another_method() {
    app()
        .send(from(APP, "options").header("access-control-request-method", "PUT"))
        .is_passed_on_with(READABLE);
}

#[test]
fn options_with_origin_and_requested_method_is_answered_at_once() {
    app().send(preflight(APP, "PUT")).is_granted_preflight([
        "access-control-allow-credentials: true",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin, access-control-request-method, access-control-request-headers",
    ]);
    app().send(preflight(EVIL, "PUT")).is_refused_preflight(Step::Origin);
}

/// Spring and django look at the request's own host first; here only `enforce` will.
#[test]
fn an_origin_that_is_the_services_own_is_an_origin_like_any_other() {
    let request = from("https://api.example.com", "GET").header("host", "api.example.com");
    app().send(request).is_passed_on_with(["vary: origin"]);
}

#[test]
fn an_empty_origin_is_an_origin_that_no_rule_covers() {
    app().send(get("")).is_passed_on_with(["vary: origin"]);
    app().send(preflight("", "PUT")).is_refused_preflight(Step::Origin);
    let any = App::first_match([Rule::for_origins([APP]), Rule::for_any_origin()]);
    any.send(get("")).is_passed_on_with(["vary: origin"]);
    any.send(preflight("", "PUT")).is_refused_preflight(Step::Origin);
}
