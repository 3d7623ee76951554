//! Sends requests in every way that pages have, in each engine.
//!
//! A row is a technique with a relation of the page to the service, with or without credentials, over HTTP/1.1 or
//! HTTP/2. Its expected outcome follows the standards. A row compares the result of the page's script, and the
//! requests that the servers receive.
//!
//! `cargo test --test techniques -- --nocapture` prints the rows.

#[path = "techniques/mod.rs"]
mod techniques;

use std::collections::BTreeMap;

use anyhow::Result;
use browsers::{Browser, Engine, Results};
use serde_json::{Value, json};
use techniques::{
    groups::{self, Group},
    pages,
    policies::service,
    recorder::Recorder,
    row::Row,
    servers::Servers,
    technique::Relation,
    tls::acceptor,
};

browsers::test_in_engines!(rows_have_the_outcomes_of_the_standards);

async fn rows_have_the_outcomes_of_the_standards(engine: Engine) -> Result<()> {
    let servers = Servers::bind(acceptor(&format!("techniques-{engine:?}")).await?).await?;
    let (ports, recorder) = (servers.ports, Recorder::default());
    servers.serve(&service(&ports, &recorder)?)?;
    let groups = groups::all();
    let rows = Row::all(&groups);
    let browser = Browser::start(engine).await?;
    let results = pages::run(engine, &browser, &rows, &ports, &recorder).await?;
    let console = browser.console().await?;
    let version = browser.version().to_owned();
    browser.close().await?;

    let mut failures = Vec::new();
    for (row, result) in rows.iter().zip(results) {
        let arrived = recorder.of(row.number);
        let seen = (result, row.received(&arrived, &ports));
        let expected = row.expected(engine);
        let is_expected = seen == expected;
        println!("{engine:?} {row}: {}", if is_expected { "as expected" } else { "FAILED" });
        if !is_expected {
            let mut lines = vec![
                format!("{row} ({})", row.technique.clause),
                format!("  expected {expected:?}"),
                format!("  seen     {seen:?}"),
            ];
            lines.extend(arrived.into_iter().map(|arrived| arrived.explanation));
            lines.extend(console.iter().filter(|message| row.is_in(message)).cloned());
            failures.push(lines.join("\n"));
        }
    }
    let (count, all) = (failures.len(), rows.len());
    assert!(failures.is_empty(), "{count} of {all} rows in {engine:?}:\n{}", failures.join("\n"));
    let counts: Vec<_> = groups.iter().map(|group| counts(group, &rows, engine)).collect();
    Results::read(engine)?.compare("techniques", &json!(counts), &version)
}

/// Counts the rows of a group.
///
/// `missing` counts the rows whose technique the engine does not have.
fn counts(group: &Group, rows: &[Row<'_>], engine: Engine) -> Value {
    let count = |is_counted: &dyn Fn(&Row<'_>) -> bool| {
        let of_group = rows.iter().filter(|row| row.group.title == group.title);
        of_group.filter(|row| is_counted(row)).count()
    };
    json!({
        "title": group.title,
        "rows": count(&|_| true),
        "differences": count(&|row| row.case.is_different_in(engine)),
        "missing": count(&|row| !row.technique.is_in(engine)),
    })
}

#[test]
fn rejected_rows_have_a_control_with_another_outcome() {
    for Group { techniques, .. } in groups::all() {
        for technique in techniques {
            let name = &technique.name;
            for case in &technique.cases {
                if case.relation == Relation::Rejected {
                    let control = technique.control().unwrap_or_else(|| panic!("{name}: control"));
                    assert_ne!(case.outcome, control.outcome, "{name}");
                }
            }
        }
    }
}

#[test]
fn rows_have_different_names() {
    let groups = groups::all();
    let rows = Row::all(&groups);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *names.entry(row.to_string()).or_default() += 1);
    let repeated: Vec<_> = names.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
    let techniques: usize = groups.iter().map(|group| group.techniques.len()).sum();
    println!("{techniques} techniques, {} rows", rows.len());
    assert!(rows.len() >= 200);
}
