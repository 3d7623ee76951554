//! Requests that presets allow and reject. PEERS rows 33, 39, 41.

use tower_cross_origin::cors::{CorsPolicy, Lint, LintKind, Outcome, Rule, Step};

use crate::support::{APP, App, EVIL, from, get, preflight, preflight_with_headers};

#[test]
fn public_read_only_preset_allows_reads_and_rejects_writes() {
    let app = App::with(Rule::public_read_only());
    for origin in [APP, EVIL, "null"] {
        app.send(get(origin)).is_passed_on_with([
            "access-control-allow-origin: *",
            "access-control-expose-headers: *",
        ]);
    }
    for name in ["range", "if-range", "if-none-match", "if-modified-since", "last-event-id"] {
        let result = app.send(preflight(APP, "GET").header("access-control-request-headers", name));
        assert_eq!(result.decision.outcome(), Outcome::PreflightAllowed, "{name}");
        assert_eq!(result.header("access-control-max-age"), "600");
        result.lacks("access-control-allow-credentials");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        app.send(preflight(APP, method)).fails_at(Step::Method);
    }
    let json = preflight(APP, "POST").header("access-control-request-headers", "content-type");
    app.send(json).fails_at(Step::RequestHeaders);
    let token = preflight(APP, "GET").header("access-control-request-headers", "authorization");
    app.send(token).fails_at(Step::RequestHeaders);
    let error = CorsPolicy::new(Rule::public_read_only().allow_credentials(true));
    assert!(error.is_err(), "any origin with credentials must be rejected");
}

// <https://github.com/portofcontext/pctx/issues/58> and others: `permissive()` in a local server.
#[test]
fn loopback_preset_matches_only_this_machine() {
    let app = App::with(Rule::for_loopback_origins());
    for loopback in [
        "http://localhost",
        "http://localhost:5173",
        "https://localhost:8443",
        "http://app.localhost:3000",
        "http://127.0.0.1:8080",
        "https://[::1]",
    ] {
        assert_eq!(app.send(get(loopback)).decision.outcome(), Outcome::Allowed, "{loopback}");
        let request = preflight(loopback, "CHICKEN")
            .header("access-control-request-headers", "authorization,x-anything");
        let outcome = app.send(request).decision.outcome();
        assert_eq!(outcome, Outcome::PreflightAllowed, "{loopback}");
    }
    for other in [
        EVIL,
        "null",
        "http://localhost.evil.example",
        "http://evil-localhost",
        "http://127.0.0.2",
        "http://192.168.0.1:8080",
        "capacitor://localhost",
        "http://localhost:0",
    ] {
        assert_eq!(app.send(get(other)).decision.outcome(), Outcome::Rejected, "{other}");
    }
    app.send(get("http://localhost")).lacks("access-control-allow-credentials");
}

#[test]
fn each_loopback_pattern_with_credentials_is_a_lint() {
    let policy = CorsPolicy::new(Rule::for_loopback_origins().allow_credentials(true)).unwrap();
    let kinds: Vec<&LintKind> = policy.lints().iter().map(Lint::kind).collect();
    assert_eq!(kinds, [&LintKind::LoopbackOriginWithCredentials; 8]);
}

#[test]
fn app_webview_preset_matches_only_origins_of_frameworks() {
    let app = App::with(Rule::for_app_webviews().allow_headers(["authorization"]));
    let (custom, web) = (
        ["tauri://localhost", "capacitor://localhost", "ionic://localhost"],
        [
            "http://tauri.localhost",
            "https://tauri.localhost",
            "http://localhost",
            "https://localhost",
        ],
    );
    for origin in custom.iter().chain(&web) {
        let result = app.send(get(origin));
        assert_eq!(result.decision.outcome(), Outcome::Allowed, "{origin}");
        result.lacks("access-control-allow-credentials");
    }
    for other in [
        EVIL,
        "null",
        "file://",
        "http://localhost:3000",
        "http://app.localhost",
        "tauri://localhost:3000",
        "tauri://evil",
        "app://localhost",
        "http://tauri.localhost.evil.example",
        "chrome-extension://localhost",
    ] {
        assert_eq!(app.send(get(other)).decision.outcome(), Outcome::Rejected, "{other}");
    }
    // Every application of a framework has the same origin.
    let policy = CorsPolicy::new(Rule::for_app_webviews().allow_credentials(true)).unwrap();
    let mut linted: Vec<(&str, &LintKind)> =
        policy.lints().iter().map(|lint| (lint.value(), lint.kind())).collect();
    linted.sort_unstable_by_key(|(origin, _)| *origin);
    let shared = |origin| (origin, &LintKind::FrameworkOriginWithCredentials);
    let local = |origin| (origin, &LintKind::ApplicationOriginWithCredentials);
    let mut expected: Vec<_> = custom.map(shared).into_iter().chain(web.map(local)).collect();
    expected.sort_unstable_by_key(|(origin, _)| *origin);
    assert_eq!(linted, expected);
}

#[test]
fn grpc_web_preset_allows_and_exposes_its_headers() {
    let app = App::with(Rule::for_origins([APP]).allow_grpc_web());
    let names = "connect-protocol-version,connect-timeout-ms,content-type,grpc-timeout,x-grpc-web,\
                 x-user-agent";
    let request = preflight(APP, "POST").header("access-control-request-headers", names);
    assert_eq!(app.send(request).decision.outcome(), Outcome::PreflightAllowed);
    app.send(from(APP, "POST")).is_passed_on_with([
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: grpc-status,grpc-message,grpc-status-details-bin",
        "vary: origin",
    ]);
    app.send(preflight_with_headers(["x-tenant"])).fails_at(Step::Method);
}

// R31. A rule of a file equals a rule of code, and both equal a rule whose lists are written out.
#[test]
fn preset_in_file_equals_setter() {
    type Setter = fn(Rule) -> Rule;
    let table: [(&str, Setter); 18] = [
        ("axios", Rule::allow_axios),
        ("filepond", Rule::allow_filepond),
        ("graphql-sse", Rule::allow_graphql_sse),
        ("grpc-web", Rule::allow_grpc_web),
        ("htmx", Rule::allow_htmx),
        ("mcp", Rule::allow_mcp),
        ("openai", Rule::allow_openai),
        ("opentelemetry", Rule::allow_opentelemetry),
        ("pdfjs", Rule::allow_pdfjs),
        ("rxjs", Rule::allow_rxjs),
        ("s3", Rule::allow_s3),
        ("sentry", Rule::allow_sentry),
        ("signalr", Rule::allow_signalr),
        ("sse-over-fetch", Rule::allow_sse_over_fetch),
        ("supabase", Rule::allow_supabase),
        ("trpc", Rule::allow_trpc),
        ("turbo", Rule::allow_turbo),
        ("tus", Rule::allow_tus),
    ];
    for (name, setter) in table {
        let rule = setter(Rule::for_origins([APP]));
        let text = format!("origins = [{APP:?}]\npresets = [{name:?}]");
        assert_eq!(toml::from_str::<Rule>(&text).unwrap(), rule, "{name}");
        assert_eq!(toml::to_string(&rule).unwrap().trim(), text, "{name}");
        assert_eq!(setter(rule.clone()), rule, "{name} twice");
        let policy = CorsPolicy::new([
            rule,
            setter(Rule::for_origins(["https://b.example"]).allow_credentials(true)),
            setter(
                Rule::for_any_origin().allow_any_method().allow_any_header().expose_any_header(),
            ),
        ]);
        assert_eq!(policy.unwrap().lints(), [], "{name}");
    }
    let schema = include_str!("../../schema/cors.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let presets = &schema["$defs"]["Rule"]["properties"]["presets"]["items"]["oneOf"];
    let in_schema: Vec<&str> =
        presets.as_array().unwrap().iter().map(|one| one["const"].as_str().unwrap()).collect();
    assert_eq!(in_schema, table.map(|(name, _)| name), "the table of this test lacks a preset");
}

#[test]
fn preset_equals_lists_that_are_written_out() {
    let origin = || Rule::for_origins([APP]).allow_methods(["QUERY"]).expose_headers(["etag"]);
    let preset = origin().allow_turbo().allow_signalr();
    let lists = origin().allow_methods(["DELETE"]).allow_headers([
        "X-Turbo-Request-Id",
        "turbo-frame",
        "authorization",
        "x-requested-with",
        "x-signalr-user-agent",
    ]);
    let [preset, lists] = [preset, lists].map(|rule| CorsPolicy::new(rule).unwrap());
    assert!(preset.difference(&lists).changes().is_empty());
    let lost = preset.difference(&CorsPolicy::new(origin().allow_turbo()).unwrap()).to_string();
    assert!(lost.contains("x-signalr-user-agent"), "{lost}");
    let app = App::with(Rule::for_origins([APP]).allow_s3());
    let names = "x-amz-date,amz-sdk-request,authorization";
    let request = preflight(APP, "PUT").header("access-control-request-headers", names);
    assert_eq!(app.send(request).decision.outcome(), Outcome::PreflightAllowed);
}

#[test]
fn preset_names_and_entries_that_repeat_are_lints() {
    let rule = Rule::for_origins([APP]).allow_s3();
    let rule =
        rule.allow_methods(["PUT", "PATCH"]).allow_headers(["x-amz-meta-a", "x-a", "x-amz-*"]);
    let policy = CorsPolicy::new(rule.expose_headers(["ETag", "x-b"])).unwrap();
    let lints: Vec<(&str, &LintKind)> =
        policy.lints().iter().map(|lint| (lint.setting(), lint.kind())).collect();
    let kind = &LintKind::ContainedInPreset;
    let settings = [
        "rules[0].allow_methods[0]",
        "rules[0].allow_headers[0]",
        "rules[0].allow_headers[2]",
        "rules[0].expose_headers[0]",
    ];
    assert_eq!(lints, settings.map(|setting| (setting, kind)));
}

// The fix of an explanation names a preset if only its client sends one of the missing names.
#[test]
fn explanation_suggests_preset_of_missing_names() {
    let fix_of = |rule: Rule, names: &str| {
        let request = preflight(APP, "POST").header("access-control-request-headers", names);
        let request = request.body(()).unwrap();
        let help =
            CorsPolicy::new(rule).unwrap().explain(&request).help().collect::<Vec<_>>().join("\n");
        help.split_once("; or ").map(|(_, preset)| preset.to_owned())
    };
    for (names, fix) in [
        ("tus-resumable,upload-length,upload-metadata", Some(r#"rules[0].presets: add "tus""#)),
        (
            "authorization,content-type,tus-resumable,x-a",
            Some(r#"rules[0].presets: add "tus", and allow_headers: add "authorization", "x-a""#),
        ),
        ("Sentry-Trace,baggage", Some(r#"rules[0].presets: add "sentry""#)),
        ("baggage,traceparent", Some(r#"rules[0].presets: add "opentelemetry""#)),
        ("x-amz-date", Some(r#"rules[0].presets: add "s3""#)),
        ("user-agent,x-stainless-os", Some(r#"rules[0].presets: add "openai""#)),
        ("content-type", None),
        // Two presets have it.
        ("user-agent", None),
        ("authorization,content-type", None),
        ("upload-offset", None),
        ("tus-resumable,x-stainless-os", None),
        ("x-a", None),
    ] {
        assert_eq!(fix_of(Rule::for_origins([APP]), names).as_deref(), fix, "{names}");
    }
}

#[test]
fn explanation_of_response_suggests_preset_of_unexposed_headers() {
    let policy = CorsPolicy::new(Rule::for_origins([APP])).unwrap();
    for (request_header, response_headers, preset) in [
        (None, &["mcp-session-id"][..], Some("mcp")),
        (Some("tus-resumable"), &["location", "x-a"], Some("tus")),
        (None, &["upload-length"], Some("tus")),
        (Some("x-amz-date"), &["etag"], Some("s3")),
        (None, &["etag"], None),
        (None, &["x-request-id"], None),
        (None, &["content-range"], None),
        (None, &["www-authenticate"], None),
        (Some("sentry-trace"), &["etag"], None),
    ] {
        let mut request = get(APP);
        if let Some(name) = request_header {
            request = request.header(name, "1");
        }
        let mut headers = http::HeaderMap::new();
        for name in response_headers {
            headers.insert(http::HeaderName::from_static(name), "1".parse().unwrap());
        }
        let explanation = policy.explain_response(&request.body(()).unwrap(), &headers);
        let help = explanation.help().last().unwrap_or_default();
        let (_, found) = help.split_once("; or rules[0].presets: add ").unzip();
        let found = found.map(|name| name.trim_matches('"'));
        assert_eq!(found, preset, "{response_headers:?}: {help}");
    }
}
