use std::{ffi::OsStr, fs, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use tower_cross_origin::cors::{CorsConfig, CorsPolicy};

use crate::report::{self, Report};

/// A file's policy.
pub(crate) struct Loaded {
    pub(crate) policy: CorsPolicy,
    /// What stands before its keys.
    pub(crate) prefix: String,
}

impl Loaded {
    /// Reads the file, and says everything that is wrong with it.
    pub(crate) fn from(path: &Path) -> Result<Self, Report> {
        let about = |error: String| Report::from(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| about(error.to_string()))?;
        let format = Format::of(path).map_err(about)?;
        let (config, prefix) = read(&text, format).map_err(about)?;
        match CorsPolicy::try_from(config) {
            Ok(policy) => Ok(Self { policy, prefix }),
            Err(error) => Err(report::faults(path, error.faults(), &prefix)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Format {
    Toml,
    Json,
    Yaml,
}

impl Format {
    fn of(path: &Path) -> Result<Self, String> {
        match path.extension().and_then(OsStr::to_str) {
            Some("toml") => Ok(Self::Toml),
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            _ => {
                Err("which format is this? The name ends with .toml, .json, .yaml or .yml"
                    .to_owned())
            }
        }
    }

    fn parse<T: DeserializeOwned>(self, text: &str) -> Result<T, String> {
        match self {
            Self::Toml => toml::from_str(text).map_err(|error| error.to_string()),
            Self::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
            Self::Yaml => serde_saphyr::from_str(text).map_err(|error| error.to_string()),
        }
    }
}

/// The policy is one part of an application's settings, or the whole file.
pub(crate) fn read(text: &str, format: Format) -> Result<(CorsConfig, String), String> {
    #[derive(Deserialize)]
    struct Settings {
        cors: Option<serde::de::IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct WithCors {
        cors: CorsConfig,
    }
    let is_part = format.parse::<Settings>(text).is_ok_and(|settings| settings.cors.is_some());
    if is_part {
        format.parse::<WithCors>(text).map(|settings| (settings.cors, "cors.".to_owned()))
    } else {
        format.parse(text).map(|config| (config, String::new()))
    }
}
