use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::store::EventBatch;

/// Recent events in memory.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    events: Arc<Mutex<Events>>,
    changes: Arc<watch::Sender<()>>,
}

#[derive(Debug)]
struct Events {
    capacity: usize,
    texts: VecDeque<String>,
    /// The ID of the newest event. IDs are consecutive and begin with 1.
    newest: u64,
}

impl Ring {
    pub(crate) fn new(capacity: usize) -> Self {
        let events = Events { capacity, texts: VecDeque::new(), newest: 0 };
        Self { events: Arc::new(Mutex::new(events)), changes: Arc::new(watch::Sender::new(())) }
    }

    pub(crate) fn push(&self, text: &str) -> String {
        let mut events = self.lock();
        if events.texts.len() == events.capacity {
            events.texts.pop_front();
        }
        events.texts.push_back(text.to_owned());
        events.newest += 1;
        let id = events.newest.to_string();
        drop(events);
        self.changes.send_replace(());
        id
    }

    pub(crate) fn after(&self, id: &str) -> EventBatch {
        let events = self.lock();
        let after: u64 = id.parse().unwrap_or(events.newest);
        let count = u64::try_from(events.texts.len()).unwrap_or(u64::MAX);
        let first = events.newest + 1 - count;
        // An ID from before a restart, or an invalid one, is treated like the newest.
        let from = if after > events.newest { events.newest + 1 } else { (after + 1).max(first) };
        let skipped = usize::try_from(from - first).unwrap_or(usize::MAX);
        let ids = (from..).map(|id| id.to_string());
        let events_after = ids.zip(events.texts.iter().skip(skipped).cloned()).collect();
        EventBatch { events: events_after, is_gap: after + 1 < first && after <= events.newest }
    }

    pub(crate) fn latest(&self) -> String {
        self.lock().newest.to_string()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
