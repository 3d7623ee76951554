//! CORS headers of the service: DESIGN 9.

use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Rule, Step, UpstreamHeaders},
};

use crate::support::{APP, App, EVIL, cors_lines, get, preflight};

const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";

fn rule() -> Rule {
    Rule::for_origins([APP, "https://b.example"]).allow_credentials(true).expose_headers(["etag"])
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
    keep_upstream(rule()).send(preflight(APP, "DELETE")).fails_at(Step::Method);
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
