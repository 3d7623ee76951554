use serde::Deserializer;

use crate::{config::file, cors::Rule};

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
    file::list(deserializer, "a list of rules, which in TOML is [[rules]] and not [rules]")
}
