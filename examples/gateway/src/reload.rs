//! From texts, wherever they come from, to the policy in force.

use std::{
    hash::{BuildHasher, RandomState},
    path::PathBuf,
};

use tokio::{sync::mpsc, task::spawn_blocking};
use tracing::{error, info, warn};

use crate::{
    arguments::PolicyFrom,
    file,
    policy::{Candidate, Policy},
    redis,
    settings::Format,
};

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
                let format = Format::from_path(path).map_err(|error| format!("{name}: {error}"))?;
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

/// Waits for the first text, puts its policy in force, and follows the source from then on.
///
/// # Errors
///
/// Where there is no text, or with everything that is wrong with it.
pub(crate) async fn begin(mut source: Source) -> Result<Policy, String> {
    let about = |error: &str| format!("{}: {error}", source.name);
    let mut reader = Reader::new(source.format);
    let candidate = match source.news.recv().await {
        Some(News::Text(text)) => reader.read(text).await,
        Some(News::Away(why)) => Some(Err(why)),
        None => None,
    };
    let candidate = candidate.unwrap_or_else(|| Err("it cannot be followed".to_owned()));
    let candidate = candidate.map_err(|error| about(&error))?;
    log_lints(&source, &candidate);
    let policy = Policy::new(candidate);
    tokio::spawn(Reloader { source, reader, policy: policy.clone(), is_away: false }.run());
    Ok(policy)
}

#[derive(Debug)]
struct Reloader {
    source: Source,
    reader: Reader,
    policy: Policy,
    is_away: bool,
}

impl Reloader {
    async fn run(mut self) {
        while let Some(news) = self.source.news.recv().await {
            match news {
                News::Text(text) => self.take(text).await,
                // Once, however often it is looked for.
                News::Away(_) if self.is_away => {}
                News::Away(why) => {
                    self.is_away = true;
                    self.keep(&why);
                }
            }
        }
    }

    async fn take(&mut self, text: String) {
        let was_away = std::mem::take(&mut self.is_away);
        match self.reader.read(text).await {
            Some(Ok(candidate)) => {
                log_lints(&self.source, &candidate);
                let policy = self.policy.clone();
                // The one before may be large, and goes where nobody waits.
                let _ = spawn_blocking(move || policy.swap(candidate)).await;
                info!("policy: reloaded");
            }
            Some(Err(broken)) => self.keep(&broken),
            None if was_away => info!("{}: there again, and the same", self.source.name),
            None => {}
        }
    }

    fn keep(&self, why: &str) {
        error!("{}: {why}", self.source.name);
        warn!("policy: the last one stays in force");
    }
}

#[derive(Debug)]
struct Reader {
    format: Format,
    hasher: RandomState,
    /// The last text's hash: a text can be large.
    last: Option<u64>,
}

impl Reader {
    fn new(format: Format) -> Self {
        Self { format, hasher: RandomState::new(), last: None }
    }

    /// None where it is the text of the last time. Apart from requests: a million origins take their time.
    async fn read(&mut self, text: String) -> Option<Result<Candidate, String>> {
        let (format, hasher, last) = (self.format, self.hasher.clone(), self.last);
        let read = spawn_blocking(move || {
            let hash = hasher.hash_one(&text);
            let is_new = last != Some(hash);
            (hash, is_new.then(|| Candidate::read(&text, format)))
        });
        match read.await {
            Ok((hash, candidate)) => {
                self.last = Some(hash);
                candidate.map(|candidate| candidate.map_err(|broken| broken.to_string()))
            }
            Err(error) => Some(Err(error.to_string())),
        }
    }
}

fn log_lints(source: &Source, candidate: &Candidate) {
    for lint in &candidate.lints {
        warn!("{}: {lint}", source.name);
    }
}
