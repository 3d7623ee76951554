use std::{fs, path::Path};

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
        Broken::Faults { faults, prefix } => report::faults(path, &faults, &prefix),
    })
}
