use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::Engine;

/// The recorded results of the tests in one engine.
///
/// The page `/results` of the playground shows them.
#[derive(Debug)]
pub struct Results {
    file: PathBuf,
    recorded: Value,
}

impl Results {
    /// Reads the results.
    pub fn read(engine: Engine) -> Result<Self> {
        let name = format!("{engine:?}.json").to_lowercase();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/playground/results");
        let file = PathBuf::from(folder).join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
        Ok(Self { file, recorded: serde_json::from_str(&text)? })
    }

    /// Returns the recorded value of this key.
    pub fn get(&self, key: &str) -> &Value {
        &self.recorded[key]
    }

    /// Compares the results of a run with the recorded results of this key.
    ///
    /// With the environment variable `RENEW_RESULTS`, records them with the version of the browser.
    pub fn compare(&mut self, key: &str, results: &Value, version: &str) -> Result<()> {
        if env::var_os("RENEW_RESULTS").is_some() {
            self.recorded[key] = results.clone();
            self.recorded["version"] = version.into();
            fs::write(&self.file, serde_json::to_string_pretty(&self.recorded)? + "\n")?;
        }
        ensure!(
            self.get(key) == results,
            "the {key} in {} differ from this run; run `RENEW_RESULTS=1 cargo test --test playground --test \
             techniques`, then `UPDATE=1 cargo test --test generated`, and commit the results",
            self.file.display()
        );
        Ok(())
    }
}
