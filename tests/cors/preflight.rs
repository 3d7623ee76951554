//! Preflights: <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, MATRIX rows 19 to 28, 30, 36.

use std::time::Duration;

use http::StatusCode;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Rule, Step},
};

use crate::support::{APP, App, EVIL, from, preflight, preflight_with_headers, rule};

const VARY: &str = "vary: origin, access-control-request-method, access-control-request-headers";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";

// With upload listeners of `XMLHttpRequest` or with streams as bodies, a browser sends preflights for safelisted
// methods, too. A library that rejects these preflights breaks uploads (jub0bs/cors 1.0.2, MATRIX 2.8.5).
#[test]
fn safelisted_methods_are_always_allowed() {
    for method in ["GET", "HEAD", "POST"] {
        App::with(rule()).send(preflight(APP, method)).is_allowed_preflight([ALLOW_APP, VARY]);
        App::with(rule().allow_methods(["PUT"]).allow_credentials(true))
            .send(preflight(APP, method))
            .is_allowed_preflight([
                CREDENTIALS,
                "access-control-allow-methods: PUT",
                ALLOW_APP,
                VARY,
            ]);
        App::with(Rule::for_any_origin()).send(preflight(APP, method)).is_allowed_preflight([
            "access-control-allow-origin: *",
            "vary: access-control-request-method, access-control-request-headers",
        ]);
    }
}

// With the full lists, one preflight fills the browser's cache for every method and header of the rule.
#[test]
fn allowed_preflight_lists_all_methods_and_headers() {
    let app = App::with(
        rule()
            .allow_credentials(true)
            .allow_methods(["PUT", "DELETE"])
            .allow_headers(["X-B", "content-type", "x-a"])
            .expose_headers(["etag"])
            .max_age(Duration::from_secs(600)),
    );
    let lines = [
        CREDENTIALS,
        "access-control-allow-headers: x-b,content-type,x-a",
        "access-control-allow-methods: PUT,DELETE",
        ALLOW_APP,
        "access-control-max-age: 600",
        VARY,
    ];
    app.send(preflight(APP, "PUT")).is_allowed_preflight(lines);
    app.send(preflight(APP, "GET")).is_allowed_preflight(lines);
    app.send(preflight_with_headers(["content-type"])).is_allowed_preflight(lines);
}

#[test]
fn methods_are_case_sensitive() {
    let app = App::with(rule().allow_methods(["PUT", "PATCH", "chicken"]));
    for allowed in ["PUT", "PATCH", "chicken"] {
        app.send(preflight(APP, allowed)).is_allowed_preflight([
            "access-control-allow-methods: PUT,PATCH,chicken",
            ALLOW_APP,
            VARY,
        ]);
    }
    // `fetch` does not convert `patch` to upper case, so `patch` is another method.
    for rejected in ["put", "Put", "patch", "CHICKEN", "DELETE", "get", "OPTIONS", "TRACE"] {
        app.send(preflight(APP, rejected)).fails_at(Step::Method);
    }
}

#[test]
fn invalid_method_is_rejected_and_not_echoed() {
    for rule in [
        rule(),
        rule().allow_methods(["PUT"]),
        rule().allow_any_method(),
        rule().allow_any_method().allow_credentials(true),
        Rule::for_any_origin().allow_any_method(),
    ] {
        let app = App::with(rule);
        for malformed in
            ["", " ", "a b", "PUT, DELETE", "PUT,", "GET, POST ()", "P\"T", "P/T", "PÜT"]
        {
            let request = http::Request::options("/").header("origin", APP);
            let request = request.header("access-control-request-method", malformed.as_bytes());
            app.send(request).is_rejected_preflight(Step::Method);
        }
        let twice = preflight(APP, "PUT").header("access-control-request-method", "PUT");
        app.send(twice).is_rejected_preflight(Step::Method);
    }
}

#[test]
fn any_method_is_a_wildcard_or_echoed_with_credentials() {
    for method in ["PUT", "CHICKEN", "patch", "GET"] {
        App::with(rule().allow_any_method()).send(preflight(APP, method)).is_allowed_preflight([
            "access-control-allow-methods: *",
            ALLOW_APP,
            VARY,
        ]);
        let echoed = format!("access-control-allow-methods: {method}");
        App::with(rule().allow_any_method().allow_credentials(true))
            .send(preflight(APP, method))
            .is_allowed_preflight([CREDENTIALS, &echoed, ALLOW_APP, VARY]);
    }
}

// jub0bs/cors accepts only sorted names. Gateways, jsdom and the Rust crate `headers` send unsorted names.
// <https://github.com/rs/cors/issues/184>, <https://github.com/hyperium/headers/issues/236>
#[test]
fn listed_headers_are_allowed_in_any_order_case_and_spacing() {
    let app = App::with(rule().allow_methods(["PUT"]).allow_headers(["a", "b", "c"]));
    let lines = [
        "access-control-allow-headers: a,b,c",
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        VARY,
    ];
    for requested in [
        "a",
        "a,c",
        "a,b,c",
        "c,a",
        "a,a",
        "A",
        "a, b",
        "a , b",
        " a",
        "\ta ",
        "a,   \t  b",
        "a,,b",
        ",a",
        "a,",
        ",",
        "",
        " ",
        "a, ,b",
        "C,b,A",
    ] {
        app.send(preflight_with_headers([requested])).is_allowed_preflight(lines);
    }
    app.send(preflight(APP, "PUT")).is_allowed_preflight(lines);
    app.send(preflight_with_headers(["a", "b"])).is_allowed_preflight(lines);
    app.send(preflight_with_headers(["b,c", "", "a"])).is_allowed_preflight(lines);
}

// Envoy and Spring respond with the allowed names only, and the browser then blocks the request anyway.
// The search expects sorted names, as browsers send them.
#[test]
fn allowed_names_do_not_depend_on_their_order() {
    const LISTED: [&str; 3] = ["x-b", "x-d", "x-f"];
    const NAMES: [&str; 9] = ["x-a", "x-b", "x-c", "x-d", "x-e", "x-f", "x-g", "X-B", "X-F"];
    let rule = rule().allow_methods(["PUT"]).allow_headers(LISTED);
    let list = CorsPolicy::new(rule.clone()).unwrap();
    let with_prefix = CorsPolicy::new(rule.allow_headers(["y-*"])).unwrap();
    for policy in [list, with_prefix] {
        for one in NAMES {
            for other in NAMES {
                for last in NAMES {
                    let names = [one, other, last];
                    let lower = names.map(str::to_ascii_lowercase);
                    let is_allowed = lower.iter().all(|name| LISTED.contains(&&**name));
                    let request = preflight_with_headers([&names.join(",")]).body(()).unwrap();
                    let decision = policy.decide(&RequestHead::from(&request));
                    assert_eq!(decision.failed_step().is_none(), is_allowed, "{names:?}");
                }
            }
        }
    }
}

#[test]
fn one_unlisted_header_rejects_the_preflight() {
    let app = App::with(rule().allow_methods(["PUT"]).allow_headers(["a", "b", "c"]));
    for requested in [
        "d",
        "a,d",
        "d,a",
        // Unlisted names in upper case.
        "D",
        "a,D",
        "X-Unlisted",
        "Authorization",
        "ab",
        "aa",
        "a,b,c,d",
        "*",
        "authorization",
    ] {
        app.send(preflight_with_headers([requested])).fails_at(Step::RequestHeaders);
    }
    for malformed in ["a b", "a;b", "a:b", "\"a\""] {
        app.send(preflight_with_headers([malformed])).is_rejected_preflight(Step::RequestHeaders);
    }
    app.send(preflight_with_headers(["a", "d"])).fails_at(Step::RequestHeaders);
    let without_headers = App::with(rule().allow_methods(["PUT"]));
    without_headers.send(preflight_with_headers(["content-type"])).fails_at(Step::RequestHeaders);
    without_headers.send(preflight_with_headers([","])).is_allowed_preflight([
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        VARY,
    ]);
}

#[test]
fn first_failed_step_is_reported() {
    let app = App::with(rule().allow_methods(["PUT"]));
    let all_wrong = preflight(EVIL, "DELETE").header("access-control-request-headers", "x-a");
    app.send(all_wrong).is_rejected_preflight(Step::Origin);
    let two_wrong = preflight(APP, "DELETE").header("access-control-request-headers", "x-a");
    app.send(two_wrong).fails_at(Step::Method);
    assert!(Step::Origin < Step::Method && Step::Method < Step::RequestHeaders);
}

// <https://github.com/tower-rs/tower-http/issues/526>, <https://github.com/whatwg/fetch/issues/1919>:
// in some browser engines `*` includes `authorization`, in others it does not.
#[test]
fn any_header_excludes_authorization() {
    for rule in [rule(), rule().allow_credentials(true), Rule::for_any_origin()] {
        let rule = rule.allow_methods(["PUT"]).allow_any_header();
        let app = App::with(rule.clone());
        for requested in ["authorization", "Authorization", "a,authorization", "authorization,a"] {
            app.send(preflight_with_headers([requested])).fails_at(Step::RequestHeaders);
        }
        let app = App::with(rule.allow_headers(["Authorization"]));
        let result = app.send(preflight_with_headers(["authorization"]));
        assert_eq!(result.response.status(), StatusCode::NO_CONTENT);
        assert!(result.header("access-control-allow-headers").contains("authorization"));
    }
}

#[test]
fn any_header_without_credentials_is_a_wildcard() {
    let app = App::with(rule().allow_methods(["PUT"]).allow_any_header());
    let lines =
        ["access-control-allow-headers: *", "access-control-allow-methods: PUT", ALLOW_APP, VARY];
    app.send(preflight_with_headers(["x-a,x-b"])).is_allowed_preflight(lines);
    app.send(preflight(APP, "PUT")).is_allowed_preflight(lines);
    let with_authorization = rule().allow_methods(["PUT"]).allow_headers(["*", "authorization"]);
    App::with(with_authorization)
        .send(preflight_with_headers(["authorization,x-a"]))
        .is_allowed_preflight([
            "access-control-allow-headers: *,authorization",
            "access-control-allow-methods: PUT",
            ALLOW_APP,
            VARY,
        ]);
}

// tower-http echoes only the first field line, without validation.
#[test]
fn any_header_with_credentials_echoes_the_names() {
    let app = App::with(
        rule().allow_credentials(true).allow_methods(["PUT"]).allow_headers(["*", "authorization"]),
    );
    // Whitespace around the names is not echoed.
    for spaced in ["x-a , x-b", "x-a\t,\tx-b", " x-a,x-b ", "x-a ,x-b "] {
        let result = app.send(preflight_with_headers([spaced]));
        assert_eq!(result.header("access-control-allow-headers"), "x-a,x-b", "{spaced:?}");
    }
    for (lines, echoed) in [
        (&["a"][..], "a"),
        (&["a,b"], "a,b"),
        (&["authorization,x-a"], "authorization,x-a"),
        (&["b,a"], "b,a"),
        (&["A"], "A"),
        (&["a, b"], "a,b"),
        (&[" \ta ,,\tb,"], "a,b"),
        (&["a", "b"], "a,b"),
        (&["a", "", "b,c"], "a,b,c"),
    ] {
        let request = lines.iter().fold(preflight(APP, "PUT"), |request, line| {
            request.header("access-control-request-headers", *line)
        });
        app.send(request).is_allowed_preflight([
            CREDENTIALS,
            &format!("access-control-allow-headers: {echoed}"),
            "access-control-allow-methods: PUT",
            ALLOW_APP,
            VARY,
        ]);
    }
    for empty in ["", ",", " , "] {
        app.send(preflight_with_headers([empty])).lacks("access-control-allow-headers");
    }
    for malformed in ["a b", "a;b", "a b;;;@@", "(", "a,\"b\"", "a,b:c", "é", "a\u{7}b", "[", "a/b"]
    {
        let request = preflight(APP, "PUT");
        let Ok(value) = http::HeaderValue::from_bytes(malformed.as_bytes()) else { continue };
        let request = request.header("access-control-request-headers", value);
        app.send(request).is_rejected_preflight(Step::RequestHeaders);
    }
}

#[test]
fn max_age_is_sent_only_if_set() {
    for (rule, expected) in [
        (rule(), None),
        (rule().max_age(Duration::ZERO), Some("0")),
        (rule().max_age(Duration::from_secs(5)), Some("5")),
        (rule().max_age(Duration::from_secs(86_400)), Some("86400")),
    ] {
        let result = App::with(rule).send(preflight(APP, "GET"));
        let sent = result.response.headers().get("access-control-max-age");
        assert_eq!(sent.map(|value| value.to_str().unwrap()), expected);
    }
}

#[test]
fn exposed_headers_are_absent_from_preflight_responses() {
    let app = App::with(rule().expose_headers(["etag"]));
    app.send(preflight(APP, "GET")).is_allowed_preflight([ALLOW_APP, VARY]);
}

#[test]
fn allowed_preflight_has_the_configured_status() {
    for status in [200, 204, 299] {
        let config = CorsConfig::from(vec![rule()]).preflight_status(status);
        let app = App::new(CorsPolicy::new(config).unwrap());
        assert_eq!(app.send(preflight(APP, "GET")).response.status(), status);
        app.send(preflight(EVIL, "GET")).is_rejected_preflight(Step::Origin);
    }
}

#[test]
fn first_matching_rule_decides_alone() {
    let app = App::first_match([
        Rule::for_origins([APP]).allow_credentials(true).allow_methods(["PUT"]),
        Rule::for_origins(["https://b.example", APP]).allow_methods(["DELETE"]),
        Rule::for_any_origin().allow_methods(["PATCH"]),
    ]);
    app.send(preflight(APP, "PUT")).is_allowed_preflight([
        CREDENTIALS,
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        VARY,
    ]);
    app.send(preflight(APP, "DELETE")).fails_at(Step::Method);
    app.send(preflight(APP, "PATCH")).fails_at(Step::Method);
    app.send(preflight("https://b.example", "DELETE")).is_allowed_preflight([
        "access-control-allow-methods: DELETE",
        "access-control-allow-origin: https://b.example",
        VARY,
    ]);
    app.send(preflight(EVIL, "PATCH")).is_allowed_preflight([
        "access-control-allow-methods: PATCH",
        "access-control-allow-origin: *",
        VARY,
    ]);
    assert_eq!(app.send(preflight(EVIL, "PATCH")).decision.rule(), Some(2));
    assert_eq!(app.send(preflight(APP, "PATCH")).decision.rule(), None);
}

// Browsers never enforced Private Network Access and have abandoned it. A response header would only disclose
// information about the network.
#[test]
fn private_network_request_gets_no_extra_header() {
    let app = App::with(rule());
    let request = preflight(APP, "GET").header("access-control-request-private-network", "true");
    app.send(request).is_allowed_preflight([ALLOW_APP, VARY]);
    let request = preflight(EVIL, "GET").header("access-control-request-private-network", "true");
    app.send(request).is_rejected_preflight(Step::Origin);
}

// <https://github.com/grpc/grpc-rust/issues/1524>: the headers that gRPC-Web and Connect clients send and read.
#[test]
fn grpc_web_preset_lists_the_headers_of_its_clients() {
    let app = App::with(rule().allow_grpc_web());
    for names in [
        "content-type,x-grpc-web,x-user-agent",
        "content-type,grpc-timeout,x-grpc-web,x-user-agent",
        "connect-protocol-version,connect-timeout-ms,content-type",
    ] {
        let request = preflight(APP, "POST").header("access-control-request-headers", names);
        app.send(request).is_allowed_preflight([
            "access-control-allow-headers: content-type,x-grpc-web,x-user-agent,grpc-timeout,\
             connect-protocol-version,connect-timeout-ms",
            ALLOW_APP,
            VARY,
        ]);
    }
    assert_eq!(
        app.send(from(APP, "POST")).header("access-control-expose-headers"),
        "grpc-status,grpc-message,grpc-status-details-bin",
    );
}
