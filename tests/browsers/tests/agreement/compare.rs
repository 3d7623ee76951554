//! Compares two runs of a scenario, key by key.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    exclusions::Exclusion,
    recorder::{Arrived, is_preflight},
    scenario::Scenario,
};

/// The script's results of each call, and the received requests.
type Run<'a> = (&'a Value, &'a [Arrived]);

#[derive(Default)]
pub struct Report {
    /// The numbers of equal and of different values of each key.
    keys: BTreeMap<String, (usize, usize)>,
    /// A description of each scenario with different values.
    mismatches: Vec<String>,
}

impl Report {
    pub fn compare(
        &mut self,
        scenario: &Scenario,
        browser: Run<'_>,
        model: Run<'_>,
        exclusions: &[&Exclusion],
    ) {
        let mut differing = Vec::new();
        let (browser, model) = (values(browser), values(model));
        let keys: BTreeSet<&(usize, String)> = browser.keys().chain(model.keys()).collect();
        for key in keys {
            if exclusions.iter().any(|exclusion| exclusion.applies(scenario, key)) {
                continue;
            }
            let (one, other) = (browser.get(key), model.get(key));
            let counts = self.keys.entry(key.1.clone()).or_default();
            if one == other {
                counts.0 += 1;
            } else {
                counts.1 += 1;
                let (index, name) = key;
                differing
                    .push(format!("  {name} {index}: the browser {one:?}, the model {other:?}"));
            }
        }
        if !differing.is_empty() {
            let values = scenario.values().join(", ");
            self.mismatches.push(format!(
                "scenario {} ({values})\n{}",
                scenario.number,
                differing.join("\n")
            ));
        }
    }

    /// Returns the number of scenarios with different values.
    pub fn differing(&self) -> usize {
        self.mismatches.len()
    }

    /// Returns the number of equal values of each key.
    pub fn agreement(&self) -> String {
        let lines = self
            .keys
            .iter()
            .map(|(key, (agreed, differed))| format!("{key}: {agreed} of {}", agreed + differed));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    pub fn assert_agreement(&self) {
        let mismatches = self.mismatches.join("\n");
        assert!(mismatches.is_empty(), "{} scenarios differ:\n{mismatches}", self.mismatches.len());
    }
}

/// Returns the compared values by their index and name.
fn values((seen, arrived): Run<'_>) -> BTreeMap<(usize, String), String> {
    let mut values = BTreeMap::new();
    for (index, call) in seen.as_array().into_iter().flatten().enumerate() {
        for (name, value) in call.as_object().into_iter().flatten() {
            values.insert((index, format!("script: {name}")), value.to_string());
        }
    }
    let (preflights, requests): (Vec<_>, Vec<_>) =
        arrived.iter().partition(|one| is_preflight(one));
    values.insert((0, "preflights sent".to_owned()), preflights.len().to_string());
    values.insert((0, "requests sent".to_owned()), requests.len().to_string());
    for (kind, all) in [("preflight", preflights), ("request", requests)] {
        for (index, one) in all.into_iter().enumerate() {
            for (name, value) in one {
                values.insert((index, format!("{kind}: {name}")), value.clone());
            }
        }
    }
    values
}
