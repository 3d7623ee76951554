//! Activates policies from the texts of a source.

use std::{
    hash::{BuildHasher, RandomState},
    path::PathBuf,
    sync::Arc,
};

use tokio::{
    sync::{Notify, mpsc},
    task::spawn_blocking,
    time::{Duration, Instant, timeout_at},
};
use tracing::{error, info, warn};

use crate::{
    arguments::PolicyFrom,
    file,
    keys::Keys,
    policy::{Candidate, Policy},
    redis,
    settings::{Format, printable},
};

/// A source of policy texts, which sends the current text and each change.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name in log lines.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) updates: mpsc::Receiver<Update>,
    /// Reads the source again. `None` if a source never contains an incomplete text.
    again: Option<Arc<Notify>>,
}

#[derive(Debug)]
pub(crate) enum Update {
    /// A text, possibly the same as before.
    Text(String),
    /// The text is unavailable, for this reason. The source keeps trying.
    Unavailable(String),
}

impl Source {
    /// Opens the source. The first update is the current text.
    ///
    /// # Errors
    ///
    /// The source cannot be watched.
    pub(crate) fn open(from: &PolicyFrom) -> Result<Self, String> {
        // While the receiver is busy, later changes replace earlier ones at the source.
        let (sender, updates) = mpsc::channel(1);
        let (name, format, again) = match from {
            PolicyFrom::File(path) => {
                let name = path.display().to_string();
                let format = Format::from_path(path).map_err(|error| format!("{name}: {error}"))?;
                let watched = file::watch(PathBuf::clone(path), sender);
                let again = watched.map_err(|error| format!("{name}: {error}"))?;
                (name, format, Some(again))
            }
            PolicyFrom::Redis(key) => {
                redis::follow(key.clone(), sender);
                (key.to_string(), Format::Toml, None)
            }
        };
        Ok(Self { name, format, updates, again })
    }
}

/// Waits for the first text, activates its policy, and follows the source.
///
/// # Errors
///
/// The text is unavailable, or the policy has faults; the error lists all of them.
pub(crate) async fn begin(mut source: Source) -> Result<Policy, String> {
    let about = |error: &str| format!("{}: {error}", source.name);
    let mut reader = Reader::new(source.format);
    let candidate = match source.updates.recv().await {
        Some(Update::Text(text)) => reader.read(text).await,
        Some(Update::Unavailable(reason)) => Some(Err(reason)),
        None => None,
    };
    let candidate = candidate.unwrap_or_else(|| Err("the policy source has ended".to_owned()));
    let candidate = candidate.map_err(|error| about(&error))?;
    log_lints(&source, &candidate);
    let keys = candidate.keys.clone();
    let policy = Policy::new(candidate);
    let reloader = Reloader {
        source,
        reader,
        policy: policy.clone(),
        keys,
        unconfirmed: None,
        is_unavailable: false,
    };
    tokio::spawn(reloader.run());
    Ok(policy)
}

#[derive(Debug)]
struct Reloader {
    source: Source,
    reader: Reader,
    policy: Policy,
    /// The keys of the active policy.
    keys: Keys,
    unconfirmed: Option<Unconfirmed>,
    is_unavailable: bool,
}

/// A candidate that lacks keys of the active policy.
///
/// The file may still be incomplete. The candidate becomes active if a second reading returns the same text.
#[derive(Debug)]
struct Unconfirmed {
    candidate: Candidate,
    /// The time of the second reading, or `None` after it has begun.
    read_again_at: Option<Instant>,
}

impl Reloader {
    async fn run(mut self) {
        loop {
            let next = self.source.updates.recv();
            let next = match self.unconfirmed.as_ref().and_then(|one| one.read_again_at) {
                Some(at) => timeout_at(at, next).await,
                None => Ok(next.await),
            };
            let Ok(update) = next else {
                self.read_again();
                continue;
            };
            let Some(update) = update else { return };
            match update {
                Update::Text(text) => self.reload(text).await,
                // Repeated failures are logged only once.
                Update::Unavailable(_) if self.is_unavailable => {}
                Update::Unavailable(reason) => {
                    self.is_unavailable = true;
                    self.log_failure(&reason);
                }
            }
        }
    }

    async fn reload(&mut self, text: String) {
        let was_unavailable = std::mem::take(&mut self.is_unavailable);
        match self.reader.read(text).await {
            Some(Ok(candidate)) => {
                log_lints(&self.source, &candidate);
                let missing = self.keys.missing_in(&candidate.keys);
                if missing.is_empty() || self.source.again.is_none() {
                    return self.activate(candidate).await;
                }
                let missing = printable(&missing.join(", "));
                info!("policy: keys are missing: {missing}; waiting until the file is complete");
                let read_again_at = Some(Instant::now() + CONFIRMATION_TIME);
                self.unconfirmed = Some(Unconfirmed { candidate, read_again_at });
            }
            Some(Err(error)) => {
                self.unconfirmed = None;
                self.log_failure(&error);
            }
            None => {
                if was_unavailable {
                    info!("{}: available again and unchanged", self.source.name);
                }
                let is_second = |one: &mut Unconfirmed| one.read_again_at.is_none();
                if let Some(confirmed) = self.unconfirmed.take_if(is_second) {
                    self.activate(confirmed.candidate).await;
                }
            }
        }
    }

    async fn activate(&mut self, candidate: Candidate) {
        self.unconfirmed = None;
        self.keys = candidate.keys.clone();
        let policy = self.policy.clone();
        // Dropping a large policy takes time, so it must not block the async runtime.
        let _ = spawn_blocking(move || policy.swap(candidate)).await;
        info!("policy: reloaded");
    }

    fn read_again(&mut self) {
        if let (Some(unconfirmed), Some(again)) = (&mut self.unconfirmed, &self.source.again) {
            unconfirmed.read_again_at = None;
            again.notify_one();
        }
    }

    fn log_failure(&self, reason: &str) {
        error!("{}: {}", self.source.name, printable(reason));
        warn!("policy: not reloaded; the active policy stays");
    }
}

#[derive(Debug)]
struct Reader {
    format: Format,
    hasher: RandomState,
    /// The hash of the last text. A text can be large, so it is not stored.
    last: Option<u64>,
}

impl Reader {
    fn new(format: Format) -> Self {
        Self { format, hasher: RandomState::new(), last: None }
    }

    /// Returns `None` if the text is unchanged. Does not block requests, since a million origins take time.
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

/// The time between two readings of a text that lacks keys of the active policy.
const CONFIRMATION_TIME: Duration = Duration::from_secs(2);

fn log_lints(source: &Source, candidate: &Candidate) {
    for lint in &candidate.lints {
        warn!("{}: {lint}", source.name);
    }
}
