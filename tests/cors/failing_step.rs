//! Rejected preflights of allowed origins: DESIGN, "Settled behaviour", 10; row R25; MATRIX 2.4 and row 40.
//!
//! `App::send` also checks each of these responses: no browser sends the actual request after it.

use std::{convert::Infallible, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, request};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    browser::{BlockedStep, Credentials, Engine, Fetch, FetchOutcome, Page},
    cors::{CorsConfig, CorsLayer, CorsPolicy, Rule, Step},
};

use crate::support::{APP, App, EVIL, block_on, preflight, preflight_with_headers};

const VARY: &str = "vary: origin, access-control-request-method, access-control-request-headers";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";
const PUT: &str = "access-control-allow-methods: PUT";
const GET: &str = "access-control-allow-methods: GET";

fn rule() -> Rule {
    Rule::for_origins([APP, "https://b.example"])
        .allow_credentials(true)
        .allow_methods(["PUT"])
        .allow_headers(["x-a"])
        .expose_headers(["etag"])
        .max_age(Duration::from_secs(600))
}

fn requesting(method: &str, names: &str) -> request::Builder {
    preflight(APP, method).header("access-control-request-headers", names)
}

// R25: Chromium blamed `x-a`, which is allowed.
#[test]
fn console_can_name_the_missing_header() {
    let app = App::with(rule());
    for (names, allowed) in [
        ("x-a,x-b", Some("x-a")),
        ("x-b,x-a", Some("x-a")),
        ("x-b", None),
        ("X-A, X-B", Some("X-A")),
        (", x-a ,\t,x-b,", Some("x-a")),
        ("authorization,x-a", Some("x-a")),
        ("*,x-a", Some("x-a")),
        ("*", None),
    ] {
        let allowed = allowed.map(|names| format!("access-control-allow-headers: {names}"));
        let lines = [Some(CREDENTIALS), allowed.as_deref(), Some(PUT), Some(ALLOW_APP), Some(VARY)];
        for method in ["PUT", "GET", "HEAD", "POST"] {
            let response = app.send(requesting(method, names));
            response.fails_at(Step::RequestHeaders);
            assert_eq!(
                response.cors_lines(),
                lines.into_iter().flatten().collect::<Vec<_>>(),
                "{names}"
            );
        }
    }
    let lines = ["x-a", "x-b", "x-a"];
    assert_eq!(
        app.send(preflight_with_headers(lines)).header("access-control-allow-headers"),
        "x-a,x-a"
    );
}

#[test]
fn rejected_method_is_not_in_the_list() {
    let methods = |listed: &[&str], requested: &str| {
        let app = App::with(Rule::for_origins([APP]).allow_methods(listed).allow_headers(["x-a"]));
        let response = app.send(requesting(requested, "x-a,x-b"));
        // The step of the method precedes the step of the headers.
        response.fails_at(Step::Method).lacks("access-control-allow-headers");
        response.header("access-control-allow-methods").to_owned()
    };
    for (listed, requested, expected) in [
        (&["PUT"][..], "DELETE", "PUT"),
        (&["PUT", "DELETE"], "PATCH", "PUT,DELETE"),
        (&[], "PUT", "GET"),
        // Chromium up to version 108 compares these in upper case.
        (&["PATCH"], "patch", "GET"),
        (&["PUT", "PATCH"], "Patch", "PUT"),
        (&["chicken", "Chicken", "PUT"], "CHICKEN", "PUT"),
        (&["PUT"], "*", "PUT"),
        (&["PUT"], "TRACE", "PUT"),
    ] {
        assert_eq!(methods(listed, requested), expected, "{listed:?} {requested}");
    }
    let app = App::with(rule());
    app.send(preflight(APP, "DELETE"))
        .fails_at_with(Step::Method, [CREDENTIALS, PUT, ALLOW_APP, VARY]);
}

// A method above `limits::REQUEST_METHOD_BYTES` is not allowed by `*`.
#[test]
fn wildcards_are_written_out_or_omitted() {
    let any_method = || Rule::for_origins([APP]).allow_any_method();
    let any_header = || Rule::for_origins([APP]).allow_methods(["PUT"]).allow_any_header();
    let long = "P".repeat(65);
    let echo = |method: &str| format!("access-control-allow-methods: {method}");
    for (rule, method, names, step, methods, headers) in [
        (any_method(), &*long, "", Step::Method, GET.to_owned(), None),
        (any_method(), "PUT", "x-b", Step::RequestHeaders, echo("PUT"), None),
        (any_method(), "chicken", "x-b", Step::RequestHeaders, echo("chicken"), None),
        (any_method(), "*", "x-b", Step::RequestHeaders, GET.to_owned(), None),
        (any_method(), "POST", "x-b", Step::RequestHeaders, echo("POST"), None),
        (
            any_header(),
            "PUT",
            "authorization,x-b",
            Step::RequestHeaders,
            PUT.to_owned(),
            Some("x-b"),
        ),
        (any_header(), "PUT", "*,authorization", Step::RequestHeaders, PUT.to_owned(), None),
        (any_header(), "PUT", "Authorization", Step::RequestHeaders, PUT.to_owned(), None),
        (any_header(), "DELETE", "x-b", Step::Method, PUT.to_owned(), None),
    ] {
        for credentials in [false, true] {
            let app = App::with(rule.clone().allow_credentials(credentials));
            let headers = headers.map(|names| format!("access-control-allow-headers: {names}"));
            let lines = [
                credentials.then_some(CREDENTIALS),
                headers.as_deref(),
                Some(&*methods),
                Some(ALLOW_APP),
                Some(VARY),
            ];
            let response = app.send(requesting(method, names));
            response.fails_at(step);
            assert_eq!(
                response.cors_lines(),
                lines.into_iter().flatten().collect::<Vec<_>>(),
                "{method} {names}"
            );
        }
    }
}

#[test]
fn rule_for_any_origin_does_not_read_the_origin() {
    let app = App::with(Rule::for_any_origin());
    let vary = "vary: access-control-request-method, access-control-request-headers";
    for origin in [APP, EVIL, "null", "file://", "no origin"] {
        app.send(preflight(origin, "PUT"))
            .fails_at_with(Step::Method, [GET, "access-control-allow-origin: *", vary]);
    }
    let echoing = Rule::for_any_origin()
        .allow_credentials(true)
        .dangerously_allow_credentials_for_any_origin(true);
    let app = App::with(echoing);
    app.send(preflight(APP, "PUT"))
        .fails_at_with(Step::Method, [CREDENTIALS, GET, ALLOW_APP, VARY]);
    for origin in ["null", "file://", "no origin"] {
        app.send(preflight(origin, "PUT")).is_rejected_preflight(Step::Origin);
    }
}

#[test]
fn rejected_origin_gets_no_cors_header() {
    for app in [App::with(rule()), App::with(rule().paths(["/items/*"]))] {
        for origin in [EVIL, "null", "", "https://app.example.com/"] {
            app.send(preflight(origin, "DELETE")).is_rejected_preflight(Step::Origin);
        }
        let twice = preflight(APP, "DELETE").header("origin", APP);
        app.send(twice).is_rejected_preflight(Step::Origin);
    }
    let elsewhere = App::with(rule().paths(["/other/*"]));
    elsewhere.send(preflight(APP, "DELETE")).is_rejected_preflight(Step::Origin);
    let enforced = CorsConfig::from(rule()).enforce(true);
    let app = App::new(CorsPolicy::new(enforced).unwrap());
    app.send(preflight(EVIL, "DELETE")).is_rejected_preflight(Step::Origin);
    app.send(preflight(APP, "DELETE")).fails_at(Step::Method);
}

// No browser sends such values. DESIGN 6
#[test]
fn values_that_no_browser_sends_get_the_bare_403() {
    let many = |name: &str, number: usize| vec![name; number].join(",");
    for rule in [rule(), rule().allow_any_header(), rule().allow_any_method()] {
        let app = App::with(rule);
        let (bytes, names, empty) = ("x".repeat(4097), many("x-a", 257), many("", 34));
        for name in ["a b", "x-\"", "x:a", "x-a,b c", &bytes, &names, &format!("x-b,{empty}")] {
            let response = app.send(requesting("PUT", name));
            response.is_rejected_preflight(Step::RequestHeaders);
            // The method fails, too.
            let response = app.send(requesting("P T", name));
            response.is_rejected_preflight(Step::Method);
        }
        let lines = (0..257).fold(requesting("PUT", ""), |request, _| {
            request.header("access-control-request-headers", "")
        });
        app.send(lines).is_rejected_preflight(Step::RequestHeaders);
        for method in ["", "P T", "PUT,DELETE", "\"PUT\""] {
            app.send(preflight(APP, method)).is_rejected_preflight(Step::Method);
            app.send(requesting(method, "x-b")).is_rejected_preflight(Step::Method);
        }
        let twice = preflight(APP, "DELETE").header("access-control-request-method", "DELETE");
        app.send(twice).is_rejected_preflight(Step::Method);
    }
    let app = App::with(rule());
    for malformed in ["x b", &"x".repeat(4097)] {
        app.send(requesting("DELETE", malformed)).is_rejected_preflight(Step::Method);
    }
    // Just within the budget.
    let (bytes, names, empty) = ("x".repeat(4096), many("x-b", 256), many("", 33));
    for names in [&bytes, &names, &format!("x-b,{}", &empty[1..])] {
        app.send(requesting("PUT", names)).fails_at(Step::RequestHeaders);
    }
}

#[test]
fn hidden_failing_step_is_the_bare_403() {
    let config = CorsConfig::from(rule()).hide_failing_step(true);
    let app = App::new(CorsPolicy::new(config).unwrap());
    app.send(preflight(APP, "DELETE")).is_rejected_preflight(Step::Method);
    app.send(requesting("PUT", "x-a,x-b")).is_rejected_preflight(Step::RequestHeaders);
    app.send(preflight(EVIL, "PUT")).is_rejected_preflight(Step::Origin);
    app.send(requesting("PUT", "x-a")).is_allowed_preflight([
        CREDENTIALS,
        "access-control-allow-headers: x-a",
        PUT,
        ALLOW_APP,
        "access-control-max-age: 600",
        VARY,
    ]);
}

#[test]
fn response_has_the_status_of_an_allowed_preflight() {
    for status in [200, 204, 299] {
        let config = CorsConfig::from(rule()).preflight_status(status);
        let app = App::new(CorsPolicy::new(config).unwrap());
        let response = app.send(preflight(APP, "DELETE"));
        assert_eq!(response.fails_at(Step::Method).response.status(), status);
    }
}

#[test]
fn replaced_rejection_is_only_for_the_bare_403() {
    let sent = |config: CorsConfig, request: request::Builder| {
        let layer = CorsLayer::new(CorsPolicy::new(config).unwrap());
        let layer = layer.reject_with(|_| {
            let mut response = Response::new("rejected".to_owned());
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        });
        let service = layer.layer(service_fn(async |_: Request<()>| {
            Ok::<_, Infallible>(Response::new("items".to_owned()))
        }));
        block_on(service.oneshot(request.body(()).unwrap())).unwrap().into_body()
    };
    let shown = || CorsConfig::from(rule());
    let hidden = || shown().hide_failing_step(true);
    assert_eq!(sent(shown(), preflight(APP, "DELETE")), "");
    assert_eq!(sent(shown(), preflight(EVIL, "DELETE")), "rejected");
    assert_eq!(sent(shown(), requesting("PUT", "a b")), "rejected");
    assert_eq!(sent(hidden(), preflight(APP, "DELETE")), "rejected");
}

const API: &str = "https://api.example.com/items";
const ENGINES: [Engine; 4] = [Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// Sends a request of the page to the service behind the layer. `change` changes the responses of the layer.
fn visit(
    page: &mut Page,
    rule: &Rule,
    change: impl Fn(&mut HeaderMap) + Clone,
    call: Fetch,
) -> FetchOutcome {
    let service = CorsLayer::new(CorsPolicy::new(rule.clone()).unwrap()).layer(service_fn(
        async |_: Request<Vec<u8>>| Ok::<_, Infallible>(Response::new("items".to_owned())),
    ));
    let mut service = service.map_response(move |mut response: Response<String>| {
        change(response.headers_mut());
        response
    });
    block_on(page.fetch(&mut service, call))
}

#[test]
fn browser_stops_at_the_failing_step_and_names_it() {
    let unchanged = |_: &mut HeaderMap| {};
    for engine in ENGINES {
        for (call, step, name) in [
            (Fetch::delete(API), BlockedStep::AllowMethods, "DELETE"),
            (Fetch::delete(API).upload_listener(), BlockedStep::AllowMethods, "DELETE"),
            (Fetch::delete(API).stream(b"body"), BlockedStep::AllowMethods, "DELETE"),
            (Fetch::delete(API).header("x-b", "1"), BlockedStep::AllowMethods, "DELETE"),
            (
                Fetch::put(API).header("x-a", "1").header("x-b", "1"),
                BlockedStep::AllowHeaders,
                "x-b",
            ),
            (Fetch::get(API).header("x-b", "1"), BlockedStep::AllowHeaders, "x-b"),
            (Fetch::post(API).json("{}"), BlockedStep::AllowHeaders, "content-type"),
            (
                Fetch::get(API).header("authorization", "1"),
                BlockedStep::AllowHeaders,
                "authorization",
            ),
        ] {
            for credentials in [Credentials::Omit, Credentials::Include] {
                let mut page = Page::open(APP).in_engine(engine);
                let outcome =
                    visit(&mut page, &rule(), unchanged, call.clone().credentials(credentials));
                let blocked = outcome.assert_blocked_at(step).blocked().unwrap().to_string();
                assert!(blocked.contains(name), "{blocked}");
                assert_eq!(outcome.requests().count(), 0, "{engine:?} {call:?}");
            }
        }
    }
}

// The preflight cache gets nothing from the response: neither `PUT`, nor `x-a`, for the 5 seconds that a missing
// `Access-Control-Max-Age` means. Fetch, CORS-preflight fetch, step 7: the steps after a failure do not run.
#[test]
fn browser_stores_nothing_of_the_response() {
    let unchanged = |_: &mut HeaderMap| {};
    for engine in ENGINES {
        let mut page = Page::open(APP).in_engine(engine);
        let allowed = || Fetch::put(API).header("x-a", "1");
        let rejected = || allowed().header("x-b", "1");
        for (call, is_readable, preflights) in [
            (rejected(), false, 1),
            (allowed(), true, 1),
            (allowed(), true, 0),
            // A failed preflight removes the stored entries.
            (rejected(), false, 1),
            (rejected(), false, 1),
            (allowed(), true, 1),
        ] {
            let outcome = visit(&mut page, &rule(), unchanged, call);
            assert_eq!(outcome.is_readable(), is_readable, "{engine:?} {outcome:?}");
            outcome.assert_preflights(preflights);
        }
    }
}

/// An engine, a rule, a change of the preflight's response, and a request.
type Row<'a> = (Engine, &'a Rule, &'a dyn Fn(&mut HeaderMap), Fetch);

// Each change of the response lets the browser send the request that the policy does not allow.
#[test]
fn other_lists_would_open_the_service() {
    let set = |name: &'static str, value: &'static str| {
        move |headers: &mut HeaderMap| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    };
    let without_methods =
        |headers: &mut HeaderMap| drop(headers.remove("access-control-allow-methods"));
    let any_header = Rule::for_origins([APP]).allow_any_header();
    let with_token = || Fetch::get(API).header("authorization", "1").header("x-b", "1");
    let is_open = |engine, rule: &Rule, change: &dyn Fn(&mut HeaderMap), call| {
        let mut page = Page::open(APP).in_engine(engine);
        visit(&mut page, rule, |headers: &mut HeaderMap| change(headers), call).is_readable()
    };
    let unchanged = |_: &mut HeaderMap| {};
    let rows: [Row<'_>; 4] = [
        // F41: a missing list allows the method of an upload.
        (Engine::Standard, &rule(), &without_methods, Fetch::delete(API).stream(b"body")),
        (Engine::Standard, &rule(), &set("access-control-allow-methods", "*"), Fetch::delete(API)),
        // F40: in Chromium `*` covers `authorization`, which this rule does not allow.
        (Engine::Chromium, &any_header, &set("access-control-allow-headers", "*"), with_token()),
        (Engine::Standard, &rule(), &set("access-control-allow-headers", "x-a, x-b"), {
            Fetch::put(API).header("x-a", "1").header("x-b", "1")
        }),
    ];
    for (engine, rule, change, call) in rows {
        assert!(!is_open(engine, rule, &unchanged, call.clone()), "{engine:?} {call:?}");
        assert!(is_open(engine, rule, change, call.clone()), "{engine:?} {call:?}");
    }
}
