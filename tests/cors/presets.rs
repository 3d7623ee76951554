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
