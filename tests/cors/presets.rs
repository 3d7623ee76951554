//! What presets allow, and nothing beyond. PEERS rows 33, 39, 41.

use tower_cross_origin::cors::{CorsPolicy, Lint, LintKind, Outcome, Rule, Step};

use crate::support::{APP, App, EVIL, asking, from, get, preflight};

#[test]
fn public_reading_is_for_everybody_and_lets_nobody_write() {
    let app = App::with(Rule::public_read_only());
    for origin in [APP, EVIL, "null"] {
        app.send(get(origin)).is_passed_on_with([
            "access-control-allow-origin: *",
            "access-control-expose-headers: *",
        ]);
    }
    for name in ["range", "if-range", "if-none-match", "if-modified-since", "last-event-id"] {
        let answer = app.send(preflight(APP, "GET").header("access-control-request-headers", name));
        assert_eq!(answer.decision.outcome(), Outcome::PreflightAllowed, "{name}");
        assert_eq!(answer.header("access-control-max-age"), "600");
        answer.lacks("access-control-allow-credentials");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        app.send(preflight(APP, method)).is_refused_preflight(Step::Method);
    }
    let json = preflight(APP, "POST").header("access-control-request-headers", "content-type");
    app.send(json).is_refused_preflight(Step::RequestHeaders);
    let token = preflight(APP, "GET").header("access-control-request-headers", "authorization");
    app.send(token).is_refused_preflight(Step::RequestHeaders);
    let error = CorsPolicy::new(Rule::public_read_only().allow_credentials(true));
    assert!(error.is_err(), "everybody, and as somebody");
}

/// <https://github.com/portofcontext/pctx/issues/58> and others: `permissive()` in a local server.
#[test]
fn loopback_origins_are_this_machine_and_no_other() {
    let app = App::with(Rule::for_loopback_origins());
    for own in [
        "http://localhost",
        "http://localhost:5173",
        "https://localhost:8443",
        "http://app.localhost:3000",
        "http://127.0.0.1:8080",
        "https://[::1]",
    ] {
        assert_eq!(app.send(get(own)).decision.outcome(), Outcome::Allowed, "{own}");
        let all = preflight(own, "CHICKEN")
            .header("access-control-request-headers", "authorization,x-anything");
        assert_eq!(app.send(all).decision.outcome(), Outcome::PreflightAllowed, "{own}");
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
fn loopback_origins_with_credentials_are_a_lint_each() {
    let policy = CorsPolicy::new(Rule::for_loopback_origins().allow_credentials(true)).unwrap();
    let kinds: Vec<&LintKind> = policy.lints().iter().map(Lint::kind).collect();
    assert_eq!(kinds, [&LintKind::LoopbackOriginWithCredentials; 8]);
}

#[test]
fn grpc_web_and_connect_send_and_read_what_they_need() {
    let app = App::with(Rule::for_origins([APP]).allow_grpc_web());
    let names = "connect-protocol-version,connect-timeout-ms,content-type,grpc-timeout,x-grpc-web,\
                 x-user-agent";
    let asked = preflight(APP, "POST").header("access-control-request-headers", names);
    assert_eq!(app.send(asked).decision.outcome(), Outcome::PreflightAllowed);
    app.send(from(APP, "POST")).is_passed_on_with([
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: grpc-status,grpc-message,grpc-status-details-bin",
        "vary: origin",
    ]);
    app.send(asking(["x-tenant"])).is_refused_preflight(Step::Method);
}
