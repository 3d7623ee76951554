use std::{error::Error, ffi::OsStr, fmt, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Fault};

/// The policy that a text says.
pub(crate) struct Loaded {
    pub(crate) policy: CorsPolicy,
    /// What stands before its keys.
    pub(crate) prefix: String,
}

impl Loaded {
    /// Reads the text, and says everything that is wrong with it.
    pub(crate) fn read(text: &str, format: Format) -> Result<Self, Broken> {
        let (config, prefix) = format.config(text).map_err(Broken::Shape)?;
        match CorsPolicy::try_from(config) {
            Ok(policy) => Ok(Self { policy, prefix }),
            Err(error) => Err(Broken::Faults { faults: error.faults().to_vec(), prefix }),
        }
    }
}

/// Why a text is no policy.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It is not read to its end: an unknown key, a wrong type.
    Shape(String),
    /// It is, and says what cannot be.
    Faults { faults: Vec<Fault>, prefix: String },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => f.write_str(error.trim_end()),
            Self::Faults { faults, prefix } => {
                match faults.len() {
                    1 => f.write_str("a fault")?,
                    many => write!(f, "{many} faults")?,
                }
                faults.iter().try_for_each(|fault| write!(f, "\n- {prefix}{fault}"))
            }
        }
    }
}

impl Error for Broken {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Toml,
    Json,
    Yaml,
}

impl Format {
    /// By the ending of the file's name.
    pub(crate) fn of(path: &Path) -> Result<Self, String> {
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

    /// The policy is one part of an application's settings, or the whole file.
    fn config(self, text: &str) -> Result<(CorsConfig, String), String> {
        #[derive(Deserialize)]
        struct Settings {
            cors: Option<serde::de::IgnoredAny>,
        }
        #[derive(Deserialize)]
        struct WithCors {
            cors: CorsConfig,
        }
        let is_part = self.parse::<Settings>(text).is_ok_and(|settings| settings.cors.is_some());
        if is_part {
            self.parse::<WithCors>(text).map(|settings| (settings.cors, "cors.".to_owned()))
        } else {
            self.parse(text).map(|config| (config, String::new()))
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
