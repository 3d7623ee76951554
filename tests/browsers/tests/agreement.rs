//! Compares the browser model with Chromium in several hundred scenarios.
//!
//! In each scenario, a page in Chromium calls an application over loopback, and the model makes the same call within
//! the process. The test compares the results of the script and the received requests, key by key.

#[path = "agreement/mod.rs"]
mod agreement;

use std::collections::BTreeMap;

use agreement::{
    application::{Application, Servers},
    chromium,
    compare::Report,
    differences::{Difference, Differences},
    model,
    scenario::Scenario,
};
use anyhow::Result;
use browsers::{Browser, Engine};

#[tokio::test]
async fn model_and_chromium_agree_on_each_scenario() -> Result<()> {
    let servers = Servers::start()?;
    let ports = servers.ports;
    let scenarios = Scenario::all(ports);
    let occurrences = occurrences(&scenarios);
    let rarest = occurrences.iter().min_by_key(|(_, count)| **count);
    println!("{} scenarios; the rarest value: {rarest:?}", scenarios.len());
    assert!(scenarios.len() >= 300);
    assert!(occurrences.values().all(|count| *count >= 10), "{occurrences:?}");

    let served_application = Application::new(&scenarios, ports);
    servers.serve(&served_application)?;
    let browser = Browser::start(Engine::Chromium).await?;
    let seen_by_pages = chromium::run(&browser, &scenarios, ports).await?;
    browser.close().await?;
    let arrived = served_application.recorder.take();

    let outcomes = seen_by_pages.iter().flat_map(|seen| seen.as_array().into_iter().flatten());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    outcomes.for_each(|seen| *counts.entry(seen["outcome"].to_string()).or_default() += 1);
    println!("outcomes seen by script: {counts:?}");
    assert!(counts.len() == 3 && counts.values().all(|count| *count >= 20), "{counts:?}");

    let application = Application::new(&scenarios, ports);
    let compare = async |differences: &Differences| {
        let mut report = Report::default();
        for (scenario, seen) in scenarios.iter().zip(&seen_by_pages) {
            let (predicted, sent) = model::run(scenario, &application, ports, differences).await;
            let arrived = arrived.get(&scenario.number).map(Vec::as_slice).unwrap_or_default();
            report.compare(scenario, (seen, arrived), (&predicted, &sent));
        }
        report
    };
    let report = compare(&Differences::all()).await;
    println!("{}", report.agreement());
    report.assert_agreement();
    for (difference, description, source) in Difference::ALL {
        let affected = compare(&Differences::all().without(difference)).await.differing();
        println!("{affected} scenarios: {description}, {source}");
        assert!(affected > 0, "no scenario shows this difference: {description}, {source}");
    }
    Ok(())
}

fn occurrences(scenarios: &[Scenario]) -> BTreeMap<String, usize> {
    let mut occurrences = BTreeMap::new();
    for value in scenarios.iter().flat_map(Scenario::values) {
        *occurrences.entry(value).or_default() += 1;
    }
    occurrences
}
