//! The test suites of nine other CORS implementations, replayed through `CorsLayer`.
//!
//! A case of `SUITE.json` contains a configuration, a request, and the expectation of the peer's test.
//! The actual result must match this expectation. Otherwise `differences.json` must record the complete
//! result (`answer`), a class and a reason. Remove a record when its result no longer differs.
//! `README.md` lists the sources.
//!
//! After an intended change, `UPDATE_PEERS=1 cargo test --test peers` replaces the recorded results. It
//! does not change classes and reasons, and does not add or remove records.

mod browser;
mod cases;
mod differences;
mod replay;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use cases::{Case, SUITES};
use differences::{Class, Difference};
use replay::CaseResult;

/// The number of cases in each suite, by class. `README.md` contains the sums.
///
/// The first column counts the cases with the peer's result. The other columns follow [`Class::ALL`].
const COUNTS: [(&str, [usize; 7]); 9] = [
    ("aspnet", [61, 7, 15, 0, 0, 0, 0]),
    ("django", [45, 5, 4, 0, 0, 0, 0]),
    ("envoy", [15, 22, 2, 0, 0, 0, 0]),
    ("express", [33, 6, 11, 0, 0, 0, 0]),
    ("fastify", [36, 19, 6, 0, 0, 0, 1]),
    ("rack", [40, 4, 3, 0, 0, 1, 2]),
    ("spring", [42, 16, 15, 0, 0, 0, 0]),
    ("starlette", [29, 8, 0, 0, 0, 0, 0]),
    ("tower-http", [15, 3, 0, 0, 0, 0, 0]),
];

/// The beginnings of references to a clause of a standard, or to a settled rule.
const CLAUSES: [&str; 3] = ["(Fetch, ", "(RFC ", "settled rule"];

#[test]
fn results_match_the_peers_or_the_recorded_differences() {
    let cases = cases::all();
    let mut differences = differences::read();
    let ids: BTreeSet<&str> = cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids.len(), cases.len(), "two cases have the same id");
    let unknown: Vec<&String> =
        differences.keys().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(unknown.is_empty(), "differences.json records cases that do not exist: {unknown:?}");

    if env::var_os("UPDATE_PEERS").is_some() {
        for case in &cases {
            if let Some(difference) = differences.get_mut(&case.id) {
                difference.answer = replay::run(case);
            }
        }
        differences::write(&cases, &differences);
    }
    let mistakes: Vec<String> = cases
        .iter()
        .flat_map(|case| {
            let mistakes = mistakes(case, differences.get(&case.id));
            mistakes.into_iter().map(|mistake| format!("{} ({}): {mistake}", case.id, case.test))
        })
        .collect();
    assert!(mistakes.is_empty(), "{} mistakes:\n{}", mistakes.len(), mistakes.join("\n"));

    assert_counts(&cases, &differences);
}

/// Lists the mistakes in a case and its record.
fn mistakes(case: &Case, difference: Option<&Difference>) -> Vec<String> {
    let result = replay::run(case);
    let found = result.as_ref().map(|result| replay::differences(&case.expected, result));
    let Some(difference) = difference else {
        return match found {
            None => vec!["the configuration cannot express the case; add a record".to_owned()],
            Some(found) if found.is_empty() => found,
            Some(found) => vec![format!(
                "the result differs from the peer's result; add a record\n  {}\n{}",
                found.join("\n  "),
                differences::result_to_json(result.as_ref())
            )],
        };
    };
    let mut mistakes = Vec::new();
    if difference.reason.trim().is_empty() {
        mistakes.push("the record has no reason".to_owned());
    }
    let needs_clause = matches!(difference.class, Class::SameToABrowser | Class::PeerIsWrong);
    if needs_clause && !CLAUSES.iter().any(|clause| difference.reason.contains(clause)) {
        mistakes
            .push("the reason names neither a clause of a standard nor a settled rule".to_owned());
    }
    if result != difference.answer {
        mistakes.push(format!(
            "the result has changed\n  recorded: {}\n  now:      {}",
            differences::result_to_json(difference.answer.as_ref()).trim_start(),
            differences::result_to_json(result.as_ref()).trim_start()
        ));
    }
    if found.is_some_and(|found| found.is_empty()) {
        mistakes.push("the result matches the peer's expectation; remove the record".to_owned());
    }
    if !class_is_possible(case, difference.class, result.as_ref()) {
        mistakes.push(format!("the class {:?} does not fit", difference.class));
    }
    mistakes
}

/// Returns whether the class is possible for the case.
///
/// The browser model checks [`Class::SameToABrowser`]. Only a case with a valid policy can be wrong.
fn class_is_possible(case: &Case, class: Class, result: Option<&CaseResult>) -> bool {
    match (class, result, &case.request) {
        (Class::SameToABrowser, Some(CaseResult::Response(response)), Some(request)) => {
            browser::is_same_to_a_browser(request, &case.expected, response)
        }
        (Class::SameToABrowser, ..) => false,
        (Class::PeerIsWrong | Class::OursIsWrong, result, _) => result.is_some(),
        (Class::NotAboutCors, result, _) => result.is_none(),
        (Class::NotExpressibleNeeded | Class::NotExpressibleUnneeded, ..) => true,
    }
}

fn assert_counts(cases: &[Case], differences: &BTreeMap<String, Difference>) {
    let count = |suite: &str| {
        let mut counts = [0; 7];
        for case in cases.iter().filter(|case| case.id.split('#').next() == Some(suite)) {
            let class = differences.get(&case.id).map(|difference| difference.class);
            let column = Class::ALL.iter().position(|column| Some(*column) == class);
            counts[column.map_or(0, |column| column + 1)] += 1;
        }
        counts
    };
    let counts = SUITES.map(|suite| (suite, count(suite)));
    let total = counts.iter().fold([0; 7], |mut total, (_, counts)| {
        total.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
        total
    });
    for (suite, counts) in counts {
        println!("{suite:<12}{counts:>4?}");
    }
    println!("Same: {}", total[0]);
    for (class, count) in Class::ALL.iter().zip(&total[1..]) {
        println!("{class:?}: {count}");
    }
    assert_eq!(counts, COUNTS);
    assert_readme_has_counts(&counts, &total);
}

fn assert_readme_has_counts(counts: &[(&str, [usize; 7])], total: &[usize; 7]) {
    const README: &str = include_str!("README.md");
    let has_row = |begin: &str, end: &str| {
        README.lines().any(|line| line.starts_with(begin) && line.ends_with(end))
    };
    let sentence = format!("replays {} cases", total.iter().sum::<usize>());
    assert!(README.contains(&sentence), "README.md: {sentence}");
    for (suite, counts) in counts {
        let count = counts.iter().sum::<usize>();
        let numbers = format!("| {count} | {} | {} |", counts[0], count - counts[0]);
        let front = include_str!("../../README.md").lines().filter(|line| line.ends_with(&numbers));
        assert_ne!(front.count(), 0, "README.md of the crate, {suite}: {numbers}");
        assert!(
            has_row(&format!("| `{suite}.json` |"), &format!("| {count} |")),
            "{suite}: {count}"
        );
    }
    let classes = Class::ALL.map(|class| format!("`{}`", class.name()));
    let rows = ["(not in the file)".to_owned()].into_iter().chain(classes);
    for (class, count) in rows.zip(total) {
        assert!(has_row(&format!("| {class} | {count} |"), "|"), "README.md: {class}: {count}");
    }
}
