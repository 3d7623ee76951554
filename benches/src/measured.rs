use std::{collections::HashMap, io::BufRead};

use benches::{Asked, Contender, Way};
use serde_json::Value;

/// How many instructions each benchmark took, by function and id.
pub(crate) struct Instructions(HashMap<(String, String), i64>);

impl Instructions {
    /// Reads what gungraun prints with `--output-format=json`: a line for each benchmark.
    pub(crate) fn read(lines: impl BufRead) -> Result<Self, String> {
        let each = lines.lines().map(|line| {
            let line = line.map_err(|error| error.to_string())?;
            benchmark(&line).ok_or_else(|| format!("not a summary of callgrind's: {line}"))
        });
        each.collect::<Result<_, _>>().map(Self)
    }

    /// What the contender takes beyond the bare service.
    pub(crate) fn added(&self, by: Contender, asked: Asked, way: Way) -> Result<i64, String> {
        Ok(self.taken(by, asked, way)? - self.taken(Contender::Bare, asked, way)?)
    }

    fn taken(&self, by: Contender, asked: Asked, way: Way) -> Result<i64, String> {
        let name = name(by, asked, way);
        let taken = self.0.get(&name).copied();
        taken.ok_or_else(|| format!("{}, {} was not measured", name.0, name.1))
    }
}

/// Function and id, as they stand in `counts/instructions.rs`.
fn name(by: Contender, asked: Asked, way: Way) -> (String, String) {
    let contender = match by {
        Contender::Bare => "bare",
        Contender::ByHand => "by_hand",
        Contender::TowerHttp => "tower_http",
        Contender::TowerHttpMirror => "tower_http_mirror",
        Contender::Ours => "ours",
    };
    let place = Asked::ALL.iter().position(|one| *one == asked);
    match (way, place) {
        (Way::Directly, Some(place)) => (contender.to_owned(), format!("asked_{place}")),
        (Way::Directly, None) => (contender.to_owned(), format!("{asked:?}")),
        (Way::ByClone, _) => (format!("{contender}_by_clone"), "allowed".to_owned()),
        (Way::Dropped, _) => (format!("{contender}_dropped"), "allowed".to_owned()),
    }
}

fn benchmark(line: &str) -> Option<((String, String), i64)> {
    let summary: Value = serde_json::from_str(line).ok()?;
    let function = summary.get("function_name")?.as_str()?.to_owned();
    let id = summary.get("id")?.as_str()?.to_owned();
    let instructions = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new")?.as_i64()?;
    Some(((function, id), instructions))
}
