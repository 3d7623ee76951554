//! Compares the browser model with each engine in several hundred scenarios.
//!
//! In each scenario, a page in the browser calls an application over loopback, and the model makes the same call within
//! the process. The test compares the results of the script and the received requests, key by key.

#[path = "agreement/mod.rs"]
mod agreement;

use std::collections::BTreeMap;

use agreement::{
    application::{Application, Servers},
    compare::Report,
    exclusions::Exclusion,
    guarded,
    model::{self, Prediction},
    pages,
    scenario::Scenario,
};
use anyhow::Result;
use browsers::{Browser, Engine, Options};

browsers::test_in_engines!(model_and_browser_agree_on_each_scenario);

async fn model_and_browser_agree_on_each_scenario(engine: Engine) -> Result<()> {
    let servers = Servers::start()?;
    let ports = servers.ports;
    let scenarios = Scenario::all(ports);
    let occurrences = occurrences(&scenarios);
    let rarest = occurrences.iter().min_by_key(|(_, count)| **count);
    println!("{} scenarios; the rarest value: {rarest:?}", scenarios.len());
    assert!(scenarios.len() >= 1_000);
    assert!(occurrences.values().all(|count| *count >= 10), "{occurrences:?}");

    let served_application = Application::new(&scenarios, ports);
    servers.serve(&served_application)?;
    let options = Options { third_party_cookies: true, ..Options::default() };
    let browser = Browser::start_with(engine, options).await?;
    let seen_by_pages = pages::run(&browser, &scenarios, ports).await?;
    browser.close().await?;
    let arrived = served_application.recorder.take();
    guarded::assert_none_is_denied(engine, &scenarios, &arrived, ports);

    let outcomes = seen_by_pages.iter().flat_map(|seen| seen.as_array().into_iter().flatten());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    outcomes.for_each(|seen| *counts.entry(seen["outcome"].to_string()).or_default() += 1);
    println!("outcomes seen by script: {counts:?}");
    assert!(counts.len() == 3 && counts.values().all(|count| *count >= 20), "{counts:?}");

    let application = Application::new(&scenarios, ports);
    let mut predictions = Vec::new();
    for scenario in &scenarios {
        predictions.push(model::run(engine, scenario, &application, ports).await);
    }
    let compare = |predictions: &[Prediction], exclusions: &[&Exclusion]| {
        let mut report = Report::default();
        for ((scenario, seen), (predicted, sent)) in
            scenarios.iter().zip(&seen_by_pages).zip(predictions)
        {
            let arrived = arrived.get(&scenario.number).map(Vec::as_slice).unwrap_or_default();
            report.compare(scenario, (seen, arrived), (predicted, sent), exclusions);
        }
        report
    };
    let exclusions = Exclusion::of(engine);
    let report = compare(&predictions, &exclusions);
    println!("{}", report.agreement());
    report.assert_agreement();
    for Exclusion { description, source, .. } in &exclusions {
        let others = exclusions.iter().copied().filter(|other| other.description != *description);
        let report = compare(&predictions, &others.collect::<Vec<_>>());
        assert_some(report, description, source);
    }
    Ok(())
}

/// Asserts that scenarios differ without this difference.
#[track_caller]
fn assert_some(report: Report, description: &str, source: &str) {
    let affected = report.differing();
    println!("{affected} scenarios: {description}, {source}");
    assert!(affected > 0, "no scenario shows this difference: {description}, {source}");
}

fn occurrences(scenarios: &[Scenario]) -> BTreeMap<String, usize> {
    let mut occurrences = BTreeMap::new();
    for value in scenarios.iter().flat_map(Scenario::values) {
        *occurrences.entry(value).or_default() += 1;
    }
    occurrences
}
