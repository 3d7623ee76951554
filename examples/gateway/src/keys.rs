//! The keys of a policy text, which show that a text is incomplete.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::settings::Format;

/// The paths of all keys, such as `guard.csrf` and `cors.rules[0].origins`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// For each path, the number of items of a list, or 0.
    paths: BTreeMap<String, usize>,
}

impl Keys {
    /// Reads the keys. A text with a syntax error has no keys.
    pub(crate) fn read(text: &str, format: Format) -> Self {
        let mut keys = Self::default();
        // The end of a list is visible in TOML and JSON, so an incomplete list is a syntax error there.
        let counts_items = format == Format::Yaml;
        if let Ok(value) = format.deserialize::<Value>(text) {
            keys.add(&value, "", counts_items);
        }
        keys
    }

    /// Returns the keys that another text lacks, without the keys inside of them.
    pub(crate) fn missing_in(&self, other: &Self) -> Vec<&str> {
        let is_missing = |(path, items): &(&String, &usize)| {
            other.paths.get(*path).is_none_or(|others| others < *items)
        };
        let mut missing: Vec<&str> = Vec::new();
        for (path, _) in self.paths.iter().filter(is_missing) {
            let is_inside = |outer: &&str| {
                path.strip_prefix(*outer).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            if !missing.iter().any(is_inside) {
                missing.push(path);
            }
        }
        missing
    }

    fn add(&mut self, value: &Value, path: &str, counts_items: bool) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.add(value, &path, counts_items);
                    self.paths.entry(path).or_default();
                }
            }
            Value::Array(items) => {
                if counts_items {
                    self.paths.insert(path.to_owned(), items.len());
                }
                // Lists of texts can be long.
                let tables = items.iter().enumerate().filter(|(_, item)| item.is_object());
                for (number, item) in tables {
                    let path = format!("{path}[{number}]");
                    self.add(item, &path, counts_items);
                    self.paths.entry(path).or_default();
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_text_lacks_keys_or_items() {
        let toml =
            "[guard.csrf]\n[[cors.rules]]\norigins = [\"a\", \"b\"]\nmax_age = 1\n[[cors.rules]]\n";
        let yaml = "cors:\n  rules:\n  - origins:\n    - a\n    - b\n    max_age: 1\n";
        let json = r#"{"cors": {"rules": [{"origins": ["a", "b"]}]}}"#;
        #[rustfmt::skip]
        let cases = [
            (Format::Toml, toml, toml, vec![]),
            (Format::Toml, toml, "", vec!["cors", "guard"]),
            (Format::Toml, toml, "[guard.csrf]\n", vec!["cors"]),
            (Format::Toml, toml, "[guard.csrf]\n[[cors.rules]]\norigins = [\"b\"]\n", vec!["cors.rules[0].max_age", "cors.rules[1]"]),
            (Format::Toml, toml, "[guard.csrf]\nreport_only = true\n[[cors.rules]]\norigins = []\nmax_age = 2\n[[cors.rules]]\n[sse]", vec![]),
            (Format::Yaml, yaml, "cors:\n  rules:\n  - origins:\n    - a\n", vec!["cors.rules[0].max_age", "cors.rules[0].origins"]),
            (Format::Yaml, yaml, "cors:\n  rules:\n  - origins: [c, d, e]\n    max_age: 1\n", vec![]),
            (Format::Json, json, r#"{"cors": {"rules": [{"origins": ["a"]}]}}"#, vec![]),
            (Format::Json, json, r#"{"cors": {"rules": ["#, vec!["cors"]),
        ];
        for (format, complete, other, expected) in cases {
            let complete = Keys::read(complete, format);
            assert_eq!(complete.missing_in(&Keys::read(other, format)), expected, "{other}");
        }
    }
}
