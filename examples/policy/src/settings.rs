//! Policies as they stand in files: everything that pages of other origins may do, or CORS alone.

use std::{collections::BTreeMap, error::Error, ffi::OsStr, fmt, path::Path};

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use tower_cross_origin::{
    cors::CorsConfig,
    cross_origin::{CrossOriginConfig, CrossOriginPolicy},
};

/// The policy that a text says.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) policy: CrossOriginPolicy,
    /// What is legal, but probably not meant; each with its key.
    pub(crate) lints: Vec<String>,
}

impl Loaded {
    /// Reads the text, and says everything that is wrong with it.
    pub(crate) fn read(text: &str, format: Format) -> Result<Self, Broken> {
        let Read { config, is_bare, others } = format.read(text).map_err(Broken::Shape)?;
        let shown = |finding: String| match finding.strip_prefix("cors.") {
            // As the file has it.
            Some(rest) if is_bare => rest.to_owned(),
            _ => finding,
        };
        let policy = CrossOriginPolicy::new(config).map_err(|error| {
            Broken::Faults(error.faults().iter().map(ToString::to_string).map(shown).collect())
        })?;
        let not_read =
            |key| format!("{key}: not read; with more than cors beside it, it is an error");
        let lints = policy.lints().iter().map(ToString::to_string).map(shown);
        let lints = lints.chain(others.into_iter().map(not_read)).collect();
        Ok(Self { policy, lints })
    }
}

/// Why a text is no policy.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It is not read to its end: an unknown key, a wrong type.
    Shape(String),
    /// It is, and says what cannot be; each fault with its key.
    Faults(Vec<String>),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => f.write_str(error.trim_end()),
            Self::Faults(faults) => {
                match faults.len() {
                    1 => f.write_str("a fault")?,
                    many => write!(f, "{many} faults")?,
                }
                faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
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

    fn read(self, text: &str) -> Result<Read, String> {
        #[derive(Deserialize)]
        struct WithCors {
            cors: CorsConfig,
        }
        let whole = |config| Read { config, is_bare: false, others: Vec::new() };
        let of_cors = |cors: CorsConfig| whole(CrossOriginConfig::new().cors(cors));
        #[expect(clippy::zero_sized_map_values, reason = "a file is read for its keys")]
        // What is no table is refused by what follows.
        let keys: BTreeMap<String, IgnoredAny> = self.parse(text).unwrap_or_default();
        let (ours, others): (Vec<String>, Vec<String>) =
            keys.into_keys().partition(|key| KEYS.contains(&key.as_str()));
        if others.iter().any(|key| key == "rules") {
            return Ok(Read { is_bare: true, ..of_cors(self.parse(text)?) });
        }
        if ours == ["cors"] {
            // A part of an application's settings; what it has beside that is its own.
            return Ok(Read { others, ..of_cors(self.parse::<WithCors>(text)?.cors) });
        }
        self.parse(text).map(whole)
    }

    fn parse<T: DeserializeOwned>(self, text: &str) -> Result<T, String> {
        match self {
            Self::Toml => toml::from_str(text).map_err(|error| error.to_string()),
            Self::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
            Self::Yaml => serde_saphyr::from_str(text).map_err(|error| error.to_string()),
        }
    }
}

/// What a text says, which may be wrong.
struct Read {
    config: CrossOriginConfig,
    /// Whether its keys are those of CORS, without a key of their own.
    is_bare: bool,
    /// The keys that are an application's own.
    others: Vec<String>,
}

/// Those of [`CrossOriginConfig`].
const KEYS: [&str; 9] = [
    "origins",
    "service_origins",
    "cors",
    "guard",
    "embedding",
    "jsonp",
    "sse",
    "long_poll",
    "beacon",
];
