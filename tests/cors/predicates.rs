//! Origins by a function. PEERS 12; MATRIX row 33; DESIGN 8.

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
fn a_predicate_decides_by_the_parsed_origin() {
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
    app.send(preflight(EVIL, "GET")).is_refused_preflight(Step::Origin);
}

/// It can only choose among what a browser can send: nothing malformed is reflected, and `null` has a
/// setting of its own.
#[test]
fn a_predicate_is_asked_about_well_formed_origins_alone() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let anyone = OriginPredicate::new(move |origin, _| {
        assert!(!origin.is_opaque());
        count.fetch_add(1, Ordering::SeqCst);
        true
    });
    let app = App::with(Rule::for_origins_where(anyone));
    for malformed in ["null", "https://evil.com/", "https://evil.com#.example.com", "HTTPS://a.b"] {
        app.send(get(malformed)).is_passed_on_with(["vary: origin"]);
        app.send(preflight(malformed, "GET")).is_refused_preflight(Step::Origin);
    }
    app.send(get(EVIL).header(ORIGIN, EVIL)).is_passed_on_with(["vary: origin"]);
    app.send(http::Request::get("/")).is_passed_on_with(["vary: origin"]);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    app.send(get(EVIL))
        .is_passed_on_with(["access-control-allow-origin: https://evil.example", "vary: origin"]);
    assert_eq!(asked.load(Ordering::SeqCst), 2, "by the decision, and by the service");
}

#[test]
fn a_predicate_is_asked_only_about_what_the_rule_does_not_cover() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let nobody = OriginPredicate::new(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        false
    });
    let app =
        App::with(Rule::for_origins([APP, "https://*.example.org"]).add_origin_predicate(nobody));
    for origin in [APP, "https://a.example.org"] {
        assert_eq!(app.send(get(origin)).decision.outcome(), Outcome::Allowed);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(app.send(get(EVIL)).decision.outcome(), Outcome::Rejected);
    assert_eq!(asked.load(Ordering::SeqCst), 3, "by the decision, the explanation, the service");
}

/// Whoever sits between an insecure page and its user can write the page.
#[test]
fn with_credentials_no_predicate_covers_an_insecure_origin() {
    let anyone = || OriginPredicate::new(|_, _| true);
    let rule = || Rule::for_origins_where(anyone()).allow_credentials(true);
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
    let public = App::with(Rule::for_origins_where(anyone()));
    assert_eq!(public.send(get("http://a.example")).decision.outcome(), Outcome::Allowed);
}

/// <https://github.com/rs/cors/blob/master/cors.go>, `AllowOriginVaryRequestFunc`: the headers that a
/// function reads are told by it.
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
    let refused = app.send(preflight(APP, "PUT"));
    refused.is_refused_preflight(Step::Method);
    assert_eq!(refused.header("vary"), preflights);
}

#[test]
fn a_predicate_is_left_out_of_equality_and_is_never_shadowed() {
    let rule = || Rule::for_origins([APP]);
    assert_eq!(rule(), rule().add_origin_predicate(OriginPredicate::new(|_, _| true)));
    let lints = |rules: [Rule; 2]| {
        let policy = CorsPolicy::new(rules).unwrap();
        policy.lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>()
    };
    let asks = || rule().add_origin_predicate(OriginPredicate::new(|_, _| true));
    assert_eq!(lints([rule(), rule()]), [LintKind::ShadowedRule]);
    assert_eq!(lints([rule(), asks()]), [LintKind::ShadowedOrigin]);
    assert_eq!(lints([Rule::for_any_origin(), asks()]), [LintKind::ShadowedRule]);
}
