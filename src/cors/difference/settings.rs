use std::collections::BTreeSet;

use super::ChangeKind;
use crate::cors::{CorsConfig, Diagnostics, UpstreamHeaders};

/// What a configuration says beside its rules.
#[derive(Debug)]
pub(in crate::cors) struct Settings {
    preflight_status: u16,
    enforce: bool,
    own_origins: BTreeSet<String>,
    upstream_headers: UpstreamHeaders,
    /// `None` for all.
    diagnostics: Option<BTreeSet<String>>,
}

impl Settings {
    pub(in crate::cors) fn of(config: &CorsConfig) -> Self {
        Self {
            preflight_status: config.preflight_status,
            enforce: config.enforce,
            own_origins: config.own_origins.iter().cloned().collect(),
            upstream_headers: config.upstream_headers,
            diagnostics: match &config.diagnostics {
                Diagnostics::Origins(origins) => Some(origins.iter().cloned().collect()),
                Diagnostics::All => None,
            },
        }
    }

    /// What is different in `new`, as a file has it.
    pub(super) fn changed(&self, new: &Self) -> Vec<ChangeKind> {
        let (old_values, new_values) = (self.written(), new.written());
        let pairs = old_values.into_iter().zip(new_values);
        let changed = pairs.filter(|((_, old), (_, new))| old != new);
        changed
            .map(|((setting, old), (_, new))| ChangeKind::Setting { setting, old, new })
            .collect()
    }

    fn written(&self) -> [(&'static str, String); 5] {
        let upstream_headers = match self.upstream_headers {
            UpstreamHeaders::Replace => "replace",
            UpstreamHeaders::Keep => "keep",
        };
        let diagnostics = match &self.diagnostics {
            Some(origins) => list(origins),
            None => format!("{:?}", "all"),
        };
        [
            ("preflight_status", self.preflight_status.to_string()),
            ("enforce", self.enforce.to_string()),
            ("own_origins", list(&self.own_origins)),
            ("upstream_headers", format!("{upstream_headers:?}")),
            ("diagnostics", diagnostics),
        ]
    }
}

fn list(origins: &BTreeSet<String>) -> String {
    format!("{:?}", origins.iter().collect::<Vec<_>>())
}
