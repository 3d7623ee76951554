//! A file, read again whenever something changes where it lies.
//!
//! Its folder is watched and not the file: editors write another file and rename it, and Kubernetes turns a
//! link to a folder round. Where the file is a link, the folder that it leads to is watched as well. Events do
//! not tell what is new by then; the file does. A file that is written where it lies may be read before its
//! end: rename one that is whole. File systems of the network tell of nothing that others do.

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

use crate::reload::News;

/// Tells of the file's text, now and after each change, until nobody listens.
///
/// # Errors
///
/// Where its folder cannot be watched.
pub(crate) fn watch(path: PathBuf, sender: mpsc::Sender<News>) -> notify::Result<()> {
    let changed = Arc::new(Notify::new());
    let mut folders = Folders::new(Arc::clone(&changed))?;
    // Before the file is read for the first time, so that nothing comes between.
    folders.watch(folder_of(&path))?;
    tokio::spawn(async move {
        loop {
            // Where a link leads to may change with it, and need not be there.
            if let Ok(target) = fs::canonicalize(&path) {
                let _ = folders.watch(folder_of(&target));
            }
            let at = path.clone();
            let news = match spawn_blocking(move || fs::read_to_string(at)).await {
                Ok(Ok(text)) => News::Text(text),
                Ok(Err(error)) => News::Away(error.to_string()),
                Err(error) => News::Away(io::Error::other(error).to_string()),
            };
            if sender.send(news).await.is_err() {
                return;
            }
            changed.notified().await;
            // What is written into the file as it lies there should be read whole, if that is to be had.
            for _ in 0..MOST {
                if timeout(SETTLED, changed.notified()).await.is_err() {
                    break;
                }
            }
        }
    });
    Ok(())
}

#[derive(Debug)]
struct Folders {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    fn new(changed: Arc<Notify>) -> notify::Result<Self> {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // What went wrong may have been a change.
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

/// Reading is an event too, and would be followed by reading.
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

/// So long nothing must happen before the file is read.
const SETTLED: Duration = Duration::from_millis(50);
/// Unless something always does.
const MOST: usize = 20;
