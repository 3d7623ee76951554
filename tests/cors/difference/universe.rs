//! The same question asked of each origin of a small universe by itself: of the rules' texts, read a
//! second time.

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
    fn each_change_is_told_and_nothing_else((old, new) in (rules(), rules())) {
        let difference = policy(&old, &[]).difference(&policy(&new, &[]));
        let asked: Vec<(String, Pair)> =
            universe().into_iter().map(|it| (it.clone(), (place(&old, &it), place(&new, &it)))).collect();
        let mut expected = BTreeSet::new();
        for (_, pair) in &asked {
            let grants = atoms(pair.0.map(|at| &old[at]), pair.1.map(|at| &new[at]));
            expected.extend(grants.into_iter().map(|atom| (*pair, atom)));
        }
        prop_assert_eq!(told(&difference), expected, "{}", difference);

        let written: BTreeSet<&String> = old.iter().chain(&new).flat_map(|rule| &rule.origins).collect();
        let has_any_port = written.iter().any(|pattern| pattern.ends_with(":*"));
        for change in difference.changes() {
            let patterns = patterns_of(change, &written, &asked);
            prop_assert!(change.patterns() <= patterns, "{} of {}", change, patterns);
            prop_assert!(has_any_port || change.patterns() == patterns, "{} of {}", change, patterns);
        }
    }

    #[test]
    fn each_witness_shows_its_change((old, new, regexes) in (rules(), rules(), regexes())) {
        let (old, new) = (policy(&old, &regexes.0), policy(&new, &regexes.1));
        for change in old.difference(&new).changes() {
            if let Some(witness) = change.witness() {
                prop_assert_eq!(rule_of(&old, witness), change.old_rule(), "{}", change);
                prop_assert_eq!(rule_of(&new, witness), change.new_rule(), "{}", change);
                for atom in atoms_of(change.kind()) {
                    prop_assert!(shows(&old, &new, witness, &atom), "{:?} of {}", atom, change);
                }
            }
        }
    }

    #[test]
    fn with_expressions_each_change_is_told_or_something_is_undecided(
        (old_texts, new_texts, regexes) in (rules(), rules(), regexes())
    ) {
        let (old, new) = (policy(&old_texts, &regexes.0), policy(&new_texts, &regexes.1));
        let difference = old.difference(&new);
        let told = told(&difference);
        let is_undecided =
            difference.changes().iter().any(|change| change.effect() == Effect::Undecided);
        for origin in universe() {
            let pair = (rule_of(&old, &origin), rule_of(&new, &origin));
            let changed = atoms(pair.0.map(|at| &old_texts[at]), pair.1.map(|at| &new_texts[at]));
            for atom in changed {
                let is_told = told.contains(&(pair, atom.clone()));
                prop_assert!(is_told || is_undecided, "{:?} for {}: {}", atom, origin, difference);
            }
        }
        let again = policy(&old_texts, &regexes.0);
        prop_assert_eq!(old.difference(&again).to_string(), "");
    }
}

type Pair = (Option<usize>, Option<usize>);

/// One thing that changes: what, and whether it is gained.
type Atom = (&'static str, String, bool);

fn told(difference: &PolicyDifference) -> BTreeSet<(Pair, Atom)> {
    let changes = difference.changes().iter();
    let atoms = changes.flat_map(|change| {
        let pair = (change.old_rule(), change.new_rule());
        atoms_of(change.kind()).into_iter().map(move |atom| (pair, atom))
    });
    atoms.collect()
}

fn atoms_of(kind: &ChangeKind) -> Vec<Atom> {
    let one = |what, is_gained| vec![(what, String::new(), is_gained)];
    let each = |what, names: &Names, all: &[&str], is_gained| {
        let has = |name: &&&str| {
            let is_but = |but: &[String]| but.iter().any(|one| one == **name);
            names.listed().iter().any(|one| one == **name)
                || names.any_but().is_some_and(|but| !is_but(but) && **name != "authorization")
        };
        all.iter().filter(has).map(|name| (what, (*name).to_owned(), is_gained)).collect()
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

/// What changes for an origin where one rule's text stands in place of the other's.
fn atoms(old: Option<&RuleText>, new: Option<&RuleText>) -> Vec<Atom> {
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec![("origin", String::new(), false)],
        (None, Some(new)) => {
            let what = if new.credentials { "origin with credentials" } else { "origin" };
            return vec![(what, String::new(), true)];
        }
        (Some(old), Some(new)) => (old, new),
    };
    let mut atoms = Vec::new();
    if old.credentials != new.credentials {
        atoms.push(("credentials", String::new(), new.credentials));
    }
    let lists = [
        ("method", METHODS, &old.methods, &new.methods),
        ("header", HEADERS, &old.request_headers, &new.request_headers),
        ("exposed", EXPOSED, &old.expose_headers, &new.expose_headers),
    ];
    for (what, all, old, new) in lists {
        for name in all {
            let has = |list: &[String]| {
                let is_of_any = *name != "authorization" && list.iter().any(|one| one == "*");
                is_of_any || list.iter().any(|one| one.eq_ignore_ascii_case(name))
            };
            if has(old) != has(new) {
                atoms.push((what, (*name).to_owned(), has(new)));
            }
        }
    }
    let (old, new) = (old.max_age.unwrap_or(5), new.max_age.unwrap_or(5));
    if old != new {
        atoms.push(("max age", new.to_string(), true));
    }
    atoms
}

/// The patterns that are the nearest to an origin about which these rules decide, and `*` where it is
/// told.
fn patterns_of(change: &Change, written: &BTreeSet<&String>, asked: &[(String, Pair)]) -> usize {
    let is_concerned = |(origin, pair): &&(String, Pair)| {
        *pair == (change.old_rule(), change.new_rule())
            && (change.witness() != Some("null") || origin == "null")
    };
    let nearest = |(origin, _): &(String, Pair)| {
        let covering = written.iter().filter(|pattern| matches_origin(pattern, origin.as_bytes()));
        covering.copied().max_by_key(|pattern| {
            let host = Pattern::parse(pattern).map_or(0, |pattern| pattern.host().len());
            (!pattern.contains("://*."), host, !pattern.ends_with(":*"))
        })
    };
    let concerned = asked.iter().filter(is_concerned);
    let patterns: BTreeSet<&String> = concerned.filter_map(nearest).collect();
    patterns.len() + usize::from(change.pattern() == Some("*"))
}

fn place(rules: &[RuleText], origin: &str) -> Option<usize> {
    let rule = rule_for(rules, origin)?;
    rules.iter().position(|one| std::ptr::eq(one, rule))
}

fn rule_of(policy: &CorsPolicy, origin: &str) -> Option<usize> {
    decide(policy, get(origin)).rule()
}

/// Whether requests from the origin show that the thing is gained, or lost.
fn shows(old: &CorsPolicy, new: &CorsPolicy, origin: &str, (what, name, is_gained): &Atom) -> bool {
    let header = |policy: &CorsPolicy, header: &str| {
        let mut response = Response::new(());
        decide(policy, get(origin)).apply_to(&mut response);
        let value = response.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
        value.unwrap_or_default()
    };
    let asks = |policy: &CorsPolicy, method: &str, name: &str| {
        let request = preflight(origin, method).header("access-control-request-headers", name);
        decide(policy, request).outcome() == Outcome::PreflightAllowed
    };
    let has = |policy: &CorsPolicy| match *what {
        "origin" => !header(policy, "access-control-allow-origin").is_empty(),
        "origin with credentials" | "credentials" => {
            header(policy, "access-control-allow-credentials") == "true"
        }
        "method" => asks(policy, name, ""),
        "header" => asks(policy, "GET", name),
        "exposed" => header(policy, "access-control-expose-headers")
            .split(',')
            .any(|one| one == name || one == "*"),
        "max age" => {
            let answer = decide(policy, preflight(origin, "GET")).early_response::<()>().unwrap();
            let value = answer.headers().get("access-control-max-age").cloned();
            value.map_or("5".to_owned(), |value| value.to_str().unwrap().to_owned()) == *name
        }
        other => panic!("{other} is no change"),
    };
    has(old) != has(new) && has(new) == *is_gained
}

fn decide(policy: &CorsPolicy, request: http::request::Builder) -> Decision {
    policy.decide(&RequestHead::from(&request.body(()).unwrap()))
}

/// All that patterns of the texts below can tell apart.
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
        7 => prop::collection::vec(written(), 1..=4),
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
            let is_any = origins == ["*"];
            let credentials = credentials && !is_any;
            let mut rule = RuleText {
                origins,
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

fn written() -> impl Strategy<Value = String> {
    let parts = (
        select(&["https", "https", "http"][..]),
        any::<bool>(),
        select(HOSTS),
        select(&["", "", ":8080", ":8443", ":*", ":*"][..]),
    );
    parts.prop_map(|(scheme, is_below, host, port)| {
        let is_address = host.starts_with("127") || host.starts_with('[');
        let below = if is_below && !is_address { "*." } else { "" };
        format!("{scheme}://{below}{host}{port}")
    })
}

/// For each rule of both policies.
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
/// The last of each stands for those that no rule names; what every page has is not among them.
const METHODS: &[&str] = &["PUT", "DELETE", "OTHER"];
const HEADERS: &[&str] = &["x-a", "authorization", "content-type", "x-other"];
const EXPOSED: &[&str] = &["etag", "x-a", "x-other"];
