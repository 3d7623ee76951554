use std::{fs, path::Path};

use tower_cross_origin::cors::CorsPolicy;

use crate::{
    report::{self, Report},
    settings::{Format, LoadError, Loaded},
};

/// Reads a policy from a file.
///
/// # Errors
///
/// A report of all faults, or of the reason why the file is unreadable.
pub(crate) fn load(path: &Path) -> Result<Loaded, Report> {
    let about = |error: String| Report::from(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| about(error.to_string()))?;
    let format = Format::from_path(path).map_err(about)?;
    Loaded::parse(&text, format).map_err(|error| match error {
        LoadError::Syntax(error) => about(error),
        LoadError::Faults(faults) => report::faults(path, &faults),
    })
}

/// Reads the CORS policy from a file.
///
/// # Errors
///
/// The errors of [`load`], and a report if the file has no `cors` section.
pub(crate) fn load_cors(path: &Path) -> Result<CorsPolicy, Report> {
    let loaded = load(path)?;
    let cors = loaded.policy.cors().cloned();
    cors.ok_or_else(|| Report::from(format!("{}: the file has no section cors", path.display())))
}
