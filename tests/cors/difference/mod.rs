//! Differences between two policies. MATRIX section 4, rows 2 and 8.

mod table;
mod universe;

use std::time::Duration;

use tower_cross_origin::{
    cors::{ChangeKind, Effect, OriginPredicate, Rule},
    origin::OriginSet,
};

use crate::support::{APP, policy};

#[test]
fn each_change_is_displayed_on_one_line() {
    for (name, old, new, lines) in table::rows() {
        let difference = old.difference(&new);
        assert_eq!(difference.to_string(), lines.join("\n"), "{name}");
        assert_eq!(difference.is_empty(), lines.is_empty(), "{name}");
    }
}

#[test]
fn clone_of_a_policy_has_no_differences() {
    for (name, old, new, _) in table::rows() {
        assert!(old.difference(&old.clone()).is_empty(), "{name}");
        assert!(new.difference(&new).is_empty(), "{name}");
    }
}

// The second policy is parsed from the same texts and shares no data with the first one.
#[test]
fn policies_of_equal_rules_have_no_differences() {
    for ((name, old, new, _), (_, equal_old, equal_new, _)) in
        table::rows().into_iter().zip(table::rows())
    {
        if name.contains("predicate") {
            continue;
        }
        assert_eq!(old.difference(&equal_old).to_string(), "", "{name}");
        assert_eq!(new.difference(&equal_new).to_string(), "", "{name}");
    }
}

#[test]
fn change_has_rules_pattern_and_example() {
    let trusted = || Rule::for_origins([APP]);
    let old = policy([trusted(), Rule::for_origins(["https://*.example.org"])]);
    let extended = Rule::for_origins(["https://*.example.org", "https://*.example.net:*"]);
    let new = policy([extended.allow_methods(["PUT"]), trusted()]);
    let difference = old.difference(&new);
    let [gained, methods] = difference.changes() else { panic!("{difference}") };

    assert_eq!(gained.kind(), &ChangeKind::OriginsGained);
    assert_eq!((gained.old_rule(), gained.new_rule()), (None, Some(0)));
    assert_eq!(gained.pattern(), Some("https://*.example.net:*"));
    assert_eq!(gained.example_origin(), Some("https://a.example.net"));
    assert_eq!((gained.patterns(), gained.effect()), (1, Effect::Gained));

    let ChangeKind::MethodsGained(names) = methods.kind() else { panic!("{methods}") };
    assert_eq!((names.listed(), names.all_except()), (&["PUT".to_owned()][..], None));
    assert_eq!((methods.old_rule(), methods.new_rule()), (Some(1), Some(0)));
}

#[test]
fn gained_changes_come_before_lost_changes() {
    let old = policy([Rule::for_origins([APP]).allow_methods(["PUT"]).allow_headers(["x-a"])]);
    let new = policy([
        Rule::for_origins(["https://new.example"]).allow_credentials(true),
        Rule::for_origins([APP, "https://other.example"]).max_age(Duration::from_secs(60)),
    ]);
    let effects: Vec<Effect> = old
        .difference(&new)
        .changes()
        .iter()
        .map(tower_cross_origin::cors::Change::effect)
        .collect();
    assert_eq!(
        effects,
        [Effect::Gained, Effect::Gained, Effect::Changed, Effect::Lost, Effect::Lost,]
    );
}

// A host has at most 253 bytes. Below a host of 251 bytes, only labels of one byte are possible.
#[test]
fn wildcard_equals_a_list_of_all_possible_labels() {
    let host = format!("{}.example", "a".repeat(251 - ".example".len()));
    let labels: Vec<char> = ('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let subdomains = |labels: &[char], port: &str| -> Vec<String> {
        labels.iter().map(|label| format!("https://{label}.{host}{port}")).collect()
    };
    let wildcard = |port: &str| policy([Rule::for_origins([format!("https://*.{host}{port}")])]);

    let all = policy([Rule::for_origins(subdomains(&labels, ""))]);
    assert!(wildcard("").difference(&all).is_empty());
    let all_but_one = policy([Rule::for_origins(subdomains(&labels[1..], ""))]);
    let difference = wildcard("").difference(&all_but_one);
    let [lost] = difference.changes() else { panic!("{difference}") };
    assert_eq!(lost.example_origin(), Some(&*format!("https://a.{host}")));

    // The listed subdomains have other ports than the wildcard pattern.
    let listed = policy([Rule::for_origins(subdomains(&labels, ""))]);
    let with_a_port = policy([Rule::for_origins(
        [subdomains(&labels, ""), vec![format!("https://*.{host}:8443")]].concat(),
    )]);
    let difference = listed.difference(&with_a_port);
    let [gained] = difference.changes() else { panic!("{difference}") };
    assert!(gained.example_origin().is_some_and(|origin| origin.ends_with(":8443")), "{gained}");
    let any_port = policy([Rule::for_origins(subdomains(&labels, ":*"))]);
    assert!(wildcard(":*").difference(&any_port).is_empty());
}

// A comparison of each pair of origins would take 400 million steps.
#[test]
fn twenty_thousand_origins_are_compared() {
    let origins =
        |range: std::ops::Range<usize>| range.map(|it| format!("https://t{it}.example.com"));
    let wildcards =
        |port: &'static str| (0..5_000).map(move |it| format!("http://t{it}.example.net{port}"));
    let ports = (1..=500).map(|port| format!("http://*.example.net:{}", 10_000 + port));
    let shared = OriginSet::parse(ports).unwrap();
    let policy = |origins: Vec<String>| {
        policy([
            Rule::for_origins(origins),
            Rule::for_origins(shared.clone()).allow_methods(["PUT"]),
        ])
    };
    let old = policy(origins(0..20_000).chain(wildcards(":*")).collect());
    let new = policy(origins(1..20_001).chain(wildcards(":*")).collect());
    assert_eq!(
        old.difference(&new).to_string(),
        "origins gained: https://t20000.example.com (rules[0])\n\
         origins lost: https://t0.example.com (rules[0])"
    );
    let without_ports = policy(origins(0..20_000).chain(wildcards("")).collect());
    let lost = old.difference(&without_ports);
    assert_eq!(
        lost.to_string(),
        "methods gained: PUT for http://t0.example.net:*, such as \
         http://t0.example.net:10001 (rules[0] -> rules[1])\n\
         origins lost: http://t0.example.net:* and 4999 more patterns, such as \
         http://t0.example.net:8080 (rules[0])"
    );
}

#[test]
fn clones_of_a_predicate_are_equal() {
    let predicate = OriginPredicate::new(|origin, _| origin.port() == Some(8443));
    let with = |predicate: &OriginPredicate| {
        policy([Rule::for_origins([APP]).add_origin_predicate(predicate.clone())])
    };
    assert!(with(&predicate).difference(&with(&predicate)).is_empty());
    let other = OriginPredicate::new(|origin, _| origin.port() == Some(8443));
    assert_eq!(
        with(&predicate).difference(&with(&other)).to_string(),
        "undecided: matches of a predicate (rules[0] of the old policy)\n\
         undecided: matches of a predicate (rules[0] of the new policy)"
    );
}
