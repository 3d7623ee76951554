//! Origins matched by a predicate. PEERS 12; MATRIX row 33; DESIGN 8.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{
    HeaderName,
    header::{HOST, ORIGIN},
};
use tower_cross_origin::{
    cors::{CorsPolicy, LintKind, OriginPredicate, Outcome, Rule, Step},
    origin::Host,
};

use crate::support::{APP, App, EVIL, get, preflight};

#[test]
fn predicate_receives_the_parsed_origin() {
    let is_ours = OriginPredicate::new(|origin, _| {
        matches!(origin.host(), Some(Host::Domain(name)) if name.ends_with(".example.com"))
            && origin.scheme() == Some("https")
            && origin.port().is_none_or(|port| port == 8443)
    });
    let app = App::with(Rule::for_origins_where(is_ours));
    for (origin, outcome) in [
        (APP, Outcome::Allowed),
        ("https://a.example.com:8443", Outcome::Allowed),
        ("https://a.example.com:8444", Outcome::Rejected),
        ("http://a.example.com", Outcome::Rejected),
        ("https://example.com", Outcome::Rejected),
        (EVIL, Outcome::Rejected),
    ] {
        assert_eq!(app.send(get(origin)).decision.outcome(), outcome, "{origin}");
    }
    app.send(get(APP)).is_passed_on_with([
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ]);
    app.send(preflight(EVIL, "GET")).is_rejected_preflight(Step::Origin);
}

// A malformed origin is never echoed, and `null` has its own setting.
#[test]
fn predicate_is_called_only_for_valid_origins() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let any_origin = OriginPredicate::new(move |origin, _| {
        assert!(!origin.is_opaque());
        count.fetch_add(1, Ordering::SeqCst);
        true
    });
    let app = App::with(Rule::for_origins_where(any_origin));
    for malformed in ["null", "https://evil.com/", "https://evil.com#.example.com", "HTTPS://a.b"] {
        app.send(get(malformed)).is_passed_on_with(["vary: origin"]);
        app.send(preflight(malformed, "GET")).is_rejected_preflight(Step::Origin);
    }
    app.send(get(EVIL).header(ORIGIN, EVIL)).is_passed_on_with(["vary: origin"]);
    app.send(http::Request::get("/")).is_passed_on_with(["vary: origin"]);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    app.send(get(EVIL))
        .is_passed_on_with(["access-control-allow-origin: https://evil.example", "vary: origin"]);
    assert_eq!(calls.load(Ordering::SeqCst), 2, "called by the decision and by the service");
}

#[test]
fn predicate_is_called_only_for_unlisted_origins() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let no_origin = OriginPredicate::new(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        false
    });
    let app = App::with(
        Rule::for_origins([APP, "https://*.example.org"]).add_origin_predicate(no_origin),
    );
    for origin in [APP, "https://a.example.org"] {
        assert_eq!(app.send(get(origin)).decision.outcome(), Outcome::Allowed);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert_eq!(app.send(get(EVIL)).decision.outcome(), Outcome::Rejected);
    let expected = "called by the decision, the explanation and the service";
    assert_eq!(calls.load(Ordering::SeqCst), 3, "{expected}");
}

// A network attacker can modify an insecure page.
#[test]
fn predicate_with_credentials_ignores_insecure_origins() {
    let any_origin = || OriginPredicate::new(|_, _| true);
    let rule = || Rule::for_origins_where(any_origin()).allow_credentials(true);
    let app = App::with(rule());
    for (origin, outcome) in [
        ("https://a.example", Outcome::Allowed),
        ("capacitor://localhost", Outcome::Allowed),
        ("http://localhost:3000", Outcome::Allowed),
        ("http://127.0.0.1", Outcome::Allowed),
        ("http://a.example", Outcome::Rejected),
        ("http://localhost.evil.example", Outcome::Rejected),
    ] {
        assert_eq!(app.send(get(origin)).decision.outcome(), outcome, "{origin}");
    }
    let insecure = get("http://a.example");
    let open = App::with(rule().dangerously_allow_insecure_origins(true));
    assert_eq!(open.send(insecure).decision.outcome(), Outcome::Allowed);
    let public = App::with(Rule::for_origins_where(any_origin()));
    assert_eq!(public.send(get("http://a.example")).decision.outcome(), Outcome::Allowed);
}

// <https://github.com/rs/cors/blob/master/cors.go>, `AllowOriginVaryRequestFunc`: the function returns the
// names of the headers that it reads.
#[test]
fn headers_read_by_a_predicate_are_in_every_vary() {
    let by_tenant = OriginPredicate::new(|origin, head| {
        let host = head.headers().get(HOST).and_then(|host| host.to_str().ok());
        matches!((origin.host(), host), (Some(Host::Domain(page)), Some(host)) if page == host)
    })
    .varies_on([HOST, HeaderName::from_static("x-tenant"), ORIGIN, HOST]);
    let app = App::first_match([
        Rule::for_origins([APP]),
        Rule::for_origins_where(by_tenant),
        Rule::for_any_origin(),
    ]);
    let vary = "vary: origin, host, x-tenant";
    let tenant = get("https://a.example").header(HOST, "a.example");
    app.send(tenant).is_passed_on_with(["access-control-allow-origin: https://a.example", vary]);
    app.send(get("https://a.example").header(HOST, "b.example"))
        .is_passed_on_with(["access-control-allow-origin: *", vary]);
    app.send(get(APP))
        .is_passed_on_with(["access-control-allow-origin: https://app.example.com", vary]);
    app.send(http::Request::get("/")).is_passed_on_with([vary]);
    let preflights =
        "origin, host, x-tenant, access-control-request-method, access-control-request-headers";
    assert_eq!(app.send(preflight(APP, "GET")).header("vary"), preflights);
    let rejected = app.send(preflight(APP, "PUT"));
    rejected.fails_at(Step::Method);
    assert_eq!(rejected.header("vary"), preflights);
}

#[test]
fn predicate_affects_lints_but_not_equality() {
    let rule = || Rule::for_origins([APP]);
    assert_eq!(rule(), rule().add_origin_predicate(OriginPredicate::new(|_, _| true)));
    let lints = |rules: [Rule; 2]| {
        let policy = CorsPolicy::new(rules).unwrap();
        policy.lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>()
    };
    let with_predicate = || rule().add_origin_predicate(OriginPredicate::new(|_, _| true));
    assert_eq!(lints([rule(), rule()]), [LintKind::ShadowedRule]);
    assert_eq!(lints([rule(), with_predicate()]), [LintKind::ShadowedOrigin]);
    assert_eq!(lints([Rule::for_any_origin(), with_predicate()]), [LintKind::ShadowedRule]);
}
