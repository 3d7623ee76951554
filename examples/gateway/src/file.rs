//! Watches a file, and reads it after each change of its directory.
//!
//! The directory is watched instead of the file: editors write another file and rename it, and Kubernetes
//! replaces a link to a directory. If the file is a link, the directory of its target is watched, too.
//! Events do not contain the new text, so the file is read again. A file that is written in place may be
//! read before it is complete: write another file and rename it. If keys are missing, `reload` waits for a second
//! reading. Network file systems do not report changes
//! by other machines.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tokio::{
    sync::{Notify, mpsc},
    task::spawn_blocking,
    time::timeout,
};

use crate::reload::Update;

/// Sends the file's text now and after each change, until the receiver is dropped.
///
/// A notification of the returned value sends the text again.
///
/// # Errors
///
/// The directory of the file cannot be watched.
pub(crate) fn watch(path: PathBuf, sender: mpsc::Sender<Update>) -> notify::Result<Arc<Notify>> {
    let changed = Arc::new(Notify::new());
    let again = Arc::clone(&changed);
    let mut folders = Folders::new(Arc::clone(&changed))?;
    // The watch begins before the first read, so that no change is missed.
    folders.watch(folder_of(&path))?;
    tokio::spawn(async move {
        loop {
            // The target of a link can change, and may be missing.
            if let Ok(target) = fs::canonicalize(&path) {
                let _ = folders.watch(folder_of(&target));
            }
            let at = path.clone();
            let update = match spawn_blocking(move || fs::read_to_string(at)).await {
                Ok(Ok(text)) => Update::Text(text),
                Ok(Err(error)) => Update::Unavailable(error.to_string()),
                Err(error) => Update::Unavailable(io::Error::other(error).to_string()),
            };
            if sender.send(update).await.is_err() {
                return;
            }
            changed.notified().await;
            // Waits until a file that is written in place is probably complete.
            for _ in 0..MAX_WAITS {
                if timeout(QUIET_TIME, changed.notified()).await.is_err() {
                    break;
                }
            }
        }
    });
    Ok(again)
}

#[derive(Debug)]
struct Folders {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    fn new(changed: Arc<Notify>) -> notify::Result<Self> {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error may hide a change.
            if event.is_ok_and(|event| is_change(event.kind)) {
                changed.notify_one();
            }
        })?;
        Ok(Self { watcher, watched: BTreeSet::new() })
    }

    fn watch(&mut self, folder: &Path) -> notify::Result<()> {
        if !self.watched.contains(folder) {
            self.watcher.watch(folder, RecursiveMode::NonRecursive)?;
            self.watched.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// Returns whether the event is a change. Reads cause events, too, which must not cause further reads.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The file is read after this time without events.
const QUIET_TIME: Duration = Duration::from_millis(50);
/// After this many waits, the file is read even if there are more events.
const MAX_WAITS: usize = 20;
