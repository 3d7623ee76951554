//! Debug origins: DESIGN, "Behaviour that is settled", 10; MATRIX 2.4 and row 40. CORS headers of the
//! service: DESIGN 9.

use http::StatusCode;
use tower_cross_origin::{
    RequestHead,
    cors::{
        CorsConfig, CorsPolicy, DebugOrigins, Fault, LintKind, OriginPredicate, Outcome, Rule,
        Step, UpstreamHeaders,
    },
};

use crate::support::{
    APP, App, EVIL, TestResponse, cors_lines, diagnostics, get, preflight, preflight_with_headers,
};

const VARY: &str = "vary: origin, access-control-request-method, access-control-request-headers";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";

fn rule() -> Rule {
    Rule::for_origins([APP, "https://b.example"])
        .allow_credentials(true)
        .allow_methods(["PUT"])
        .allow_headers(["x-a"])
        .expose_headers(["etag"])
        .max_age(std::time::Duration::from_secs(600))
}

fn debug_app(debug_origins: DebugOrigins, rule: Rule) -> App {
    let config = CorsConfig::from(vec![rule]).debug_origins(debug_origins);
    App::new(config.try_into().unwrap())
}

fn origins<const N: usize>(origins: [&str; N]) -> DebugOrigins {
    DebugOrigins::Origins(origins.map(str::to_owned).into())
}

#[test]
fn debug_response_omits_only_the_rejected_name() {
    for debug_origins in [DebugOrigins::All, origins([APP])] {
        let app = debug_app(debug_origins, rule());
        app.send(preflight(APP, "DELETE")).is_debug_response(
            Step::Method,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
        app.send(preflight_with_headers(["x-a,x-secret"])).is_debug_response(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
        // A safelisted method passes the step.
        let post = preflight(APP, "POST").header("access-control-request-headers", "x-secret");
        app.send(post).is_debug_response(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    }
}

// The response would be constant without debug origins.
#[test]
fn debug_origins_only_change_vary_of_preflights() {
    let app = debug_app(origins([APP]), Rule::for_any_origin());
    app.send(preflight(APP, "PUT")).is_debug_response(
        Step::Method,
        ["access-control-allow-methods: GET", "access-control-allow-origin: *", VARY],
    );
    assert_eq!(format!("vary: {}", app.send(preflight(EVIL, "PUT")).header("vary")), VARY);
    app.send(get(EVIL)).is_passed_on_with(["access-control-allow-origin: *"]);
}

#[test]
fn requested_method_is_echoed_if_a_header_is_rejected() {
    let any = || Rule::for_origins([APP]).allow_any_method();
    debug_app(DebugOrigins::All, any().allow_credentials(true))
        .send(preflight_with_headers(["x-b"]))
        .is_debug_response(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    debug_app(DebugOrigins::All, any()).send(preflight_with_headers(["x-b"])).is_debug_response(
        Step::RequestHeaders,
        ["access-control-allow-methods: *", ALLOW_APP, VARY],
    );
    debug_app(DebugOrigins::All, Rule::for_any_origin())
        .send(preflight(EVIL, "PUT"))
        .is_debug_response(
            Step::Method,
            [
                "access-control-allow-methods: GET",
                "access-control-allow-origin: *",
                "vary: access-control-request-method, access-control-request-headers",
            ],
        );
}

#[test]
fn rejected_names_are_not_echoed() {
    let app = debug_app(DebugOrigins::All, rule().allow_any_header());
    for rejected in ["authorization", "a b", "x-\"", &"x".repeat(5000)] {
        app.send(preflight_with_headers([rejected])).is_debug_response(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    }
    for rejected in ["patch", "P T", "", &"P".repeat(65)] {
        app.send(preflight(APP, rejected)).is_debug_response(
            Step::Method,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    }
}

// For uploads, browsers treat a missing `Access-Control-Allow-Methods` as the requested method: step 7.5 of
// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>. `tests/differential/` found this. The debug mode of
// jub0bs/cors 1.0.2 omits the header.
#[test]
fn debug_response_always_has_allow_methods() {
    let none = || Rule::for_origins([APP]);
    debug_app(DebugOrigins::All, none())
        .send(preflight(APP, "PUT"))
        .is_debug_response(Step::Method, ["access-control-allow-methods: GET", ALLOW_APP, VARY]);
    // `*` would allow a method longer than `limits::REQUEST_METHOD_BYTES`.
    let long = "P".repeat(65);
    debug_app(DebugOrigins::All, none().allow_any_method())
        .send(preflight(APP, &long))
        .is_debug_response(Step::Method, ["access-control-allow-methods: GET", ALLOW_APP, VARY]);
    debug_app(DebugOrigins::All, none().allow_any_method().allow_credentials(true))
        .send(preflight(APP, &long))
        .is_debug_response(
            Step::Method,
            [CREDENTIALS, "access-control-allow-methods: GET", ALLOW_APP, VARY],
        );
}

#[test]
fn rejected_origin_gets_no_debug_response() {
    for debug_origins in [DebugOrigins::All, origins([EVIL])] {
        let app = debug_app(debug_origins, rule());
        for origin in [EVIL, "null", "", "https://app.example.com/"] {
            app.send(preflight(origin, "DELETE")).is_rejected_preflight(Step::Origin);
        }
    }
}

#[test]
fn unlisted_origin_gets_no_debug_response() {
    let app = debug_app(origins(["https://b.example"]), rule());
    app.send(preflight(APP, "DELETE")).is_rejected_preflight(Step::Method);
    app.send(preflight_with_headers(["x-b"])).is_rejected_preflight(Step::RequestHeaders);
    let other = debug_app(DebugOrigins::default(), rule());
    other.send(preflight(APP, "DELETE")).is_rejected_preflight(Step::Method);
}

#[test]
fn debug_origins_leave_allowed_preflights_unchanged() {
    let lines = [
        CREDENTIALS,
        "access-control-allow-headers: x-a",
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        "access-control-max-age: 600",
        VARY,
    ];
    debug_app(DebugOrigins::All, rule())
        .send(preflight_with_headers(["x-a"]))
        .is_allowed_preflight(lines);
}

#[test]
fn debug_response_has_the_preflight_status() {
    let config =
        CorsConfig::from(vec![rule()]).preflight_status(200).debug_origins(DebugOrigins::All);
    let response = App::new(config.try_into().unwrap()).send(preflight(APP, "DELETE"));
    assert_eq!(response.response.status(), StatusCode::OK);
}

#[test]
fn debug_origins_are_validated() {
    let config = |debug_origins| CorsConfig::from(vec![rule()]).debug_origins(debug_origins);
    let invalid = origins(["*", "https://*.example.com", "app.example.com", "null"]);
    let error = CorsPolicy::new(config(invalid)).unwrap_err();
    let lines: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
    assert_eq!(
        lines,
        [
            "debug_origins[0] = \"*\": the list debug_origins cannot match every origin; each item must \
             be an exact origin; set debug_origins = \"all\" instead of a list",
            "debug_origins[1] = \"https://*.example.com\": the value is not a single origin; \
             a pattern, \"*\", \"null\" or \"file://\" matches many pages; use concrete origins",
            "debug_origins[2] = \"app.example.com\": the origin has no scheme; \
             browsers send an origin with its scheme; add the scheme; write \"https://app.example.com\"",
            "debug_origins[3] = \"null\": the value is not a single origin; \
             a pattern, \"*\", \"null\" or \"file://\" matches many pages; use concrete origins",
        ]
    );
    diagnostics::config_has_lints(
        config(origins([APP, EVIL, APP])),
        [
            ("debug_origins[1]", EVIL, LintKind::UnusedDebugOrigin),
            ("debug_origins[2]", APP, LintKind::RepeatedOrigin),
        ],
    );
    let predicate = Rule::for_origins_where(OriginPredicate::new(|_, _| true));
    let rules = vec![rule(), predicate];
    diagnostics::config_has_lints(CorsConfig::from(rules).debug_origins(origins([EVIL])), []);
}

fn keep_upstream(rule: Rule) -> App {
    let upstream_headers = UpstreamHeaders::Keep;
    let config = CorsConfig::from(vec![rule]).upstream_headers(upstream_headers);
    App::new(config.try_into().unwrap())
}

// <https://github.com/ory/cli/pull/454>, <https://github.com/kubernetes/ingress-nginx/issues/2138>
#[test]
fn upstream_headers_are_kept_or_replaced_together() {
    let upstream = "access-control-allow-origin: https://set.example";
    let app =
        || keep_upstream(rule()).with_header("access-control-allow-origin", "https://set.example");
    for origin in [APP, EVIL] {
        app().send(get(origin)).is_passed_on_with([upstream, "vary: origin"]);
        app()
            .with_header("access-control-allow-credentials", "true")
            .with_header("access-control-expose-headers", "x-own")
            .with_header("vary", "x-tenant")
            .send(get(origin))
            .is_passed_on_with([
                CREDENTIALS,
                upstream,
                "access-control-expose-headers: x-own",
                "vary: x-tenant, origin",
            ]);
    }
    // Without an upstream origin, the other upstream headers are replaced.
    let app = || keep_upstream(rule()).with_header("access-control-expose-headers", "x-own");
    app().send(get(APP)).is_passed_on_with([
        CREDENTIALS,
        ALLOW_APP,
        "access-control-expose-headers: etag",
        "vary: origin",
    ]);
    app().send(get(EVIL)).is_passed_on_with(["vary: origin"]);
    keep_upstream(rule()).send(preflight(APP, "DELETE")).is_rejected_preflight(Step::Method);
}

// tower-http: an outer permissive layer and an inner one with credentials send `*` with credentials.
#[test]
fn nested_layers_never_mix_wildcard_and_credentials() {
    let public = || Rule::for_any_origin().expose_any_header();
    // The origin of one layer and the credentials of the other are an invalid combination.
    let app = keep_upstream(public()).with_header("access-control-allow-credentials", "true");
    app.send(get(EVIL))
        .is_passed_on_with(["access-control-allow-origin: *", "access-control-expose-headers: *"]);
    let app = keep_upstream(rule()).with_header("access-control-allow-origin", "*");
    app.send(get(APP)).is_passed_on_with(["access-control-allow-origin: *", "vary: origin"]);
}

// The client receives the headers of one layer, for any nesting and any handling of upstream headers.
#[test]
fn response_through_two_layers_has_headers_of_one() {
    let trusted = || Rule::for_origins([APP]).allow_credentials(true).expose_headers(["etag"]);
    let public = || Rule::for_any_origin().expose_any_header();
    for upstream_headers in [UpstreamHeaders::Replace, UpstreamHeaders::Keep] {
        for (outer, inner) in [(public(), trusted()), (trusted(), public())] {
            for origin in [APP, EVIL] {
                let lines = two_layer_lines(&outer, &inner, upstream_headers, origin);
                let has = |line: &str| lines.iter().any(|one| one == line);
                let is_any = has("access-control-allow-origin: *");
                assert!(!(is_any && has(CREDENTIALS)), "{lines:?}");
                assert!(lines.iter().filter(|one| one.contains("allow-origin")).count() <= 1);
                let single = [&outer, &inner].map(|rule| single_layer_lines(rule, origin));
                let cors = |lines: &[String]| -> Vec<String> {
                    lines.iter().filter(|line| !line.starts_with("vary")).cloned().collect()
                };
                assert!(single.iter().any(|one| cors(one) == cors(&lines)), "{lines:?}");
            }
        }
    }
}

fn two_layer_lines(
    outer: &Rule,
    inner: &Rule,
    upstream: UpstreamHeaders,
    origin: &str,
) -> Vec<String> {
    let policy = |rule: &Rule| {
        let rules = vec![rule.clone()];
        let config = CorsConfig::from(rules).upstream_headers(upstream);
        CorsPolicy::new(config).unwrap()
    };
    let request = get(origin).body(()).unwrap();
    let mut response = http::Response::new(());
    for policy in [policy(inner), policy(outer)] {
        policy.decide(&RequestHead::from(&request)).apply_to(&mut response);
    }
    cors_lines(response.headers())
}

fn single_layer_lines(rule: &Rule, origin: &str) -> Vec<String> {
    App::with(rule.clone()).send(get(origin)).cors_lines()
}

impl TestResponse {
    /// Asserts a success response with which the browser detects the failed step.
    #[track_caller]
    fn is_debug_response<const N: usize>(&self, step: Step, lines: [&str; N]) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightRejected, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.decision.rule(), None, "{self:#?}");
        assert_eq!(self.calls, 0, "the service was called: {self:#?}");
        assert!(self.response.status().is_success(), "{self:#?}");
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
        self
    }
}
