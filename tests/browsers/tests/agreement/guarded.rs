//! Checks the received requests with `guard::RequirePreflight`. A browser never sends one that the guard denies.

use std::collections::BTreeMap;

use axum::http::Request;
use browsers::Engine;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, Rule},
    guard::{Check, RequirePreflight, Verdict},
};

use super::{
    hosts::Ports,
    policies::policy,
    recorder::{Arrived, is_preflight},
    scenario::Scenario,
    values::Hops,
};

/// Asserts that the policy of each scenario allows the preflights of its requests.
///
/// After a redirect to another origin, Firefox sends a request with `Origin: null` after a preflight with the origin of
/// the page. The guard denies such a request.
pub fn assert_none_is_denied(
    engine: Engine,
    scenarios: &[Scenario],
    arrived: &BTreeMap<usize, Vec<Arrived>>,
    ports: Ports,
) {
    let other = CorsPolicy::new(Rule::for_origins(["https://other.example"]));
    let strict = RequirePreflight::new(other.expect("the rule is valid"));
    let (mut needed, mut after_redirects) = (0, 0);
    for scenario in scenarios {
        let policy = policy(scenario.policy, scenario.max_age, ports);
        let Some(check) = policy.map(RequirePreflight::new) else { continue };
        let requests = arrived.get(&scenario.number).into_iter().flatten();
        for one in requests.filter(|one| !is_preflight(one)) {
            let request = request(one);
            let head = RequestHead::from(&request);
            needed += usize::from(strict.check(&head) != Verdict::Allow);
            if check.check(&head) == Verdict::Allow {
                continue;
            }
            let is_redirected =
                !matches!(scenario.hops, Hops::None | Hops::Within302 | Hops::Within307);
            let has_null = one.get("origin").is_some_and(|origin| origin == "null");
            let is_known = engine == Engine::Firefox && is_redirected && has_null;
            assert!(is_known, "the guard denies {one:?} of {engine:?} in {scenario:?}");
            after_redirects += 1;
        }
    }
    println!("{needed} requests after a preflight; {after_redirects} denied after a redirect");
    assert!(needed >= 200, "{needed}");
    assert_eq!(after_redirects > 0, engine == Engine::Firefox);
}

fn request(arrived: &Arrived) -> Request<()> {
    let mut request = Request::builder().method(&*arrived["method"]).uri(&arrived["path"]);
    for (name, value) in arrived.iter().filter(|(name, _)| !["method", "path"].contains(*name)) {
        request = request.header(*name, value);
    }
    request.body(()).expect("the server received the request")
}
