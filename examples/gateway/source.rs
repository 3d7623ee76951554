use std::path::PathBuf;

use tokio::sync::mpsc;

use crate::{arguments::PolicyFrom, file, redis, settings::Format};

/// Where the policy's text comes from, now and each time that it changes.
#[derive(Debug)]
pub(crate) struct Source {
    /// What it is called where something is said of it.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) news: mpsc::Receiver<News>,
}

#[derive(Debug)]
pub(crate) enum News {
    /// It may be the same as before.
    Text(String),
    /// There is no text, and why; it is looked for meanwhile.
    Away(String),
}

impl Source {
    /// Begins to follow it. The first news is what is there now.
    ///
    /// # Errors
    ///
    /// Where it cannot be followed.
    pub(crate) fn open(from: &PolicyFrom) -> Result<Self, String> {
        // What comes faster than it is read waits at its origin, where the latest takes the others' place.
        let (sender, news) = mpsc::channel(1);
        let (name, format) = match from {
            PolicyFrom::File(path) => {
                let name = path.display().to_string();
                let format = Format::of(path).map_err(|error| format!("{name}: {error}"))?;
                let watched = file::watch(PathBuf::clone(path), sender);
                watched.map_err(|error| format!("{name}: {error}"))?;
                (name, format)
            }
            PolicyFrom::Redis(key) => {
                redis::follow(key.clone(), sender);
                (key.to_string(), Format::Toml)
            }
        };
        Ok(Self { name, format, news })
    }
}
