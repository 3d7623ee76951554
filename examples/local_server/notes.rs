use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

/// Private notes of the user, which no web page may read.
#[derive(Clone)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn all(&self) -> Vec<String> {
        self.lock().clone()
    }

    pub(crate) fn add(&self, text: &str) {
        self.lock().push(text.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether the note contains the text, after a delay.
pub(crate) async fn contains(note: &str, text: &str) -> bool {
    sleep(SEARCH_TIME).await;
    note.contains(text)
}

impl Default for Notes {
    fn default() -> Self {
        let notes = ["milk, bread, and a cake for Ana", "the door opens with 4711", "call Ana"];
        Self(Arc::new(Mutex::new(notes.map(str::to_owned).into())))
    }
}

const SEARCH_TIME: Duration = Duration::from_millis(300);
