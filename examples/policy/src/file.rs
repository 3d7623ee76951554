use std::{fs, path::Path};

use serde_json::Value;
use tower_cross_origin::{
    cors::{CorsConfig, CorsPolicy},
    cross_origin::CrossOriginPolicy,
};
use url::Url;

use crate::{
    explained::Explained,
    report::{self, Report},
    sent_request::SentRequest,
    settings::{Format, LoadError, Loaded, Scope},
};

/// A valid policy file.
#[derive(Debug)]
pub(crate) struct PolicyFile {
    pub(crate) policy: CrossOriginPolicy,
    pub(crate) lints: Vec<String>,
    /// The policy of a file that has only the keys of `cors`. Its explanations have the keys of the file.
    bare_cors: Option<CorsPolicy>,
    /// The parsed text, whose values have no types.
    tree: Value,
}

impl PolicyFile {
    /// Reads a policy from a file.
    ///
    /// # Errors
    ///
    /// A report of all faults, or of the reason why the file is unreadable.
    pub(crate) fn load(path: &Path) -> Result<Self, Report> {
        let about = |error: String| Report::from(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| about(error.to_string()))?;
        let format = Format::from_path(path).map_err(about)?;
        let loaded =
            Loaded::parse(&text, format, Scope::Application).map_err(|error| match error {
                LoadError::Syntax(error) => about(error),
                LoadError::Faults(faults) => report::faults(path, &faults),
            })?;
        let tree: Value = format.deserialize(&text).map_err(about)?;
        let bare_cors = if tree.get("rules").is_some() {
            let config: CorsConfig = format.deserialize(&text).map_err(about)?;
            Some(CorsPolicy::new(config).map_err(|error| about(error.to_string()))?)
        } else {
            None
        };
        let Loaded { policy, lints } = loaded;
        Ok(Self { policy, lints, bare_cors, tree })
    }

    /// Explains the decision about a request.
    pub(crate) fn explain(&self, sent: &SentRequest) -> Explained {
        match &self.bare_cors {
            Some(cors) => Explained::by_cors(cors, sent),
            None => Explained::by_all_sections(&self.policy, sent),
        }
    }

    /// Returns the URL of the service, if the file contains it.
    ///
    /// This is the first service origin, or the first name of the host check.
    pub(crate) fn service_url(&self) -> Option<Url> {
        let first = |pointer: &str| self.tree.pointer(pointer)?.as_str();
        let origin = first("/service_origins/0")
            .or_else(|| first("/cors/service_origins/0"))
            .map(str::to_owned)
            .or_else(|| first("/guard/host/names/0").map(|name| format!("https://{name}")));
        // A pattern of names is not a URL.
        Url::parse(&origin?).ok().filter(Url::has_host)
    }
}
