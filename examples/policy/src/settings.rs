//! Reads policies from files: a policy for all layers, or only CORS.

use std::{collections::BTreeMap, error::Error, ffi::OsStr, fmt, path::Path};

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use tower_cross_origin::{
    cors::CorsConfig,
    cross_origin::{CrossOriginConfig, CrossOriginPolicy, Fault, FaultKind},
};

/// A valid policy and its lints.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) policy: CrossOriginPolicy,
    /// Valid settings that are probably mistakes, each with its key.
    pub(crate) lints: Vec<String>,
}

impl Loaded {
    /// Parses a policy.
    ///
    /// # Errors
    ///
    /// The syntax error, or all faults of the policy.
    pub(crate) fn parse(text: &str, format: Format, scope: Scope) -> Result<Self, LoadError> {
        let parsed = format.parse(text, scope).map_err(LoadError::Syntax)?;
        let Parsed { config, is_bare, others } = parsed;
        let shown = |diagnostic: String| match diagnostic.strip_prefix("cors.") {
            // The keys of the file do not begin with `cors`.
            Some(rest) if is_bare => rest.to_owned(),
            _ => diagnostic,
        };
        let policy = CrossOriginPolicy::new(config).map_err(|error| {
            LoadError::Faults(error.faults().iter().map(ToString::to_string).map(shown).collect())
        })?;
        let similar = format.similar_keys(text);
        let ignored = |key: String| match similar.get(&key) {
            Some(similar) => {
                format!(
                    "{key}: ignored; the key is similar to {similar:?}; write {similar:?}, or rename it"
                )
            }
            None => format!(
                "{key}: ignored; an error if the file has policy sections in addition to cors"
            ),
        };
        let lints = policy.lints().iter().map(ToString::to_string).map(shown);
        let lints = lints.chain(others.into_iter().map(ignored));
        let lints = lints.map(|lint| printable(&lint)).collect();
        Ok(Self { policy, lints })
    }
}

/// The reason why a text is not a valid policy.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// The text does not have the expected structure, such as a list without brackets.
    Syntax(String),
    /// The policy has faults, each with its key.
    Faults(Vec<String>),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => f.write_str(&printable(error.trim_end())),
            Self::Faults(faults) => {
                match faults.len() {
                    1 => f.write_str("1 fault")?,
                    many => write!(f, "{many} faults")?,
                }
                faults.iter().try_for_each(|fault| write!(f, "\n- {}", printable(fault)))
            }
        }
    }
}

impl Error for LoadError {}

/// Escapes characters that change how a terminal or a log viewer displays other text.
///
/// Messages quote the file, whose author may not be the reader.
pub(crate) fn printable(text: &str) -> String {
    let is_harmless = |one: char| one == '\n' || one == '\t' || !(one.is_control() || is_bidi(one));
    let escape = |one: char| {
        if is_harmless(one) { one.to_string() } else { one.escape_unicode().to_string() }
    };
    text.chars().map(escape).collect()
}

/// Returns whether the character changes the direction of text (<https://www.unicode.org/reports/tr9/>).
fn is_bidi(one: char) -> bool {
    matches!(one, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The keys that a file may have in addition to the keys of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each program reads the files of one scope")]
pub(crate) enum Scope {
    /// None. A misspelt section would otherwise have no effect.
    PolicyOnly,
    /// The settings of an application, if `cors` is the only section of the policy.
    Application,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Toml,
    Json,
    Yaml,
}

impl Format {
    /// Returns the format for the extension of a file name.
    ///
    /// # Errors
    ///
    /// A message if the extension is unknown.
    pub(crate) fn from_path(path: &Path) -> Result<Self, String> {
        match path.extension().and_then(OsStr::to_str) {
            Some("toml") => Ok(Self::Toml),
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            _ => {
                Err("the format is unknown; use the extension .toml, .json, .yaml or .yml"
                    .to_owned())
            }
        }
    }

    fn parse(self, text: &str, scope: Scope) -> Result<Parsed, String> {
        #[derive(Deserialize)]
        struct WithCors {
            cors: CorsConfig,
        }
        let all_layers = |config| Parsed { config, is_bare: false, others: Vec::new() };
        let only_cors = |cors: CorsConfig| all_layers(CrossOriginConfig::new().cors(cors));
        #[expect(clippy::zero_sized_map_values, reason = "only the keys are needed")]
        // The calls below report a text that is not a table.
        let keys: BTreeMap<String, IgnoredAny> = self.deserialize(text).unwrap_or_default();
        let (ours, others): (Vec<String>, Vec<String>) =
            keys.into_keys().partition(|key| KEYS.contains(&key.as_str()));
        if others.iter().any(|key| key == "rules") {
            return Ok(Parsed { is_bare: true, ..only_cors(self.deserialize(text)?) });
        }
        if ours == ["cors"] && scope == Scope::Application {
            return Ok(Parsed { others, ..only_cors(self.deserialize::<WithCors>(text)?.cors) });
        }
        self.deserialize(text).map(all_layers)
    }

    /// Returns the unknown top-level keys, each with the similar key of a policy.
    fn similar_keys(self, text: &str) -> BTreeMap<String, String> {
        let policy = self.deserialize::<CrossOriginConfig>(text).map(CrossOriginPolicy::new);
        let faults = match &policy {
            Ok(Err(error)) => error.faults(),
            _ => &[],
        };
        let unknown =
            faults.iter().filter(|fault| matches!(fault.kind(), FaultKind::UnknownKey(_)));
        let similar =
            |fault: &Fault| Some((fault.setting().to_owned(), fault.suggestion()?.to_owned()));
        unknown.filter_map(similar).collect()
    }

    /// Parses a text into any type.
    ///
    /// # Errors
    ///
    /// The syntax error.
    pub(crate) fn deserialize<T: DeserializeOwned>(self, text: &str) -> Result<T, String> {
        match self {
            Self::Toml => toml::from_str(text).map_err(|error| error.to_string()),
            Self::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
            Self::Yaml => serde_saphyr::from_str(text).map_err(|error| error.to_string()),
        }
    }
}

/// A parsed configuration, before validation.
struct Parsed {
    config: CrossOriginConfig,
    /// The keys are CORS settings without the section `cors`.
    is_bare: bool,
    /// The keys of the application.
    others: Vec<String>,
}

/// The keys of [`CrossOriginConfig`].
const KEYS: [&str; 10] = [
    "origins",
    "service_origins",
    "exempt_paths",
    "cors",
    "guard",
    "embedding",
    "jsonp",
    "sse",
    "long_poll",
    "beacon",
];
