use std::{collections::BTreeMap, io::BufRead};

use serde_json::{Value, json};

/// The instructions of each benchmark, by program, function and id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures(BTreeMap<String, BTreeMap<String, BTreeMap<String, i64>>>);

impl Figures {
    /// Reads gungraun's output with `--output-format=json`, one line for each benchmark.
    pub(crate) fn from_counts(lines: impl BufRead) -> Result<Self, String> {
        let mut figures = Self::default();
        for line in lines.lines() {
            let line = line.map_err(|error| error.to_string())?;
            let (program, function, id, count) =
                benchmark(&line).ok_or_else(|| format!("not a callgrind summary: {line}"))?;
            let functions = figures.0.entry(program).or_default();
            functions.entry(function).or_default().insert(id, count);
        }
        Ok(figures)
    }

    /// Reads the text of [`to_text`](Self::to_text).
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map(Self).map_err(|error| error.to_string())
    }

    /// Returns the figures as JSON, with a line for each function.
    pub(crate) fn to_text(&self) -> String {
        let functions = |functions: &BTreeMap<String, BTreeMap<String, i64>>| {
            let lines =
                functions.iter().map(|(name, ids)| format!("    \"{name}\": {}", json!(ids)));
            lines.collect::<Vec<_>>().join(",\n")
        };
        let programs = self
            .0
            .iter()
            .map(|(name, program)| format!("  \"{name}\": {{\n{}\n  }}", functions(program)));
        format!("{{\n{}\n}}\n", programs.collect::<Vec<_>>().join(",\n"))
    }

    /// Replaces the programs that the other figures contain.
    pub(crate) fn replace(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns each count with its program, function and id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str, &str, i64)> {
        self.0.iter().flat_map(|(program, functions)| {
            functions.iter().flat_map(move |(function, ids)| {
                ids.iter().map(move |(id, count)| (&**program, &**function, &**id, *count))
            })
        })
    }

    pub(crate) fn get(&self, program: &str, function: &str, id: &str) -> Result<i64, String> {
        let count = self.0.get(program).and_then(|functions| functions.get(function)?.get(id));
        count.copied().ok_or_else(|| format!("{program}, {function}, {id} was not measured"))
    }
}

fn benchmark(line: &str) -> Option<(String, String, String, i64)> {
    let summary: Value = serde_json::from_str(line).ok()?;
    let text = |key| summary.get(key)?.as_str().map(str::to_owned);
    let program = text("module_path")?.split("::").next()?.to_owned();
    let count = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new")?.as_i64()?;
    Some((program, text("function_name")?, text("id")?, count))
}
