use serde::Deserializer;

use crate::{cors::Rule, file::list};

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
    list::deserialize(deserializer, "a list of rules, which in TOML is [[rules]] and not [rules]")
}
