//! Rules with a static origin, for CDNs. DESIGN 8; PEERS 23 to 25.

use std::time::Duration;

use http::{HeaderValue, Request, Response, request};
use tower_cross_origin::{
    RequestHead,
    cors::{
        ChangeKind, CorsConfig, CorsPolicy, Effect, ExplanationLine, FaultKind, LintKind,
        OriginPredicate, Outcome, Rule, Step,
    },
    origin::{Origin, OriginErrorKind, OriginPattern, OriginSet},
};

use crate::support::{
    APP, App, EVIL,
    diagnostics::{error, has_faults, has_lints},
    from, get, policy_from_config, preflight, rule,
};

const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";
const EXPOSED: &str = "access-control-expose-headers: etag";
const VARY: &str = "vary: access-control-request-method, access-control-request-headers";

fn cdn() -> Rule {
    Rule::for_static_origin(APP)
        .allow_credentials(true)
        .allow_methods(["PUT"])
        .allow_headers(["x-a"])
        .expose_headers(["etag"])
        .max_age(Duration::from_secs(60))
}

/// Requests of every kind of origin, none of them, and several field lines.
fn each_origin(request: impl Fn() -> request::Builder) -> Vec<request::Builder> {
    let values =
        [APP, EVIL, "null", "http://app.example.com", "https://app.example.com:8443", "a b", ""];
    let mut requests: Vec<request::Builder> =
        values.into_iter().map(|origin| request().header("origin", origin)).collect();
    requests.push(request().header("origin", HeaderValue::from_bytes(b"\xff").unwrap()));
    requests.push(request().header("origin", APP).header("origin", EVIL));
    requests
}

#[test]
fn responses_are_the_same_for_every_origin() {
    let app = App::with(cdn());
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let request = || Request::builder().method(method).uri("/");
        for request in each_origin(request) {
            let response = app.send(request);
            response.is_passed_on_with([CREDENTIALS, ALLOW_APP, EXPOSED]);
            assert_eq!(response.decision.outcome(), Outcome::Allowed);
        }
        let response = app.send(request());
        response.is_passed_on_with([CREDENTIALS, ALLOW_APP, EXPOSED]);
        assert_eq!(response.decision.outcome(), Outcome::Plain);
    }
}

#[test]
fn preflights_are_the_same_for_every_origin() {
    let app = App::with(cdn());
    let preflight = |method: &'static str| {
        move || Request::options("/").header("access-control-request-method", method)
    };
    for request in each_origin(preflight("PUT")) {
        app.send(request).is_allowed_preflight([
            CREDENTIALS,
            "access-control-allow-headers: x-a",
            "access-control-allow-methods: PUT",
            ALLOW_APP,
            "access-control-max-age: 60",
            VARY,
        ]);
    }
    for request in each_origin(preflight("DELETE")) {
        let methods = "access-control-allow-methods: PUT";
        app.send(request).fails_at_with(Step::Method, [CREDENTIALS, methods, ALLOW_APP, VARY]);
    }
    for request in each_origin(preflight("PUT")) {
        let request = request.header("access-control-request-headers", "x-b");
        app.send(request).fails_at(Step::RequestHeaders);
    }
}

#[test]
fn static_origin_applies_only_at_the_paths_of_its_rule() {
    let config = CorsConfig::from(cdn().paths(["/cdn/*"])).not_handled(["/cdn/raw/*"]);
    let app = App::new(policy_from_config(config));
    let at = |path: &'static str| move || Request::get(path);
    for request in each_origin(at("/cdn/a")).into_iter().chain([Request::get("/cdn/a")]) {
        app.send(request).is_passed_on_with([CREDENTIALS, ALLOW_APP, EXPOSED]);
    }
    // A path with two readings has no rule.
    for path in ["/a", "/cdn/raw/a", "/cdn//a"] {
        for request in each_origin(at(path)).into_iter().chain([Request::get(path)]) {
            app.send(request).is_passed_on_with([]);
        }
    }
    let preflight =
        |path: &'static str| Request::options(path).header("access-control-request-method", "PUT");
    for request in each_origin(|| preflight("/cdn/a")) {
        assert_eq!(app.send(request).decision.outcome(), Outcome::PreflightAllowed);
    }
    for request in each_origin(|| preflight("/a")) {
        app.send(request).is_rejected_preflight(Step::Origin);
    }
    let policy = CorsPolicy::new(cdn().paths(["/cdn/*"])).unwrap();
    let request = Request::get("/a").header("origin", EVIL).body(()).unwrap();
    let explanation = policy.explain(&request).to_string();
    assert!(!explanation.contains("the browser blocks"), "{explanation}");
}

#[test]
fn upstream_vary_is_kept_and_not_extended() {
    let app = App::with(cdn()).with_header("vary", "accept-encoding");
    let lines = [CREDENTIALS, ALLOW_APP, EXPOSED, "vary: accept-encoding"];
    app.send(get(EVIL)).is_passed_on_with(lines);
    app.send(Request::get("/")).is_passed_on_with(lines);
}

#[test]
fn static_origin_must_be_a_single_exact_origin() {
    let origin_fault = FaultKind::Origin;
    for (text, kind, suggestion) in [
        ("*", FaultKind::NotSingleOrigin, None),
        ("null", FaultKind::NotSingleOrigin, None),
        ("file://", FaultKind::NotSingleOrigin, None),
        ("https://*.example.com", FaultKind::NotSingleOrigin, None),
        ("http://localhost:*", FaultKind::NotSingleOrigin, None),
        ("", origin_fault(OriginErrorKind::Empty), None),
        (
            "https://a.example/",
            origin_fault(OriginErrorKind::TrailingSlash),
            Some("https://a.example"),
        ),
        ("a.example", origin_fault(OriginErrorKind::MissingScheme), Some("https://a.example")),
    ] {
        has_faults(Rule::for_static_origin(text), [("static_origin", text, kind, suggestion)]);
    }
    let origin = Origin::parse(APP.as_bytes()).unwrap();
    let pattern: OriginPattern = APP.parse().unwrap();
    for rule in [
        Rule::for_static_origin(origin),
        Rule::for_static_origin(pattern),
        Rule::for_static_origin(APP),
    ] {
        App::with(rule).send(get(EVIL)).is_passed_on_with([ALLOW_APP]);
    }
}

#[test]
fn static_origin_with_other_origins_is_rejected() {
    let other = "https://b.example";
    let rule = || Rule::for_static_origin(APP);
    for rule in [
        rule().add_origins([other]),
        rule().add_origins(["*"]),
        rule().add_origins(OriginSet::parse([other]).unwrap()),
        rule().add_origin_regexes([r"https://b\.example"]),
        rule().add_origin_predicate(OriginPredicate::new(|_, _| true)),
        rule().dangerously_allow_null_origin(true),
    ] {
        has_faults(rule, [("static_origin", APP, FaultKind::StaticOriginNextToOthers, None)]);
    }
}

#[test]
fn static_origin_with_other_rules_or_enforce_is_rejected() {
    let kinds = |config: CorsConfig| {
        let error = error(config);
        let faults = error.faults().iter();
        faults.map(|fault| (fault.setting().to_owned(), fault.kind().clone())).collect::<Vec<_>>()
    };
    let other_rules = FaultKind::StaticOriginWithOtherRules;
    let static_rule = || Rule::for_static_origin(APP);
    assert_eq!(
        kinds(CorsConfig::from([static_rule(), Rule::for_any_origin()])),
        [("rules[0].static_origin".to_owned(), other_rules.clone())],
    );
    assert_eq!(
        kinds(CorsConfig::from([rule(), static_rule().name("cdn")])),
        [("rules.cdn.static_origin".to_owned(), other_rules.clone())],
    );
    let both = CorsConfig::from([static_rule(), Rule::for_static_origin(EVIL)]).enforce(true);
    assert_eq!(
        kinds(both),
        [
            ("rules[0].static_origin".to_owned(), other_rules.clone()),
            ("rules[1].static_origin".to_owned(), other_rules),
            ("enforce".to_owned(), FaultKind::StaticOriginWithEnforce),
        ],
    );
    let enforced = [("enforce".to_owned(), FaultKind::StaticOriginWithEnforce)];
    assert_eq!(kinds(CorsConfig::from(static_rule()).enforce(true)), enforced);
}

#[test]
fn static_origin_with_credentials_is_checked_like_a_listed_one() {
    let insecure = "http://intranet.example";
    let rule = |origin| Rule::for_static_origin(origin).allow_credentials(true);
    let kind = FaultKind::InsecureOriginWithCredentials;
    let suggestion = Some("https://intranet.example");
    has_faults(rule(insecure), [("static_origin", insecure, kind, suggestion)]);
    has_lints(rule(insecure).dangerously_allow_insecure_origins(true), []);
    has_lints(
        rule("http://localhost:3000"),
        [("static_origin", "http://localhost:3000", LintKind::LoopbackOriginWithCredentials)],
    );
    has_lints(
        rule(APP).dangerously_allow_insecure_origins(true),
        [("dangerously_allow_insecure_origins", "true", LintKind::NoInsecureOrigin)],
    );
}

#[test]
fn static_origin_is_one_of_the_origins_of_the_policy() {
    let policy = CorsPolicy::new(cdn()).unwrap();
    assert!(policy.origins().contains(&Origin::parse(APP.as_bytes()).unwrap()));
    assert_eq!(policy.origins().len(), 1);
    assert!(!policy.is_for_any_origin());
    let other: OriginPattern = EVIL.parse().unwrap();
    let own: OriginPattern = APP.parse().unwrap();
    for changed in [policy.with_origin(0, &other), policy.without_origin(0, &own)] {
        let error = changed.unwrap_err();
        assert_eq!(error.faults()[0].kind(), &FaultKind::RuleWithStaticOrigin);
    }
}

#[track_caller]
fn explains<const N: usize>(request: request::Builder, summary: &str, expected: [(&str, &str); N]) {
    let policy = CorsPolicy::new(cdn()).unwrap();
    let request = request.body(()).unwrap();
    let explanation = policy.explain(&request);
    assert_eq!(explanation.outcome(), policy.decide(&RequestHead::from(&request)).outcome());
    assert_eq!(explanation.summary(), summary);
    for (about, text) in expected {
        let step = explanation.steps().iter().find(|step| step.about() == about);
        let help = explanation.help().find(|help| *help == text).filter(|_| about == "fix");
        assert_eq!(step.map(ExplanationLine::text).or(help), Some(text), "{explanation}");
    }
}

#[test]
fn page_of_another_origin_is_blocked_by_the_browser() {
    let blocked = "allowed by rules[0], but the browser blocks the page: the origin differs";
    let differs = "rules[0] responds to every request with https://app.example.com; the browser \
                   compares the origin of the page, and \"https://evil.example\" differs";
    let fix = "if the page is yours: replace rules[0].static_origin by origins = \
               [\"https://app.example.com\", \"https://evil.example\"]";
    explains(
        get(EVIL),
        blocked,
        [
            ("origin", differs),
            (
                "result",
                "the layer forwards the request, and the browser blocks the response: the origin differs",
            ),
            ("fix", fix),
        ],
    );
    explains(
        preflight(EVIL, "PUT"),
        blocked,
        [
            ("origin", differs),
            (
                "result",
                "the browser does not send the actual request, and the page sees a network error: \
                 the origin differs",
            ),
            ("fix", fix),
        ],
    );
    explains(
        preflight(EVIL, "DELETE"),
        "rejected at the method: rules[0] does not allow DELETE",
        [("origin", differs)],
    );
    explains(
        get(APP),
        "allowed by rules[0]",
        [
            ("origin", "https://app.example.com is the static origin of rules[0]"),
            ("result", "the layer forwards the request, and the page can read the response"),
        ],
    );
    explains(
        Request::get("/"),
        "not a CORS request: Origin is missing",
        [("response", "https://app.example.com, as for every request")],
    );
    explains(from("a b", "GET"), blocked, []);
}

#[test]
fn difference_reports_a_static_origin() {
    let lines = |old: Rule, new: Rule| {
        let [old, new] = [old, new].map(|rule| CorsPolicy::new(rule).unwrap());
        let difference = old.difference(&new);
        difference.changes().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let static_rule = || Rule::for_static_origin(APP);
    assert!(lines(static_rule(), static_rule()).is_empty());
    assert_eq!(
        lines(rule(), static_rule()),
        [r#"static_origin changed: unset -> "https://app.example.com""#],
    );
    assert_eq!(
        lines(static_rule(), Rule::for_static_origin(EVIL)),
        [
            "origins gained: https://evil.example (rules[0])",
            r#"static_origin changed: "https://app.example.com" -> "https://evil.example""#,
            "origins lost: https://app.example.com (rules[0])",
        ],
    );
    assert_eq!(
        lines(static_rule(), static_rule().allow_credentials(true)),
        ["credentials gained: https://app.example.com (rules[0])"],
    );
    let old = CorsPolicy::new(rule()).unwrap();
    let difference = old.difference(&CorsPolicy::new(static_rule()).unwrap());
    let [change] = difference.changes() else { panic!("{difference}") };
    assert_eq!(change.effect(), Effect::Changed);
    assert!(matches!(change.kind(), ChangeKind::Setting { setting: "static_origin", .. }));
}

#[test]
fn file_has_the_key_static_origin() {
    let text =
        "[[rules]]\nstatic_origin = \"https://app.example.com\"\nallow_headers = [\"x-amz-*\"]\n";
    let config: CorsConfig = toml::from_str(text).unwrap();
    let expected = Rule::for_static_origin(APP).allow_headers(["x-amz-*"]);
    assert_eq!(config, CorsConfig::from(expected));
    assert_eq!(toml::to_string(&config).unwrap(), text);
    assert!(
        toml::from_str::<CorsConfig>("rules = [{ static_origin = [\"https://a.example\"] }]")
            .is_err()
    );
    assert!(serde_json::from_str::<CorsConfig>(r#"{"rules": [{"static_origin": null}]}"#).is_err());
}

#[test]
fn response_lacks_origin_in_vary_with_a_predicate_source() {
    let policy = CorsPolicy::new(cdn()).unwrap();
    let request = get(EVIL).body(()).unwrap();
    let tenant = http::HeaderName::from_static("x-tenant");
    let decision = policy.decide(&RequestHead::from(&request)).with_vary(&[tenant]);
    let mut response = Response::new(());
    decision.apply_to(&mut response);
    assert_eq!(response.headers()["vary"], "x-tenant");
}
