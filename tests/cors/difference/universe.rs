//! Compares differences with a reference model that examines each origin of a small universe separately.

use std::collections::BTreeSet;

use http::Response;
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use tower_cross_origin::{
    RequestHead,
    cors::{
        Change, ChangeKind, CorsPolicy, Decision, Effect, Names, Outcome, PolicyDifference, Rule,
    },
};

use crate::{
    reference_model::{
        cors_model::{RuleText, rule_for},
        pattern::{Pattern, matches_origin},
    },
    rule::with_settings,
    support::{get, preflight},
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reported_changes_equal_the_changes_of_the_model((old, new) in (rules(), rules())) {
        let difference = policy(&old, &[]).difference(&policy(&new, &[]));
        let origins: Vec<(String, RulePair)> = universe()
            .into_iter()
            .map(|origin| {
                let pair = (model_rule(&old, &origin), model_rule(&new, &origin));
                (origin, pair)
            })
            .collect();
        let mut expected = BTreeSet::new();
        for (_, pair) in &origins {
            let details = model_details(pair.0.map(|index| &old[index]), pair.1.map(|index| &new[index]));
            expected.extend(details.into_iter().map(|detail| (*pair, detail)));
        }
        prop_assert_eq!(reported_details(&difference), expected, "{}", difference);

        let all_patterns: BTreeSet<&String> =
            old.iter().chain(&new).flat_map(|rule| &rule.origins).collect();
        let has_any_port = all_patterns.iter().any(|pattern| pattern.ends_with(":*"));
        for change in difference.changes() {
            let patterns = model_pattern_count(change, &all_patterns, &origins);
            prop_assert!(change.patterns() <= patterns, "{} of {}", change, patterns);
            prop_assert!(has_any_port || change.patterns() == patterns, "{} of {}", change, patterns);
        }
    }

    #[test]
    fn each_example_origin_demonstrates_its_change((old, new, regexes) in (rules(), rules(), regexes())) {
        let (old, new) = (policy(&old, &regexes.0), policy(&new, &regexes.1));
        for change in old.difference(&new).changes() {
            if let Some(origin) = change.example_origin() {
                prop_assert_eq!(matched_rule(&old, origin), change.old_rule(), "{}", change);
                prop_assert_eq!(matched_rule(&new, origin), change.new_rule(), "{}", change);
                for detail in details_of_kind(change.kind()) {
                    let is_observed = is_observed(&old, &new, origin, &detail);
                    prop_assert!(is_observed, "{:?} of {}", detail, change);
                }
            }
        }
    }

    #[test]
    fn changes_with_regexes_are_reported_or_undecided(
        (old_texts, new_texts, regexes) in (rules(), rules(), regexes())
    ) {
        let (old, new) = (policy(&old_texts, &regexes.0), policy(&new_texts, &regexes.1));
        let difference = old.difference(&new);
        let reported = reported_details(&difference);
        let is_undecided =
            difference.changes().iter().any(|change| change.effect() == Effect::Undecided);
        for origin in universe() {
            let pair = (matched_rule(&old, &origin), matched_rule(&new, &origin));
            let details = model_details(
                pair.0.map(|index| &old_texts[index]),
                pair.1.map(|index| &new_texts[index]),
            );
            for detail in details {
                let is_reported = reported.contains(&(pair, detail.clone()));
                prop_assert!(is_reported || is_undecided, "{:?} for {}: {}", detail, origin, difference);
            }
        }
        let equal_policy = policy(&old_texts, &regexes.0);
        prop_assert_eq!(old.difference(&equal_policy).to_string(), "");
    }
}

/// The indices of the matching rule in the old and in the new policy.
type RulePair = (Option<usize>, Option<usize>);

/// The permission, the name of a method or header, and whether it is gained.
type Detail = (&'static str, String, bool);

fn reported_details(difference: &PolicyDifference) -> BTreeSet<(RulePair, Detail)> {
    let changes = difference.changes().iter();
    let details = changes.flat_map(|change| {
        let pair = (change.old_rule(), change.new_rule());
        details_of_kind(change.kind()).into_iter().map(move |detail| (pair, detail))
    });
    details.collect()
}

fn details_of_kind(kind: &ChangeKind) -> Vec<Detail> {
    let one = |permission, is_gained| vec![(permission, String::new(), is_gained)];
    let each = |permission, names: &Names, all: &[&str], is_gained| {
        let has = |name: &&&str| {
            let is_excluded = |excluded: &[String]| excluded.iter().any(|one| one == **name);
            names.listed().iter().any(|one| one == **name)
                || names
                    .all_except()
                    .is_some_and(|excluded| !is_excluded(excluded) && **name != "authorization")
        };
        all.iter().filter(has).map(|name| (permission, (*name).to_owned(), is_gained)).collect()
    };
    match kind {
        ChangeKind::OriginsGainedWithCredentials => one("origin with credentials", true),
        ChangeKind::OriginsGained => one("origin", true),
        ChangeKind::OriginsLost => one("origin", false),
        ChangeKind::CredentialsGained => one("credentials", true),
        ChangeKind::CredentialsLost => one("credentials", false),
        ChangeKind::MethodsGained(names) => each("method", names, METHODS, true),
        ChangeKind::MethodsLost(names) => each("method", names, METHODS, false),
        ChangeKind::RequestHeadersGained(names) => each("header", names, HEADERS, true),
        ChangeKind::RequestHeadersLost(names) => each("header", names, HEADERS, false),
        ChangeKind::ExposedHeadersGained(names) => each("exposed", names, EXPOSED, true),
        ChangeKind::ExposedHeadersLost(names) => each("exposed", names, EXPOSED, false),
        ChangeKind::MaxAge { new, .. } => {
            let seconds = new.map_or(5, |age| age.as_secs());
            vec![("max age", seconds.to_string(), true)]
        }
        _ => Vec::new(),
    }
}

/// Returns the expected changes for an origin that matches these two rules.
fn model_details(old: Option<&RuleText>, new: Option<&RuleText>) -> Vec<Detail> {
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec![("origin", String::new(), false)],
        (None, Some(new)) => {
            let permission = if new.credentials { "origin with credentials" } else { "origin" };
            return vec![(permission, String::new(), true)];
        }
        (Some(old), Some(new)) => (old, new),
    };
    let mut details = Vec::new();
    if old.credentials != new.credentials {
        details.push(("credentials", String::new(), new.credentials));
    }
    let lists = [
        ("method", METHODS, &old.methods, &new.methods),
        ("header", HEADERS, &old.request_headers, &new.request_headers),
        ("exposed", EXPOSED, &old.expose_headers, &new.expose_headers),
    ];
    for (permission, all, old, new) in lists {
        for name in all {
            let has = |list: &[String]| {
                let is_in_any = *name != "authorization" && list.iter().any(|one| one == "*");
                is_in_any || list.iter().any(|one| one.eq_ignore_ascii_case(name))
            };
            if has(old) != has(new) {
                details.push((permission, (*name).to_owned(), has(new)));
            }
        }
    }
    let (old, new) = (old.max_age.unwrap_or(5), new.max_age.unwrap_or(5));
    if old != new {
        details.push(("max age", new.to_string(), true));
    }
    details
}

/// Counts the most specific patterns of the affected origins.
///
/// Counts `*`, too, if the change reports it.
fn model_pattern_count(
    change: &Change,
    all_patterns: &BTreeSet<&String>,
    origins: &[(String, RulePair)],
) -> usize {
    let is_affected = |(origin, pair): &&(String, RulePair)| {
        *pair == (change.old_rule(), change.new_rule())
            && (change.example_origin() != Some("null") || origin == "null")
    };
    let most_specific = |(origin, _): &(String, RulePair)| {
        let matching =
            all_patterns.iter().filter(|pattern| matches_origin(pattern, origin.as_bytes()));
        matching.copied().max_by_key(|pattern| {
            let host = Pattern::parse(pattern).map_or(0, |pattern| pattern.host().len());
            (!pattern.contains("://*."), host, !pattern.ends_with(":*"))
        })
    };
    let affected = origins.iter().filter(is_affected);
    let patterns: BTreeSet<&String> = affected.filter_map(most_specific).collect();
    patterns.len() + usize::from(change.pattern() == Some("*"))
}

fn model_rule(rules: &[RuleText], origin: &str) -> Option<usize> {
    let rule = rule_for(rules, origin)?;
    rules.iter().position(|one| std::ptr::eq(one, rule))
}

fn matched_rule(policy: &CorsPolicy, origin: &str) -> Option<usize> {
    decide(policy, get(origin)).rule()
}

/// Returns whether requests of the origin observe the change.
fn is_observed(
    old: &CorsPolicy,
    new: &CorsPolicy,
    origin: &str,
    (permission, name, is_gained): &Detail,
) -> bool {
    let header = |policy: &CorsPolicy, header: &str| {
        let mut response = Response::new(());
        decide(policy, get(origin)).apply_to(&mut response);
        let value = response.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
        value.unwrap_or_default()
    };
    let allows = |policy: &CorsPolicy, method: &str, name: &str| {
        let request = preflight(origin, method).header("access-control-request-headers", name);
        decide(policy, request).outcome() == Outcome::PreflightAllowed
    };
    let has = |policy: &CorsPolicy| match *permission {
        "origin" => !header(policy, "access-control-allow-origin").is_empty(),
        "origin with credentials" | "credentials" => {
            header(policy, "access-control-allow-credentials") == "true"
        }
        "method" => allows(policy, name, ""),
        "header" => allows(policy, "GET", name),
        "exposed" => header(policy, "access-control-expose-headers")
            .split(',')
            .any(|one| one == name || one == "*"),
        "max age" => {
            let response = decide(policy, preflight(origin, "GET")).early_response::<()>().unwrap();
            let value = response.headers().get("access-control-max-age").cloned();
            value.map_or("5".to_owned(), |value| value.to_str().unwrap().to_owned()) == *name
        }
        other => panic!("unknown permission: {other}"),
    };
    has(old) != has(new) && has(new) == *is_gained
}

fn decide(policy: &CorsPolicy, request: http::request::Builder) -> Decision {
    policy.decide(&RequestHead::from(&request.body(()).unwrap()))
}

/// Returns an origin for each class of origins that the patterns below can distinguish.
fn universe() -> Vec<String> {
    let hosts = HOSTS.iter().flat_map(|host| {
        [(*host).to_owned(), format!("z.{host}"), format!("a.{host}"), format!("z.z.{host}")]
    });
    let hosts: BTreeSet<String> = hosts.chain(["z".to_owned()]).collect();
    let mut origins = vec!["null".to_owned()];
    for scheme in ["https", "http", "z"] {
        for host in hosts.iter().filter(|host| !host.contains(".127") && !host.contains(".[")) {
            for port in ["", ":8080", ":8443", ":9"] {
                origins.push(format!("{scheme}://{host}{port}"));
            }
        }
    }
    origins
}

fn policy(texts: &[RuleText], regexes: &[Vec<&str>]) -> CorsPolicy {
    let rules = texts.iter().enumerate().map(|(index, text)| {
        let rule = with_settings(Rule::for_origins(&text.origins), text);
        match regexes.get(index).filter(|_| !text.is_for_any_origin()) {
            Some(regexes) => rule.add_origin_regexes(regexes),
            None => rule,
        }
    });
    CorsPolicy::new(rules.collect::<Vec<_>>()).expect("a policy without faults")
}

fn rules() -> impl Strategy<Value = Vec<RuleText>> {
    prop::collection::vec(rule(), 1..=3)
}

fn rule() -> impl Strategy<Value = RuleText> {
    let origins = prop_oneof![
        1 => Just(vec!["*".to_owned()]),
        7 => prop::collection::vec(pattern(), 1..=4),
    ];
    let lists = (
        subsequence(&["PUT", "DELETE", "GET", "*"][..], 0..=2),
        subsequence(&["x-a", "Authorization", "Content-Type", "*"][..], 0..=2),
        subsequence(&["ETag", "x-a", "content-type", "*"][..], 0..=2),
        select(&[None, None, Some(5), Some(600)][..]),
    );
    (origins, prop::bool::weighted(0.2), any::<bool>(), lists).prop_map(
        |(origins, null, credentials, (methods, request_headers, expose_headers, max_age))| {
            let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            let mut rule = RuleText {
                paths: None,
                origins,
                is_static: false,
                null: null && !credentials,
                credentials,
                methods: owned(methods),
                request_headers: owned(request_headers),
                expose_headers: owned(expose_headers),
                max_age,
            };
            rule.expose_headers.retain(|name| !credentials || name != "*");
            rule
        },
    )
}

fn pattern() -> impl Strategy<Value = String> {
    let parts = (
        select(&["https", "https", "http"][..]),
        any::<bool>(),
        select(HOSTS),
        select(&["", "", ":8080", ":8443", ":*", ":*"][..]),
    );
    parts.prop_map(|(scheme, has_wildcard, host, port)| {
        let is_address = host.starts_with("127") || host.starts_with('[');
        let wildcard = if has_wildcard && !is_address { "*." } else { "" };
        format!("{scheme}://{wildcard}{host}{port}")
    })
}

/// Returns a strategy for the regular expressions of each rule, for both policies.
fn regexes() -> impl Strategy<Value = (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>)> {
    let all = || prop::collection::vec(subsequence(REGEXES, 0..=2), 3);
    prop_oneof![(all(), all()), all().prop_map(|all| (all.clone(), all))]
}

const HOSTS: &[&str] = &[
    "example.com",
    "example.com",
    "a.example.com",
    "b.a.example.com",
    "localhost",
    "127.0.0.1",
    "[::1]",
];
const REGEXES: &[&str] = &[
    r"https://[a-c]\.example\.com",
    r"https?://([a-z]+\.)*example\.com(:[0-9]+)?",
    r".*",
    r"https://a\.example\.com",
    r"[a-z]+://localhost(:80[0-9]+)?",
    r"z://z.*",
    r"nothing",
];
// The last item of each list represents the names that no rule lists. Names that are always allowed are left out.
const METHODS: &[&str] = &["PUT", "DELETE", "OTHER"];
const HEADERS: &[&str] = &["x-a", "authorization", "content-type", "x-other"];
const EXPOSED: &[&str] = &["etag", "x-a", "x-other"];
