//! Faults and lints of configurations. Each has a setting, a value, a kind and a help text.
//!
//! MATRIX 2.2, rows 30 and 39; PEERS 13 to 18.

use std::time::Duration;

use http::Request;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, FaultKind, LintKind, Rule},
    origin::{OriginErrorKind, OriginPattern, OriginSet},
};

use crate::support::{
    APP, App, EVIL,
    diagnostics::{error, has_faults, has_lints},
    get, preflight_with_headers, rule,
};

const NO_ORIGINS: [&str; 0] = [];

#[test]
fn rule_without_origins_is_rejected() {
    let no_origins = [("origins", "", FaultKind::NoOrigins, None)];
    has_faults(Rule::for_origins(NO_ORIGINS), no_origins.clone());
    has_faults(Rule::for_origins(OriginSet::default()), no_origins);
    assert!(
        CorsPolicy::new(Rule::for_origins(NO_ORIGINS).dangerously_allow_null_origin(true)).is_ok()
    );
}

#[test]
fn config_without_rules_is_rejected() {
    let error = error([]);
    assert_eq!(error.faults().len(), 1);
    assert_eq!(error.faults()[0].setting(), "rules");
    assert_eq!(error.faults()[0].kind(), &FaultKind::NoRules);
    assert!(CorsPolicy::new(CorsConfig::default()).is_err());
}

// tower-http panics at the first request: <https://github.com/apollographql/router/issues/1087>
#[test]
fn any_origin_with_credentials_is_rejected() {
    let fault = ("allow_credentials", "true", FaultKind::AnyOriginWithCredentials, None);
    has_faults(Rule::for_any_origin().allow_credentials(true), [fault.clone()]);
    has_faults(Rule::for_origins(["*"]).allow_credentials(true), [fault.clone()]);
    let other_settings = Rule::for_any_origin()
        .allow_credentials(true)
        .dangerously_allow_insecure_origins(true)
        .dangerously_allow_public_suffixes(true);
    let needless = CorsPolicy::new(other_settings).unwrap_err();
    assert_eq!(needless.faults()[0].kind(), &fault.2);
    let any = || Rule::for_any_origin().dangerously_allow_credentials_for_any_origin(true);
    has_lints(any().allow_credentials(true), []);
    has_lints(any().allow_credentials(true).dangerously_allow_insecure_origins(true), []);
    let setting = "dangerously_allow_credentials_for_any_origin";
    has_lints(any(), [(setting, "true", LintKind::NoCredentialsForAnyOrigin)]);
    has_lints(
        rule().allow_credentials(true).dangerously_allow_credentials_for_any_origin(true),
        [(setting, "true", LintKind::NoCredentialsForAnyOrigin)],
    );
    has_faults(
        any().allow_credentials(true).dangerously_allow_null_origin(true),
        [("dangerously_allow_null_origin", "true", FaultKind::NullOriginWithCredentials, None)],
    );
}

// <https://github.com/chroma-core/chroma/issues/4620>: such a configuration file caused a panic.
#[test]
fn any_origin_with_other_origins_is_rejected() {
    let fault = |setting| (setting, "*", FaultKind::AnyOriginNextToOthers, None);
    has_faults(Rule::for_origins(["*", APP]), [fault("origins[0]")]);
    has_faults(Rule::for_origins([APP, "*"]), [fault("origins[1]")]);
    has_faults(Rule::for_origins(["*", "*"]), [fault("origins[0]"), fault("origins[1]")]);
    let app = App::with(Rule::for_origins(["*"]));
    app.send(get(EVIL)).is_passed_on_with(["access-control-allow-origin: *"]);
}

#[test]
fn null_with_credentials_or_in_origins_is_rejected() {
    has_faults(
        rule().allow_credentials(true).dangerously_allow_null_origin(true),
        [("dangerously_allow_null_origin", "true", FaultKind::NullOriginWithCredentials, None)],
    );
    has_faults(
        Rule::for_origins(["null"]),
        [("origins[0]", "null", FaultKind::Origin(OriginErrorKind::Null), None)],
    );
}

#[test]
fn insecure_origin_with_credentials_is_rejected() {
    let insecure = |setting, value, suggestion| {
        (setting, value, FaultKind::InsecureOriginWithCredentials, suggestion)
    };
    let origins = ["http://a.example", APP, "http://b.example:8080", "http://10.0.0.1"];
    has_faults(
        Rule::for_origins(origins).allow_credentials(true),
        [
            insecure("origins[0]", "http://a.example", Some("https://a.example")),
            insecure("origins[2]", "http://b.example:8080", None),
            insecure("origins[3]", "http://10.0.0.1", Some("https://10.0.0.1")),
        ],
    );
    let set = OriginSet::parse(origins).unwrap();
    assert_eq!(error([Rule::for_origins(set).allow_credentials(true)]).faults().len(), 3);
    has_lints(Rule::for_origins(origins), []);
    let allowed =
        Rule::for_origins(origins).allow_credentials(true).dangerously_allow_insecure_origins(true);
    has_lints(allowed, []);
}

// R7: every installed app and every development server has the same origin.
#[test]
fn loopback_origin_with_credentials_is_a_lint() {
    let loopback = |setting, value| (setting, value, LintKind::LoopbackOriginWithCredentials);
    // <https://github.com/ionic-team/ionic-framework/issues/22470>, <https://github.com/arcweb/arcwell/pull/220>
    let app = |setting, value| (setting, value, LintKind::ApplicationOriginWithCredentials);
    let framework = |setting, value| (setting, value, LintKind::FrameworkOriginWithCredentials);
    has_lints(
        Rule::for_origins([
            "http://localhost:3000",
            "http://app.localhost",
            "http://127.0.0.1",
            "http://[::1]:8080",
            "https://localhost",
            "http://tauri.localhost",
            "https://app.localhost:*",
            "capacitor://localhost",
            "ionic://localhost",
        ])
        .allow_credentials(true),
        [
            loopback("origins[0]", "http://localhost:3000"),
            app("origins[1]", "http://app.localhost"),
            app("origins[2]", "http://127.0.0.1"),
            loopback("origins[3]", "http://[::1]:8080"),
            app("origins[4]", "https://localhost"),
            app("origins[5]", "http://tauri.localhost"),
            loopback("origins[6]", "https://app.localhost:*"),
            framework("origins[7]", "capacitor://localhost"),
            framework("origins[8]", "ionic://localhost"),
        ],
    );
    has_lints(Rule::for_origins(["http://localhost:3000"]), []);
}

#[test]
fn invalid_or_forbidden_methods_are_rejected() {
    has_faults(
        rule().allow_methods([
            "PUT", "", "a b", "CONNECT", "trace", "TRACK", "put", "Delete", "GET,PUT",
        ]),
        [
            ("allow_methods[1]", "", FaultKind::MalformedMethod, None),
            ("allow_methods[2]", "a b", FaultKind::MalformedMethod, None),
            ("allow_methods[3]", "CONNECT", FaultKind::ForbiddenMethod, None),
            ("allow_methods[4]", "trace", FaultKind::ForbiddenMethod, None),
            ("allow_methods[5]", "TRACK", FaultKind::ForbiddenMethod, None),
            ("allow_methods[6]", "put", FaultKind::UnnormalizedMethod, Some("PUT")),
            ("allow_methods[7]", "Delete", FaultKind::UnnormalizedMethod, Some("DELETE")),
            ("allow_methods[8]", "GET,PUT", FaultKind::MalformedMethod, None),
        ],
    );
}

#[test]
fn needless_methods_are_lints() {
    has_lints(
        rule().allow_methods(["PUT", "GET", "PUT", "patch", "HEAD", "POST", "OPTIONS", "CHICKEN"]),
        [
            ("allow_methods[1]", "GET", LintKind::SafelistedMethod),
            ("allow_methods[2]", "PUT", LintKind::RepeatedMethod),
            ("allow_methods[3]", "patch", LintKind::LowerCaseMethod),
            ("allow_methods[4]", "HEAD", LintKind::SafelistedMethod),
            ("allow_methods[5]", "POST", LintKind::SafelistedMethod),
        ],
    );
    has_lints(
        rule().allow_methods(["QUERY", "query"]),
        [("allow_methods[1]", "query", LintKind::LowerCaseMethod)],
    );
    has_lints(
        rule().allow_any_method().allow_methods(["PUT", "*"]),
        [
            ("allow_methods[1]", "PUT", LintKind::RedundantNextToAny),
            ("allow_methods[2]", "*", LintKind::RepeatedMethod),
        ],
    );
}

#[test]
fn invalid_or_forbidden_request_headers_are_rejected() {
    let setting = |index| ["allow_headers[0]", "allow_headers[1]", "allow_headers[2]"][index];
    has_faults(
        rule().allow_headers(["x a", "", "x:a"]),
        [
            (setting(0), "x a", FaultKind::MalformedHeaderName, None),
            (setting(1), "", FaultKind::MalformedHeaderName, None),
            (setting(2), "x:a", FaultKind::MalformedHeaderName, None),
        ],
    );
    for forbidden in [
        "Cookie",
        "host",
        "origin",
        "sec-fetch-site",
        "Proxy-Authorization",
        "access-control-request-method",
        "content-length",
        "connection",
        "te",
        "dnt",
    ] {
        has_faults(
            rule().allow_headers([forbidden]),
            [(setting(0), forbidden, FaultKind::ForbiddenRequestHeader, None)],
        );
    }
    for response_header in
        ["Access-Control-Allow-Origin", "access-control-expose-headers", "access-control-max-age"]
    {
        has_faults(
            rule().allow_headers([response_header]),
            [(setting(0), response_header, FaultKind::ResponseHeaderAsRequestHeader, None)],
        );
    }
    has_lints(rule().allow_headers(["x-http-method-override", "range", "authorization"]), []);
}

#[test]
fn needless_request_headers_are_lints() {
    has_lints(
        rule().allow_headers(["x-a", "Accept", "X-A", "accept-language", "content-type"]),
        [
            ("allow_headers[1]", "Accept", LintKind::SafelistedRequestHeader),
            ("allow_headers[2]", "X-A", LintKind::RepeatedHeader),
            ("allow_headers[3]", "accept-language", LintKind::SafelistedRequestHeader),
        ],
    );
    has_lints(
        rule().allow_headers(["*", "authorization", "x-a"]),
        [("allow_headers[2]", "x-a", LintKind::RedundantNextToAny)],
    );
}

#[test]
fn invalid_or_forbidden_exposed_headers_are_rejected() {
    has_faults(
        rule().expose_headers(["x a", "Set-Cookie", "set-cookie2", "origin"]),
        [
            ("expose_headers[0]", "x a", FaultKind::MalformedHeaderName, None),
            ("expose_headers[1]", "Set-Cookie", FaultKind::ForbiddenResponseHeader, None),
            ("expose_headers[2]", "set-cookie2", FaultKind::ForbiddenResponseHeader, None),
            ("expose_headers[3]", "origin", FaultKind::RequestHeaderAsResponseHeader, None),
        ],
    );
    has_faults(
        rule().allow_credentials(true).expose_any_header(),
        [("expose_headers[0]", "*", FaultKind::AnyResponseHeaderWithCredentials, None)],
    );
    has_lints(
        rule().expose_headers(["etag", "Content-Type", "ETag"]),
        [
            ("expose_headers[1]", "Content-Type", LintKind::SafelistedResponseHeader),
            ("expose_headers[2]", "ETag", LintKind::RepeatedHeader),
        ],
    );
    // R23: only responses to preflights have these headers (jub0bs/cors).
    has_lints(
        rule().expose_headers([
            "Access-Control-Allow-Methods",
            "access-control-allow-headers",
            "access-control-max-age",
            "access-control-allow-origin",
            "access-control-expose-headers",
        ]),
        [
            (
                "expose_headers[0]",
                "Access-Control-Allow-Methods",
                LintKind::PreflightResponseHeader,
            ),
            (
                "expose_headers[1]",
                "access-control-allow-headers",
                LintKind::PreflightResponseHeader,
            ),
            ("expose_headers[2]", "access-control-max-age", LintKind::PreflightResponseHeader),
        ],
    );
    has_lints(
        rule().expose_headers(["*", "etag"]),
        [("expose_headers[1]", "etag", LintKind::RedundantNextToAny)],
    );
}

#[test]
fn max_age_must_be_whole_seconds_up_to_a_day() {
    let age = |millis| rule().max_age(Duration::from_millis(millis));
    has_faults(age(900), [("max_age", "900ms", FaultKind::FractionalMaxAge, None)]);
    has_faults(age(1_500), [("max_age", "1.5s", FaultKind::FractionalMaxAge, None)]);
    has_faults(age(86_401_000), [("max_age", "86401", FaultKind::MaxAgeTooLong, Some("86400"))]);
    has_faults(
        age(86_400_001),
        [
            ("max_age", "86400.001s", FaultKind::FractionalMaxAge, None),
            ("max_age", "86400.001s", FaultKind::MaxAgeTooLong, Some("86400")),
        ],
    );
    has_faults(
        rule().max_age(Duration::MAX),
        [
            ("max_age", "18446744073709551615.999999999s", FaultKind::FractionalMaxAge, None),
            ("max_age", "18446744073709551615.999999999s", FaultKind::MaxAgeTooLong, Some("86400")),
        ],
    );
    has_lints(age(0), []);
    has_lints(age(600_000), []);
    has_lints(age(601_000), [("max_age", "601", LintKind::MaxAgeAboveCap)]);
    has_lints(age(86_400_000), [("max_age", "86400", LintKind::MaxAgeAboveCap)]);
}

#[test]
fn preflight_status_outside_2xx_is_rejected() {
    for preflight_status in [0, 99, 100, 101, 199, 300, 304, 403, 500, 1000, u16::MAX] {
        let config = CorsConfig::from(vec![rule()]).preflight_status(preflight_status);
        let error = CorsPolicy::new(config).unwrap_err();
        let [fault] = error.faults() else { panic!("{error}") };
        assert_eq!(fault.setting(), "preflight_status");
        assert_eq!(fault.value(), preflight_status.to_string());
        assert_eq!(fault.kind(), &FaultKind::PreflightStatusNotOk);
        assert_eq!(fault.suggestion(), Some("204"));
    }
    for preflight_status in [200, 204, 206, 299] {
        let config = CorsConfig::from(vec![rule()]).preflight_status(preflight_status);
        assert!(CorsPolicy::new(config).is_ok(), "{preflight_status}");
    }
}

// <https://github.com/stumpapp/stump/pull/538> drops invalid origins silently. This crate reports every fault.
#[test]
fn every_fault_of_every_rule_is_reported_at_once() {
    let config = CorsConfig::from(vec![
        Rule::for_origins(["https://a.example/", "b.example", APP, "http://c.example"])
            .allow_credentials(true)
            .allow_methods(["put", "TRACE"])
            .allow_headers(["cookie"])
            .expose_headers(["*"])
            .max_age(Duration::from_millis(1)),
        Rule::for_any_origin().allow_credentials(true),
        Rule::for_origins(NO_ORIGINS),
    ])
    .preflight_status(302);
    let error = CorsPolicy::new(config).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"11 faults in the CORS configuration
- rules[0].origins[0] = "https://a.example/": the origin ends with a slash; browsers send an origin without a path; remove the slash; write "https://a.example"
- rules[0].origins[1] = "b.example": the origin has no scheme; browsers send an origin with its scheme; add the scheme; write "https://b.example"
- rules[0].origins[3] = "http://c.example": the origin uses plain HTTP and the rule allows credentials; a network attacker can change such a page and act as the user; use https, or set dangerously_allow_insecure_origins = true; write "https://c.example"
- rules[0].allow_methods[0] = "put": the method is not in upper case; methods are case-sensitive, and browsers send upper case; use upper case; write "PUT"
- rules[0].allow_methods[1] = "TRACE": the method is forbidden; browsers let no page send CONNECT, TRACE or TRACK; remove the method
- rules[0].allow_headers[0] = "cookie": the header is forbidden for pages; browsers set the header and let no page change the value; remove the header
- rules[0].expose_headers[0] = "*": "*" cannot expose all headers with credentials; browsers then treat "*" as the name of a header; list the header names
- rules[0].max_age = 1ms: the time is not a whole number of seconds; Access-Control-Max-Age counts seconds; round the time to seconds
- rules[1].allow_credentials = true: credentials cannot be allowed for every origin; any website could act as the logged-in user; list the allowed origins, or set dangerously_allow_credentials_for_any_origin = true
- rules[2].origins: the rule has no origin; a rule without origins never applies; list at least one origin, or "*" alone
- preflight_status = 302: the status is not a success; browsers reject a preflight response with a status other than 200 to 299; use a success status; write 204"#,
    );
}

#[test]
fn readme_shows_the_displayed_faults() {
    let error = error([Rule::for_origins(["https://app.example.com/", "https://Bücher.example"])
        .allow_methods(["put"])]);
    let shown = error.to_string().replace('\n', "\n  ");
    assert!(include_str!("../../README.md").contains(&shown), "{shown}");
}

#[test]
fn single_fault_is_displayed_on_one_line() {
    assert_eq!(
        error([Rule::for_origins(["example.com"])]).to_string(),
        "a fault in the CORS configuration: rules[0].origins[0] = \"example.com\": the origin has no scheme; \
         browsers send an origin with its scheme; add the scheme; write \"https://example.com\"",
    );
}

#[test]
fn repeated_origin_is_a_lint() {
    has_lints(
        Rule::for_origins([APP, "https://b.example", APP]),
        [("origins[2]", APP, LintKind::RepeatedOrigin)],
    );
}

#[test]
fn needless_dangerous_setting_is_a_lint() {
    let lints = [("dangerously_allow_insecure_origins", "true", LintKind::NoInsecureOrigin)];
    has_lints(rule().dangerously_allow_insecure_origins(true), lints.clone());
    has_lints(
        rule().allow_credentials(true).dangerously_allow_insecure_origins(true),
        lints.clone(),
    );
    has_lints(
        Rule::for_origins(["http://a.example"]).dangerously_allow_insecure_origins(true),
        lints.clone(),
    );
    has_lints(Rule::for_any_origin().dangerously_allow_insecure_origins(true), lints);
    has_lints(
        Rule::for_any_origin().dangerously_allow_null_origin(true),
        [("dangerously_allow_null_origin", "true", LintKind::NullNextToAnyOrigin)],
    );
    has_lints(rule().dangerously_allow_null_origin(true), []);
}

#[test]
fn rule_or_origin_matched_by_an_earlier_rule_is_a_lint() {
    let b = "https://b.example";
    for (rules, expected) in [
        (vec![rule(), Rule::for_origins([b])], vec![]),
        (vec![rule(), rule()], vec![("rules[1]", "", LintKind::ShadowedRule)]),
        (
            vec![rule(), Rule::for_origins([b, APP])],
            vec![("rules[1].origins[1]", APP, LintKind::ShadowedOrigin)],
        ),
        (
            vec![rule(), Rule::for_origins([b]), Rule::for_origins([b, APP])],
            vec![("rules[2]", "", LintKind::ShadowedRule)],
        ),
        (vec![Rule::for_any_origin(), rule()], vec![("rules[1]", "", LintKind::ShadowedRule)]),
        (
            vec![Rule::for_any_origin(), Rule::for_any_origin()],
            vec![("rules[1]", "", LintKind::ShadowedRule)],
        ),
        (vec![rule(), Rule::for_any_origin()], vec![]),
        (
            vec![rule(), rule().dangerously_allow_null_origin(true)],
            vec![("rules[1].origins[0]", APP, LintKind::ShadowedOrigin)],
        ),
        (
            vec![
                rule().dangerously_allow_null_origin(true),
                rule().dangerously_allow_null_origin(true),
            ],
            vec![("rules[1]", "", LintKind::ShadowedRule)],
        ),
    ] {
        let policy = CorsPolicy::new(rules.clone()).unwrap();
        let lints: Vec<_> = policy
            .lints()
            .iter()
            .map(|lint| (lint.setting(), lint.value(), lint.kind().clone()))
            .collect();
        assert_eq!(lints, expected, "{rules:#?}");
    }
}

// <https://github.com/arkflow-rs/arkflow/pull/1200>: in another library, only the last call had an effect.
#[test]
fn list_setters_add_to_existing_values() {
    let rule = rule()
        .allow_methods(["PUT"])
        .allow_methods([http::Method::DELETE])
        .allow_headers(["x-a"])
        .allow_headers([http::header::CONTENT_TYPE])
        .expose_headers(["etag"])
        .expose_headers([http::header::LOCATION]);
    let app = App::with(rule);
    let result = app.send(preflight_with_headers(["x-a,content-type"]));
    assert_eq!(result.header("access-control-allow-methods"), "PUT,DELETE");
    assert_eq!(result.header("access-control-allow-headers"), "x-a,content-type");
    assert_eq!(app.send(get(APP)).header("access-control-expose-headers"), "etag,location");
}

#[test]
fn diagnostic_has_reason_and_suggestion() {
    let error = error([rule().allow_methods(["put"])]);
    let fault = &error.faults()[0];
    assert_eq!(
        fault.help(),
        "the method is not in upper case; methods are case-sensitive, and browsers send upper case; \
         use upper case",
    );
    let policy = CorsPolicy::new(rule().allow_methods(["patch"])).unwrap();
    assert_eq!(
        policy.lints()[0].to_string(),
        "rules[0].allow_methods[0] = \"patch\": the method has lower-case letters; methods are case-sensitive, \
         and the upper-case form does not match; use upper case; write \"PATCH\"",
    );
}

#[test]
fn rule_name_is_in_diagnostics_explanations_and_decisions() {
    let rules = || {
        [
            Rule::for_origins([APP]).name("app").allow_methods(["PUT"]),
            Rule::for_origins(["https://tenant.example"]).name("tenants"),
        ]
    };
    let policy = CorsPolicy::new(rules()).unwrap();
    let request = Request::get("/").header("origin", "https://tenant.example").body(()).unwrap();
    let decision = policy.decide(&RequestHead::from(&request));
    assert_eq!((decision.rule(), decision.rule_name()), (Some(1), Some("tenants")));
    let explanation = policy.explain(&request).to_string();
    assert!(explanation.contains("is listed in rules.tenants"), "{explanation}");
    assert!(!explanation.contains("rules[1]"), "{explanation}");

    let other: OriginPattern = "https://b.example".parse().unwrap();
    let policy = policy.with_origin("tenants", &other).unwrap();
    let added = Request::get("/").header("origin", "https://b.example").body(()).unwrap();
    assert_eq!(policy.decide(&RequestHead::from(&added)).rule_name(), Some("tenants"));
    let error = policy.with_origin("tenant", &other).unwrap_err().to_string();
    assert!(error.contains("rules.tenant.origins"), "{error}");
    assert!(error.contains("no rule has the name"), "{error}");

    let [app, _] = rules();
    let error = CorsPolicy::new([app.clone(), app.clone(), app.name("a b")]).unwrap_err();
    let kinds: Vec<_> =
        error.faults().iter().map(|fault| (fault.setting(), fault.kind())).collect();
    let expected = [
        ("rules[1].name", &FaultKind::RepeatedRuleName),
        ("rules[2].name", &FaultKind::MalformedRuleName),
    ];
    assert_eq!(kinds, expected);
}
