//! Classification of requests as plain, actual or preflight.
//!
//! <https://fetch.spec.whatwg.org/#http-requests>, MATRIX rows 1 to 7.

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

/// The `Vary` and CORS field lines of a response that [`APP`] may read.
const READABLE: [&str; 4] = [
    "access-control-allow-credentials: true",
    "access-control-allow-origin: https://app.example.com",
    "access-control-expose-headers: etag",
    "vary: origin",
];

#[test]
fn request_head_is_built_from_request_and_parts() {
    let request =
        Request::put("/items?page=2").header("x-a", "1").extension(7_u8).body(()).unwrap();
    let assert_head = |head: RequestHead<'_>| {
        assert_eq!(head.method(), "PUT");
        assert_eq!(head.uri(), "/items?page=2");
        assert_eq!(head.headers()["x-a"], "1");
        assert_eq!(head.extensions().get::<u8>(), Some(&7));
    };
    assert_head(RequestHead::from(&request));
    assert_head(RequestHead::from(&request.into_parts().0));
}

#[test]
fn request_without_origin_is_forwarded_with_vary() {
    let result = app().send(Request::get("/"));
    result.is_passed_on_with(["vary: origin"]);
    assert_eq!(result.decision.outcome(), Outcome::Plain);
}

#[test]
fn request_of_listed_origin_is_forwarded_and_readable() {
    let result = app().send(get(APP));
    result.is_passed_on_with(READABLE);
    assert_eq!(result.decision.outcome(), Outcome::Allowed);
    assert_eq!(result.decision.rule(), Some(0));
    assert_eq!(result.decision.failed_step(), None);
}

// <https://github.com/tower-rs/tower-http/issues/222>: by default, the layer blocks no actual request.
#[test]
fn request_of_unlisted_origin_gets_no_cors_headers() {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "CHICKEN"] {
        let result = app().send(from(EVIL, method));
        result.is_passed_on_with(["vary: origin"]);
        assert_eq!(result.response.status(), StatusCode::OK);
        assert_eq!(result.decision.outcome(), Outcome::Rejected);
        assert_eq!(result.decision.failed_step(), Some(Step::Origin));
        assert_eq!(result.decision.rule(), None);
    }
}

// Only a preflight checks the method. The page may read the response of any actual request.
#[test]
fn method_of_an_actual_request_is_ignored() {
    app().send(from(APP, "DELETE")).is_passed_on_with(READABLE);
}

// <https://github.com/tower-rs/tower-http/issues/497>,
// <https://github.com/actix/actix-extras/issues/225>,
// <https://github.com/dCache/dcache/pull/5274>
#[test]
fn options_without_a_requested_method_reaches_the_application() {
    app().send(from(APP, "OPTIONS")).is_passed_on_with(READABLE);
    app().send(from(EVIL, "OPTIONS")).is_passed_on_with(["vary: origin"]);
    app()
        .send(from(APP, "OPTIONS").header("access-control-request-headers", "x-a"))
        .is_passed_on_with(READABLE);
}

// <https://github.com/tokio-rs/axum/issues/963>
#[test]
fn options_without_origin_reaches_the_application() {
    app().send(Request::options("/")).is_passed_on_with(["vary: origin"]);
    app()
        .send(Request::options("*").header("access-control-request-method", "PUT"))
        .is_passed_on_with(["vary: origin"]);
}

// A case of the conformance tests of the Gateway API.
#[test]
fn requested_method_without_options_is_not_a_preflight() {
    for method in ["GET", "POST", "HEAD", "PUT"] {
        app()
            .send(from(APP, method).header("access-control-request-method", "PUT"))
            .is_passed_on_with(READABLE);
    }
}

// Methods are case-sensitive. ASP.NET Core treats this request as a preflight.
#[test]
fn lower_case_options_is_not_a_preflight() {
    app()
        .send(from(APP, "options").header("access-control-request-method", "PUT"))
        .is_passed_on_with(READABLE);
}

#[test]
fn preflight_is_answered_by_the_layer() {
    app().send(preflight(APP, "PUT")).is_allowed_preflight([
        "access-control-allow-credentials: true",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin, access-control-request-method, access-control-request-headers",
    ]);
    app().send(preflight(EVIL, "PUT")).is_rejected_preflight(Step::Origin);
}

// Spring and Django compare the origin with the request's host first. Here, only `enforce` does.
#[test]
fn service_origin_is_treated_like_any_other_origin() {
    let request = from("https://api.example.com", "GET").header("host", "api.example.com");
    app().send(request).is_passed_on_with(["vary: origin"]);
}

#[test]
fn empty_origin_matches_only_a_rule_for_any_origin() {
    app().send(get("")).is_passed_on_with(["vary: origin"]);
    app().send(preflight("", "PUT")).is_rejected_preflight(Step::Origin);
    let any = App::first_match([Rule::for_origins([APP]), Rule::for_any_origin()]);
    any.send(get("")).is_passed_on_with(["access-control-allow-origin: *", "vary: origin"]);
}
