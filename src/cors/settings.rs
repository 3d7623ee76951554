use std::collections::BTreeSet;

use super::{CorsConfig, Diagnostics, UpstreamHeaders, config::ALL};

/// What a configuration says beside its rules.
#[derive(Debug)]
pub(super) struct Settings {
    preflight_status: u16,
    enforce: bool,
    own_origins: BTreeSet<String>,
    upstream_headers: UpstreamHeaders,
    /// `None` for all.
    diagnostics: Option<BTreeSet<String>>,
}

impl Settings {
    pub(super) fn of(config: &CorsConfig) -> Self {
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

    /// Each setting with its value, as a file has it.
    pub(super) fn written(&self) -> [(&'static str, String); 5] {
        let diagnostics = match &self.diagnostics {
            Some(origins) => list(origins),
            None => format!("{ALL:?}"),
        };
        [
            ("preflight_status", self.preflight_status.to_string()),
            ("enforce", self.enforce.to_string()),
            ("own_origins", list(&self.own_origins)),
            ("upstream_headers", format!("{:?}", self.upstream_headers.word())),
            ("diagnostics", diagnostics),
        ]
    }
}

fn list(origins: &BTreeSet<String>) -> String {
    format!("{:?}", origins.iter().collect::<Vec<_>>())
}
