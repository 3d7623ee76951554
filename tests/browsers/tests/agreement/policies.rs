//! The policies of the scenarios.

use std::time::Duration;

use tower_cross_origin::cors::{CorsPolicy, Rule};

use super::{
    hosts::{Host, Ports},
    values::{MaxAge, Policy},
};

/// Returns the policy, or `None` if the scenario has no CORS layer.
pub fn policy(policy: Policy, max_age: MaxAge, ports: Ports) -> Option<CorsPolicy> {
    let exact = || Rule::for_origins([Host::App, Host::Address].map(|host| host.origin(ports)));
    let rules = match policy {
        Policy::Exact => vec![with_lists(exact().allow_credentials(true))],
        Policy::ExactWithAnything => {
            let rule = exact().allow_credentials(true).allow_any_method().allow_any_header();
            vec![rule.expose_headers(["x-shown", "x-hidden"])]
        }
        Policy::ExactWithoutMethods => {
            vec![exact().allow_credentials(true).allow_any_header()]
        }
        Policy::ExactWithoutHeaders => vec![exact().allow_any_method()],
        Policy::Pattern => vec![with_lists(Rule::for_origins(["http://*.localhost:*"]))],
        Policy::PatternWithCredentials => {
            let rule = Rule::for_origins(["http://*.localhost:*"]).allow_credentials(true);
            vec![with_lists(rule.dangerously_allow_public_suffixes(true))]
        }
        Policy::Any => vec![Rule::for_any_origin()],
        Policy::AnyWithLists => vec![with_lists(Rule::for_any_origin())],
        Policy::AnyWithAnything => vec![with_anything(Rule::for_any_origin())],
        Policy::AnyWithAuthorization => {
            vec![with_anything(Rule::for_any_origin()).allow_headers(["authorization"])]
        }
        Policy::ExactBeforeAny => {
            vec![with_lists(exact().allow_credentials(true)), with_anything(Rule::for_any_origin())]
        }
        Policy::Null => vec![with_lists(exact().dangerously_allow_null_origin(true))],
        Policy::OtherOrigin => {
            vec![with_lists(Rule::for_origins(["https://other.example"]).allow_credentials(true))]
        }
        Policy::NoLayer | Policy::ManualWildcards => return None,
    };
    let rules = rules.into_iter().map(|rule| match max_age {
        MaxAge::Absent => rule,
        MaxAge::Zero => rule.max_age(Duration::ZERO),
        MaxAge::Long => rule.max_age(Duration::from_secs(600)),
    });
    Some(CorsPolicy::new(rules.collect::<Vec<_>>()).expect("all rules are valid"))
}

fn with_lists(rule: Rule) -> Rule {
    rule.allow_methods(["PUT", "PATCH", "DELETE"])
        .allow_headers(["accept", "content-type", "authorization", "x-one", "x-two"])
        .expose_headers(["x-shown"])
}

fn with_anything(rule: Rule) -> Rule {
    rule.allow_any_method().allow_any_header().expose_any_header()
}
