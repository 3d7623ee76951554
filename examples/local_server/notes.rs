use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

/// What no page of the web is to know.
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

/// Whether the note is about that; it takes long to find out.
pub(crate) async fn is_about(note: &str, text: &str) -> bool {
    sleep(LONG).await;
    note.contains(text)
}

impl Default for Notes {
    fn default() -> Self {
        let notes = ["milk, bread, and a cake for Ana", "the door opens with 4711", "call Ana"];
        Self(Arc::new(Mutex::new(notes.map(str::to_owned).into())))
    }
}

const LONG: Duration = Duration::from_millis(300);
