use std::{collections::HashMap, io::BufRead};

use serde_json::Value;

/// How many instructions each benchmark took, by function and id.
#[derive(Debug)]
pub struct Counted(HashMap<(String, String), i64>);

impl Counted {
    /// Reads what gungraun prints with `--output-format=json`: a line for each benchmark.
    ///
    /// # Errors
    ///
    /// A line that cannot be read, or is no such summary.
    pub fn read(lines: impl BufRead) -> Result<Self, String> {
        let each = lines.lines().map(|line| {
            let line = line.map_err(|error| error.to_string())?;
            benchmark(&line).ok_or_else(|| format!("not a summary of callgrind's: {line}"))
        });
        each.collect::<Result<_, _>>().map(Self)
    }

    /// What the function took with this id.
    ///
    /// # Errors
    ///
    /// The function was not measured with this id.
    pub fn taken(&self, function: &str, id: &str) -> Result<i64, String> {
        let taken = self.0.get(&(function.to_owned(), id.to_owned())).copied();
        taken.ok_or_else(|| format!("{function}, {id} was not measured"))
    }
}

fn benchmark(line: &str) -> Option<((String, String), i64)> {
    let summary: Value = serde_json::from_str(line).ok()?;
    let function = summary.get("function_name")?.as_str()?.to_owned();
    let id = summary.get("id")?.as_str()?.to_owned();
    let instructions = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new")?.as_i64()?;
    Some(((function, id), instructions))
}
