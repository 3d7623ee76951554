use std::{collections::HashMap, io::BufRead};

use serde_json::Value;

/// The instructions of each benchmark, by function and id.
#[derive(Debug)]
pub struct InstructionCounts(HashMap<(String, String), i64>);

impl InstructionCounts {
    /// Reads gungraun's output with `--output-format=json`, one line for each benchmark.
    ///
    /// # Errors
    ///
    /// A line cannot be read, or is not a callgrind summary.
    pub fn read(lines: impl BufRead) -> Result<Self, String> {
        let each = lines.lines().map(|line| {
            let line = line.map_err(|error| error.to_string())?;
            benchmark(&line).ok_or_else(|| format!("not a callgrind summary: {line}"))
        });
        each.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the instructions of the function with this id.
    ///
    /// # Errors
    ///
    /// The function was not measured with this id.
    pub fn get(&self, function: &str, id: &str) -> Result<i64, String> {
        let count = self.0.get(&(function.to_owned(), id.to_owned())).copied();
        count.ok_or_else(|| format!("{function}, {id} was not measured"))
    }
}

fn benchmark(line: &str) -> Option<((String, String), i64)> {
    let summary: Value = serde_json::from_str(line).ok()?;
    let function = summary.get("function_name")?.as_str()?.to_owned();
    let id = summary.get("id")?.as_str()?.to_owned();
    let instructions = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new")?.as_i64()?;
    Some(((function, id), instructions))
}
