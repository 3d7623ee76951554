//! What changes for pages from one policy to the next. MATRIX section 4, rows 2 and 8.

mod table;
mod universe;

use std::time::Duration;

use tower_cross_origin::{
    cors::{ChangeKind, Effect, OriginPredicate, Rule},
    origin::OriginSet,
};

use crate::support::{APP, policy};

#[test]
fn each_change_is_one_line() {
    for (name, old, new, lines) in table::rows() {
        let difference = old.difference(&new);
        assert_eq!(difference.to_string(), lines.join("\n"), "{name}");
        assert_eq!(difference.is_empty(), lines.is_empty(), "{name}");
    }
}

#[test]
fn no_policy_differs_from_itself() {
    for (name, old, new, _) in table::rows() {
        assert!(old.difference(&old.clone()).is_empty(), "{name}");
        assert!(new.difference(&new).is_empty(), "{name}");
    }
}

/// The same as it was, read from the same text: nothing is shared.
#[test]
fn policies_of_equal_rules_do_not_differ() {
    for ((name, old, new, _), (_, old_again, new_again, _)) in
        table::rows().into_iter().zip(table::rows())
    {
        if name.contains("predicate") {
            continue;
        }
        assert_eq!(old.difference(&old_again).to_string(), "", "{name}");
        assert_eq!(new.difference(&new_again).to_string(), "", "{name}");
    }
}

#[test]
fn a_change_names_its_rules_its_witness_and_what_covers_it() {
    let trusted = || Rule::for_origins([APP]);
    let old = policy([trusted(), Rule::for_origins(["https://*.example.org"])]);
    let more = Rule::for_origins(["https://*.example.org", "https://*.example.net:*"]);
    let new = policy([more.allow_methods(["PUT"]), trusted()]);
    let difference = old.difference(&new);
    let [gained, methods] = difference.changes() else { panic!("{difference}") };

    assert_eq!(gained.kind(), &ChangeKind::OriginsGained);
    assert_eq!((gained.old_rule(), gained.new_rule()), (None, Some(0)));
    assert_eq!(gained.pattern(), Some("https://*.example.net:*"));
    assert_eq!(gained.witness(), Some("https://a.example.net"));
    assert_eq!((gained.patterns(), gained.effect()), (1, Effect::Gained));

    let ChangeKind::MethodsGained(names) = methods.kind() else { panic!("{methods}") };
    assert_eq!((names.listed(), names.any_but()), (&["PUT".to_owned()][..], None));
    assert_eq!((methods.old_rule(), methods.new_rule()), (Some(1), Some(0)));
}

#[test]
fn what_pages_gain_stands_before_what_they_lose() {
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

/// A host of 253 bytes leaves nothing below it, one of 251 a label of one byte.
#[test]
fn where_every_label_is_named_nothing_else_is_below() {
    let host = format!("{}.example", "a".repeat(251 - ".example".len()));
    let labels: Vec<char> = ('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let named = |labels: &[char], port: &str| -> Vec<String> {
        labels.iter().map(|label| format!("https://{label}.{host}{port}")).collect()
    };
    let below = |port: &str| policy([Rule::for_origins([format!("https://*.{host}{port}")])]);

    let all = policy([Rule::for_origins(named(&labels, ""))]);
    assert!(below("").difference(&all).is_empty());
    let all_but_one = policy([Rule::for_origins(named(&labels[1..], ""))]);
    let difference = below("").difference(&all_but_one);
    let [lost] = difference.changes() else { panic!("{difference}") };
    assert_eq!(lost.witness(), Some(&*format!("https://a.{host}")));

    // The named ones have other ports than the pattern above them has.
    let by_name = policy([Rule::for_origins(named(&labels, ""))]);
    let with_a_port = policy([Rule::for_origins(
        [named(&labels, ""), vec![format!("https://*.{host}:8443")]].concat(),
    )]);
    let difference = by_name.difference(&with_a_port);
    let [gained] = difference.changes() else { panic!("{difference}") };
    assert!(gained.witness().is_some_and(|witness| witness.ends_with(":8443")), "{gained}");
    let any_port = policy([Rule::for_origins(named(&labels, ":*"))]);
    assert!(below(":*").difference(&any_port).is_empty());
}

/// One step for each pair of them would be four hundred million.
#[test]
fn twenty_thousand_origins_are_compared() {
    let origins =
        |range: std::ops::Range<usize>| range.map(|it| format!("https://t{it}.example.com"));
    let families =
        |port: &'static str| (0..5_000).map(move |it| format!("http://t{it}.example.net{port}"));
    let ports = (1..=500).map(|port| format!("http://*.example.net:{}", 10_000 + port));
    let shared = OriginSet::parse(ports).unwrap();
    let policy = |origins: Vec<String>| {
        policy([
            Rule::for_origins(origins),
            Rule::for_origins(shared.clone()).allow_methods(["PUT"]),
        ])
    };
    let old = policy(origins(0..20_000).chain(families(":*")).collect());
    let new = policy(origins(1..20_001).chain(families(":*")).collect());
    assert_eq!(
        old.difference(&new).to_string(),
        "origins gained: https://t20000.example.com (rules[0])\n\
         origins lost: https://t0.example.com (rules[0])"
    );
    let without_ports = policy(origins(0..20_000).chain(families("")).collect());
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
fn clones_of_a_predicate_are_the_same() {
    let one = OriginPredicate::new(|origin, _| origin.port() == Some(8443));
    let with = |predicate: &OriginPredicate| {
        policy([Rule::for_origins([APP]).add_origin_predicate(predicate.clone())])
    };
    assert!(with(&one).difference(&with(&one)).is_empty());
    let other = OriginPredicate::new(|origin, _| origin.port() == Some(8443));
    assert_eq!(
        with(&one).difference(&with(&other)).to_string(),
        "undecided: matches of a predicate (rules[0] of the old policy)\n\
         undecided: matches of a predicate (rules[0] of the new policy)"
    );
}
