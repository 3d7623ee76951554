//! The test suites of nine other CORS implementations, replayed through `CorsLayer`.
//!
//! A case of `SUITE.json` holds a configuration, a request, and what the peer's own test expects. The
//! answer is what the peer expects, or `differences.json` records the whole answer, a class and a reason.
//! A record whose answer no longer differs from the peer's must be removed. `README.md` names the sources.
//!
//! After an intended change, `UPDATE_PEERS=1 cargo test --test peers` rewrites the recorded answers. It
//! changes no class and no reason, and it adds and removes no record.

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
use replay::Answer;

/// The number of cases of each suite: those that the peer answers alike, then one column for each of
/// [`Class::ALL`].
const COUNTS: [(&str, [usize; 7]); 9] = [
    ("aspnet", [54, 7, 16, 0, 1, 0, 0]),
    ("django", [39, 1, 4, 0, 5, 1, 0]),
    ("envoy", [5, 18, 3, 3, 3, 2, 0]),
    ("express", [29, 5, 11, 0, 2, 3, 0]),
    ("fastify", [25, 6, 6, 1, 4, 5, 1]),
    ("rack", [36, 2, 7, 0, 2, 1, 2]),
    ("spring", [42, 11, 15, 0, 3, 2, 0]),
    ("starlette", [29, 5, 0, 0, 3, 0, 0]),
    ("tower-http", [7, 1, 0, 0, 2, 4, 0]),
];
const TOTAL: [usize; 7] = [266, 56, 62, 4, 25, 18, 3];

#[test]
fn answers_are_those_of_the_peers_or_recorded() {
    let cases = cases::all();
    let mut differences = differences::read();
    let ids: BTreeSet<&str> = cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids.len(), cases.len(), "each id is used once");
    let unknown: Vec<&String> =
        differences.keys().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(unknown.is_empty(), "differences.json records cases that do not exist: {unknown:?}");

    if env::var_os("UPDATE_PEERS").is_some() {
        for case in &cases {
            if let Some(difference) = differences.get_mut(&case.id) {
                difference.answer = replay::answer(case);
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

/// Lists what is wrong with a case and its record.
fn mistakes(case: &Case, difference: Option<&Difference>) -> Vec<String> {
    let answer = replay::answer(case);
    let found = answer.as_ref().map(|answer| replay::differences(&case.expected, answer));
    let Some(difference) = difference else {
        return match found {
            None => vec!["cannot be expressed, and differences.json has no record".to_owned()],
            Some(found) if found.is_empty() => found,
            Some(found) => vec![format!(
                "differs from the peer, and differences.json has no record\n  {}\n{}",
                found.join("\n  "),
                differences::answer_to_json(answer.as_ref())
            )],
        };
    };
    let mut mistakes = Vec::new();
    if difference.reason.trim().is_empty() {
        mistakes.push("the record has no reason".to_owned());
    }
    if answer != difference.answer {
        mistakes.push(format!(
            "the answer has changed\n  recorded: {}\n  now:      {}",
            differences::answer_to_json(difference.answer.as_ref()).trim_start(),
            differences::answer_to_json(answer.as_ref()).trim_start()
        ));
    }
    if found.is_some_and(|found| found.is_empty()) {
        mistakes.push("the answer is what the peer expects: remove the record".to_owned());
    }
    if !class_is_possible(case, difference.class, answer.as_ref()) {
        mistakes.push(format!("the class {:?} does not fit", difference.class));
    }
    mistakes
}

/// A browser decides what is the same to it. Only a case that a policy expresses can be right or wrong.
fn class_is_possible(case: &Case, class: Class, answer: Option<&Answer>) -> bool {
    match (class, answer, &case.request) {
        (Class::SameToABrowser, Some(Answer::Response(answered)), Some(request)) => {
            browser::is_same_to_a_browser(request, &case.expected, answered)
        }
        (Class::SameToABrowser, ..) => false,
        (Class::PeerIsWrong | Class::OursIsWrong, answer, _) => answer.is_some(),
        (Class::NotAboutCors, answer, _) => answer.is_none(),
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
    println!("Alike: {}", total[0]);
    for (class, count) in Class::ALL.iter().zip(&total[1..]) {
        println!("{class:?}: {count}");
    }
    assert_eq!(counts, COUNTS);
    assert_eq!(total, TOTAL);
    assert_eq!(total.iter().sum::<usize>(), 434);
}
