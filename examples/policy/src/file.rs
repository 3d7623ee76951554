use std::{fs, path::Path};

use tower_cross_origin::cors::CorsPolicy;

use crate::{
    report::{self, Report},
    settings::{Broken, Format, Loaded},
};

/// Reads the file, and says everything that is wrong with it.
pub(crate) fn load(path: &Path) -> Result<Loaded, Report> {
    let about = |error: String| Report::from(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| about(error.to_string()))?;
    let format = Format::of(path).map_err(about)?;
    Loaded::read(&text, format).map_err(|broken| match broken {
        Broken::Shape(error) => about(error),
        Broken::Faults(faults) => report::faults(path, &faults),
    })
}

/// Its policy of CORS.
pub(crate) fn load_cors(path: &Path) -> Result<CorsPolicy, Report> {
    let loaded = load(path)?;
    let cors = loaded.policy.cors().cloned();
    cors.ok_or_else(|| Report::from(format!("{}: it has no [cors]", path.display())))
}
