//! The model of a browser and Chromium come to the same, in some hundred scenarios: the same call of
//! the same application, once by a page in Chromium over loopback, and once by the model within this
//! process. What script sees and what arrived are compared key by key.

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
async fn the_model_and_chromium_agree_on_each_scenario() -> Result<()> {
    let servers = Servers::start()?;
    let ports = servers.ports;
    let scenarios = Scenario::all(ports);
    let occurrences = occurrences(&scenarios);
    let rarest = occurrences.iter().min_by_key(|(_, count)| **count);
    println!("{} scenarios; the rarest value: {rarest:?}", scenarios.len());
    assert!(scenarios.len() >= 300);
    assert!(occurrences.values().all(|count| *count >= 10), "{occurrences:?}");

    let served = Application::new(&scenarios, ports);
    servers.serve(&served)?;
    let browser = Browser::start(Engine::Chromium).await?;
    let seen_by_pages = chromium::run(&browser, &scenarios, ports).await?;
    browser.close().await?;
    let arrived = served.recorder.take();

    let outcomes = seen_by_pages.iter().flat_map(|seen| seen.as_array().into_iter().flatten());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    outcomes.for_each(|seen| *counts.entry(seen["outcome"].to_string()).or_default() += 1);
    println!("what script saw: {counts:?}");
    assert!(counts.len() == 3 && counts.values().all(|count| *count >= 20), "{counts:?}");

    let application = Application::new(&scenarios, ports);
    let compared = async |differences: &Differences| {
        let mut report = Report::default();
        for (scenario, seen) in scenarios.iter().zip(&seen_by_pages) {
            let (told, sent) = model::run(scenario, &application, ports, differences).await;
            let arrived = arrived.get(&scenario.number).map(Vec::as_slice).unwrap_or_default();
            report.compare(scenario, (seen, arrived), (&told, &sent));
        }
        report
    };
    let report = compared(&Differences::all()).await;
    println!("{}", report.agreement());
    report.assert_agreement();
    for (difference, told, source) in Difference::ALL {
        let concerned = compared(&Differences::all().without(difference)).await.differing();
        println!("{concerned} scenarios: {told}, {source}");
        assert!(concerned > 0, "it is not so, or no scenario shows it: {told}, {source}");
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
