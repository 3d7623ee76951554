//! The file of recorded differences.

use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    cases::{self, Case},
    replay::CaseResult,
};

/// The reason why a result differs from the expectation of the peer's test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    /// The outcome for a page is the same, with and without credentials.
    SameToABrowser,
    /// The peer violates a clause of a standard or an established rule.
    PeerIsWrong,
    OursIsWrong,
    /// The configuration cannot express the case, although users need it.
    NotExpressibleNeeded,
    NotExpressibleUnneeded,
    NotAboutCors,
}

impl Class {
    pub(crate) const ALL: [Self; 6] = [
        Self::SameToABrowser,
        Self::PeerIsWrong,
        Self::OursIsWrong,
        Self::NotExpressibleNeeded,
        Self::NotExpressibleUnneeded,
        Self::NotAboutCors,
    ];

    /// Returns the name of the class in the file.
    pub(crate) fn name(self) -> String {
        json(&self).trim_matches('"').to_owned()
    }
}

/// A recorded case with a result that differs from the peer's result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    pub(crate) class: Class,
    pub(crate) reason: String,
    /// The complete result; `None` if the configuration cannot express the case.
    pub(crate) answer: Option<CaseResult>,
}

impl Difference {
    /// Returns the record in the format of the file.
    fn to_json(&self, id: &str) -> String {
        let mut text = format!("  {}: {{\n", json(id));
        writeln!(text, "    \"class\": {},", json(&self.class)).unwrap();
        writeln!(text, "    \"reason\": {},", json(&self.reason)).unwrap();
        text.push_str(&result_to_json(self.answer.as_ref()));
        text.push_str("\n  }");
        text
    }
}

/// Returns the last line of a record.
pub(crate) fn result_to_json(result: Option<&CaseResult>) -> String {
    format!("    \"answer\": {}", json(&result))
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

/// Returns the recorded differences, indexed by case id.
pub(crate) fn read() -> BTreeMap<String, Difference> {
    serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap()
}

/// Writes the differences in the order of the cases.
pub(crate) fn write(cases: &[Case], differences: &BTreeMap<String, Difference>) {
    let recorded = |case: &Case| Some(differences.get(&case.id)?.to_json(&case.id));
    let records: Vec<String> = cases.iter().filter_map(recorded).collect();
    fs::write(path(), format!("{{\n{}\n}}\n", records.join(",\n"))).unwrap();
}

fn path() -> PathBuf {
    cases::directory().join("differences.json")
}
