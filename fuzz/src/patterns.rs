//! The target `patterns`.

use std::collections::{BTreeMap, BTreeSet};

use tower_cross_origin::origin::{Inclusion, Member, Origin, OriginPattern, OriginSet, Uncovered};

use crate::{
    pattern_lists::{PatternLists, Query, Step},
    reference_model::pattern::{Pattern, is_pattern, matches_any, matches_origin},
};

/// Checks that sets of many patterns agree with the reference model, however they were built.
pub fn check(bytes: &[u8]) {
    let lists = PatternLists::parse(bytes);
    let queries = lists.queries();
    let (first, second) = (lists.first(), lists.second());
    let build =
        |patterns: &[&str]| OriginSet::parse(patterns).expect("all texts are valid patterns");

    let one = step_by_step(&lists);
    check_set(&one, &first, &queries);
    let other = build(&second);
    check_set(&other, &second, &queries);

    let backwards: Vec<&str> = first.iter().rev().copied().collect();
    let backwards = build(&backwards);
    assert_eq!(one, backwards);
    assert_eq!(backwards, one);
    assert_eq!(one == other, members(&one) == members(&other), "{one:?} and {other:?}");
    let union = one.union(&other);
    let both: BTreeSet<&str> = first.iter().chain(&second).copied().collect();
    assert_eq!(members(&union), both);
    assert_eq!(union.len(), both.len());
    assert_eq!(union, other.union(&one));
    for Query { text, .. } in &queries {
        let origin = parse_origin(text);
        let is_in = |set: &OriginSet| set.contains(&origin);
        assert_eq!(is_in(&backwards), is_in(&one), "{text}");
        assert_eq!(is_in(&union), is_in(&one) || is_in(&other), "{text}");
    }

    check_difference(&one, &first, &other, &second);
    check_difference(&other, &second, &one, &first);
    assert_eq!(members(&one), first.iter().copied().collect());
    assert_eq!(members(&other), second.iter().copied().collect());
}

/// Returns the first query for which `matches` disagrees with the reference model.
pub(crate) fn disagreement(
    patterns: &[&str],
    queries: &[Query],
    matches: impl Fn(&Query) -> bool,
) -> Option<String> {
    let patterns: Vec<Pattern> = patterns.iter().filter_map(|text| Pattern::parse(text)).collect();
    let is_covered =
        |one: &Query| patterns.iter().any(|pattern| pattern.matches_parsed(&one.reading));
    let wrong = queries.iter().find(|one| matches(one) != is_covered(one));
    wrong.map(|one| one.text.clone())
}

/// Returns the set after the last step. Checks that no step changes an earlier clone of the set.
fn step_by_step(lists: &PatternLists) -> OriginSet {
    let mut set = OriginSet::default();
    let mut model = BTreeSet::new();
    let mut shared = Vec::new();
    for step in &lists.steps {
        shared.push((set.clone(), model.clone()));
        let (Step::Insert(text) | Step::Remove(text)) = step;
        let parsed = text.parse::<OriginPattern>();
        assert_eq!(parsed.is_ok(), is_pattern(text), "{text:?}: {parsed:?}");
        let Ok(pattern) = parsed else { continue };
        let (changed, expected) = match step {
            Step::Insert(_) => (set.insert(&pattern), model.insert(&**text)),
            Step::Remove(_) => (set.remove(&pattern), model.remove(&**text)),
        };
        assert_eq!(changed, expected, "{step:?}");
    }
    for (set, model) in shared {
        assert_eq!(members(&set), model);
    }
    set
}

fn check_set(set: &OriginSet, patterns: &[&str], queries: &[Query]) {
    let distinct: BTreeSet<&str> = patterns.iter().copied().collect();
    assert_eq!(members(set), distinct);
    assert_eq!(set.iter().count(), distinct.len());
    assert_eq!(set.len(), distinct.len());
    assert_eq!(set.is_empty(), distinct.is_empty());
    let matches = |Query { text, .. }: &Query| {
        let origin = parse_origin(text);
        let found = set.find(&origin);
        assert_eq!(set.contains(&origin), found.is_some(), "{text}");
        match found {
            Some(Member::Pattern(found)) => {
                assert!(distinct.contains(found), "{text}: {found}");
                assert!(matches_origin(found, text.as_bytes()), "{text}: {found}");
                assert!(found == text || !distinct.contains(&**text), "{text}: {found}");
                true
            }
            Some(other) => panic!("{text}: {other:?}"),
            None => false,
        }
    };
    assert_eq!(disagreement(patterns, queries, matches), None, "{set:?}");
}

/// Checks that the difference lists the right members of `set`, with an example each.
fn check_difference(set: &OriginSet, patterns: &[&str], other: &OriginSet, others: &[&str]) {
    let parse_all = |texts: &[&str]| -> BTreeMap<String, Pattern> {
        let readings = texts.iter().map(|&text| (text.to_owned(), Pattern::parse(text)));
        readings.filter_map(|(text, reading)| Some((text, reading?))).collect()
    };
    let readings: Vec<Pattern> = parse_all(others).into_values().collect();
    let mut expected = parse_all(patterns);
    expected.retain(|_, pattern| pattern.origin_outside(&readings).is_some());

    let difference = set.difference(other);
    let uncovered: Vec<&str> = difference.uncovered().iter().map(Uncovered::pattern).collect();
    let distinct: BTreeSet<&str> = uncovered.iter().copied().collect();
    assert_eq!(distinct.len(), uncovered.len(), "the difference lists each pattern once");
    assert_eq!(distinct, expected.keys().map(String::as_str).collect());
    for one in difference.uncovered() {
        let (pattern, witness) = (one.pattern(), one.example_origin());
        assert!(matches_origin(pattern, witness.as_bytes()), "{pattern}: {witness}");
        assert!(!matches_any(others, witness.as_bytes()), "{pattern}: {witness}");
        let origin = parse_origin(witness);
        assert!(set.contains(&origin) && !other.contains(&origin), "{pattern}: {witness}");
    }
    assert!(difference.undecided().is_empty());
    let is_included = expected.is_empty();
    assert_eq!(difference.verdict() == Inclusion::Included, is_included, "{expected:?}");
    assert_eq!(difference.verdict() == Inclusion::NotIncluded, !is_included, "{expected:?}");
}

fn parse_origin(origin: &str) -> Origin<'_> {
    Origin::parse(origin.as_bytes()).expect(origin)
}

fn members(set: &OriginSet) -> BTreeSet<&str> {
    set.iter().map(|member| member.as_str()).collect()
}
