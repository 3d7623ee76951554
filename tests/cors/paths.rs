//! Rules with paths, and paths at which CORS is not handled.

use http::{Request, request};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsLayer, CorsPolicy, Decision, FaultKind, LintKind, Outcome, Rule, Step},
};

use crate::support::{APP, EVIL};

/// Returns rules for public paths next to an API with credentials.
fn config() -> CorsConfig {
    CorsConfig::from([
        Rule::for_any_origin().paths(["/.well-known/*", "/feed"]).name("public"),
        Rule::for_origins([APP]).allow_credentials(true).allow_methods(["PUT"]).paths(["/api/*"]),
    ])
    .not_handled(["/files/*"])
}

fn decide(config: CorsConfig, request: request::Builder) -> Decision {
    let policy = CorsPolicy::new(config).unwrap();
    policy.decide(&RequestHead::from(&request.body(()).unwrap()))
}

fn get(path: &str, origin: &str) -> request::Builder {
    Request::get(path).header("origin", origin)
}

fn preflight(path: &str, origin: &str) -> request::Builder {
    Request::options(path).header("origin", origin).header("access-control-request-method", "PUT")
}

#[test]
fn only_rules_with_the_path_apply() {
    for (path, origin, actual, preflighted) in [
        ("/.well-known/a", EVIL, Outcome::Allowed, Some(Step::Method)),
        ("/.well-known/a/b", APP, Outcome::Allowed, Some(Step::Method)),
        ("/feed", EVIL, Outcome::Allowed, Some(Step::Method)),
        ("/feed?a=/api/", EVIL, Outcome::Allowed, Some(Step::Method)),
        ("/feed/", EVIL, Outcome::Rejected, Some(Step::Origin)),
        ("/Feed", EVIL, Outcome::Rejected, Some(Step::Origin)),
        ("/api/a", APP, Outcome::Allowed, None),
        ("/api/a", EVIL, Outcome::Rejected, Some(Step::Origin)),
        ("/api", APP, Outcome::Rejected, Some(Step::Origin)),
        ("/", APP, Outcome::Rejected, Some(Step::Origin)),
        ("*", APP, Outcome::Rejected, Some(Step::Origin)),
    ] {
        assert_eq!(decide(config(), get(path, origin)).outcome(), actual, "{path} {origin}");
        let decision = decide(config(), preflight(path, origin));
        assert_eq!(decision.failed_step(), preflighted, "{path} {origin}");
    }
}

// DESIGN 17, CVE-2025-47910: a router may interpret these paths as other paths.
#[test]
fn no_rule_applies_at_an_ambiguous_path() {
    let with_general_rule = || config().add_rule(Rule::for_origins([EVIL]));
    for path in [
        "/.well-known/../api/a",
        "/.well-known/%2e%2e/api/a",
        "/.well-known/%2E./api/a",
        "/.well-known//a",
        "/.well-known/a%2fb",
        "/.well-known/a%5Cb",
        "/.well-known/..;/api",
        "/.well-known/.",
    ] {
        assert_eq!(decide(config(), get(path, EVIL)).outcome(), Outcome::Rejected, "{path}");
        let decision = decide(with_general_rule(), get(path, EVIL));
        assert_eq!(decision.outcome(), Outcome::Rejected, "{path}");
        let decision = decide(with_general_rule(), preflight(path, EVIL));
        assert_eq!(decision.failed_step(), Some(Step::Origin), "{path}");
        let enforced = decide(config().enforce(true), get(path, APP));
        assert_eq!(enforced.outcome(), Outcome::Forbidden, "{path}");
    }
    // Without paths, rules apply at every path.
    let general = CorsConfig::from(Rule::for_origins([EVIL])).not_handled(["/files/*"]);
    assert_eq!(decide(general, get("/a/../b", EVIL)).outcome(), Outcome::Allowed);
}

#[test]
fn enforce_rejects_where_no_rule_applies() {
    let enforced = |request| decide(config().enforce(true), request).outcome();
    assert_eq!(enforced(get("/", APP)), Outcome::Forbidden);
    assert_eq!(enforced(get("/api/a", APP)), Outcome::Allowed);
    assert_eq!(enforced(get("/api/a", EVIL)), Outcome::Forbidden);
    assert_eq!(enforced(get("/feed", EVIL)), Outcome::Allowed);
    let own = get("/", APP).header("sec-fetch-site", "same-origin");
    assert_eq!(enforced(own), Outcome::SameOrigin);
}

#[test]
fn cors_is_not_handled_at_listed_paths() {
    for request in [
        get("/files/a", EVIL),
        preflight("/files/a", EVIL),
        Request::get("/files/a"),
        Request::post("/files/a").header("origin", EVIL),
    ] {
        assert_eq!(decide(config().enforce(true), request).outcome(), Outcome::NotHandled);
    }
    for path in ["/files", "/files/../api/a", "/files//a", "/files/%2e%2e/api"] {
        let decision = decide(config().enforce(true), preflight(path, EVIL));
        assert_eq!(decision.outcome(), Outcome::PreflightRejected, "{path}");
    }
}

/// Returns the response headers, for a service that sets CORS headers.
fn response_lines(config: CorsConfig, request: request::Builder) -> Vec<String> {
    let service = CorsLayer::new(CorsPolicy::new(config).unwrap()).layer(service_fn(
        async |_: Request<()>| {
            let response = http::Response::builder().header("access-control-allow-origin", "null");
            Ok::<_, std::convert::Infallible>(response.body(String::new()).unwrap())
        },
    ));
    let request = request.body(()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let response = runtime.block_on(service.oneshot(request)).unwrap();
    let lines = response.headers().iter();
    let mut lines: Vec<String> =
        lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

#[test]
fn vary_depends_on_the_rules_at_the_path() {
    let any = "access-control-allow-origin: *";
    for (request, expected) in [
        (get("/feed", EVIL), &[any][..]),
        (Request::get("/feed"), &[any]),
        (get("/api/a", EVIL), &["vary: origin"]),
        (Request::get("/api/a"), &["vary: origin"]),
        (get("/", APP), &[]),
        (get("/feed/../a", APP), &[]),
        (get("/files/a", APP), &["access-control-allow-origin: null"]),
        (preflight("/files/a", APP), &["access-control-allow-origin: null"]),
    ] {
        assert_eq!(response_lines(config(), request), expected);
    }
    let vary = "vary: origin, sec-fetch-site, sec-fetch-mode";
    assert_eq!(response_lines(config().enforce(true), Request::get("/")), [vary]);
}

#[test]
fn invalid_path_is_a_fault() {
    let faults = |config: CorsConfig| {
        let error = CorsPolicy::new(config).unwrap_err();
        let faults = error.faults().iter();
        faults.map(|fault| (fault.setting().to_owned(), fault.kind().clone())).collect::<Vec<_>>()
    };
    let rule = || Rule::for_origins([APP]).name("app");
    let found = faults(rule().paths(["/a", "b", "/c/../d"]).into());
    assert_eq!(found[0].0, "rules.app.paths[1]");
    assert_eq!(found[1].0, "rules.app.paths[2]");
    assert!(found.iter().all(|(_, kind)| matches!(kind, FaultKind::Path(_))));
    assert_eq!(
        faults(rule().paths([""; 0]).into()),
        [("rules.app.paths".to_owned(), FaultKind::NoPaths)]
    );
    let found = faults(CorsConfig::from(rule()).not_handled(["files/*"]));
    assert_eq!(found[0].0, "not_handled[0]");
}

#[test]
fn lints_compare_rules_at_their_paths() {
    let lints = |rules: [Rule; 2]| {
        let policy = CorsPolicy::new(rules).unwrap();
        policy.lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>()
    };
    let more = |path: &str, matches: &str| LintKind::MoreOriginsAtPath {
        path: path.to_owned(),
        matches: matches.to_owned(),
    };
    let [app, evil] = [APP, EVIL].map(|origin| Rule::for_origins([origin]));
    let any = Rule::for_any_origin;
    for (rules, expected) in [
        ([app.clone().paths(["/admin/*"]), evil.clone()], vec![more("/admin/*", EVIL)]),
        ([app.clone().paths(["/admin/*"]), any()], vec![more("/admin/*", "https://any.example")]),
        ([app.clone().paths(["/admin/*"]), evil.clone().paths(["/b", "/admin/x"])], vec![]),
        (
            [app.clone().paths(["/admin/*"]), evil.clone().paths(["/*"])],
            vec![more("/admin/*", EVIL)],
        ),
        ([app.clone().paths(["/admin/*"]), evil.clone().paths(["/api/*"])], vec![]),
        ([any().paths(["/.well-known/*"]), app.clone()], vec![]),
        ([app.clone(), app.clone().paths(["/a"])], vec![LintKind::ShadowedRule]),
        ([app.clone().paths(["/a/*"]), app.clone().paths(["/a/b"])], vec![LintKind::ShadowedRule]),
        ([app.clone().paths(["/a"]), app.clone()], vec![]),
        ([app.clone().paths(["/a"]), app.clone().paths(["/b"])], vec![]),
    ] {
        assert_eq!(lints(rules.clone()), expected, "{rules:?}");
    }
}

#[test]
fn explanation_names_the_rules_at_the_path() {
    let explain = |request: request::Builder| {
        let policy = CorsPolicy::new(config()).unwrap();
        policy.explain(&request.body(()).unwrap()).to_string()
    };
    assert!(explain(get("/api/a", EVIL)).contains("\npath: /api/a: rules[1] apply\n"));
    let text = explain(get("/", APP));
    assert!(text.contains("\npath: /: no rule applies\n"), "{text}");
    let text = explain(get("/api//a", APP));
    assert!(text.contains("no rule applies: the path has two slashes in a row"), "{text}");
    let text = explain(preflight("/files/a", EVIL));
    assert!(text.starts_with("CORS is not handled at this path\n"), "{text}");
}

#[test]
fn difference_has_the_paths_of_a_change() {
    let policy = |config: CorsConfig| CorsPolicy::new(config).unwrap();
    let difference =
        |old: CorsConfig, new: CorsConfig| policy(old).difference(&policy(new)).to_string();
    let rule = |paths: &[&str]| CorsConfig::from(Rule::for_origins([APP]).paths(paths));
    assert_eq!(difference(rule(&["/a"]), rule(&["/a"])), "");
    let gained = "origins gained: https://app.example.com (rules[0])";
    assert_eq!(difference(rule(&["/a"]), rule(&["/a", "/b/*"])), format!("{gained} at /b/*"));
    let general: CorsConfig = Rule::for_origins([APP]).into();
    assert_eq!(difference(rule(&["/a"]), general.clone()), format!("{gained} at other paths"));
    let methods = CorsConfig::from(Rule::for_origins([APP]).allow_methods(["PUT"]).paths(["/a"]));
    assert_eq!(
        difference(rule(&["/a"]), methods),
        "methods gained: PUT for https://app.example.com (rules[0]) at /a"
    );
    assert_eq!(
        difference(general.clone(), general.not_handled(["/files/*"])),
        "not_handled changed: [] -> [\"/files/*\"]"
    );
}
