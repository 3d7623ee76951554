//! State of the application for single rows: gates, counters and reports.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::Uri;
use tokio::sync::Semaphore;

/// The state of each row.
#[derive(Clone, Debug, Default)]
pub struct Rows(Arc<Mutex<BTreeMap<String, OfRow>>>);

#[derive(Clone, Debug)]
struct OfRow {
    gate: Arc<Semaphore>,
    polls: usize,
    report: Option<String>,
}

impl Default for OfRow {
    fn default() -> Self {
        Self { gate: Arc::new(Semaphore::new(0)), polls: 0, report: None }
    }
}

impl Rows {
    /// Waits until the page opens the gate of its row.
    pub async fn wait_for_release(&self, uri: &Uri) {
        let gate = self.lock().entry(key(uri)).or_default().gate.clone();
        // The semaphore is never closed.
        if let Ok(permit) = gate.acquire().await {
            permit.forget();
        }
    }

    pub fn release(&self, uri: &Uri) {
        self.lock().entry(key(uri)).or_default().gate.add_permits(1);
    }

    /// Returns the number of polls of the row, including this one.
    pub fn count_poll(&self, uri: &Uri) -> usize {
        let mut rows = self.lock();
        let row = rows.entry(key(uri)).or_default();
        row.polls += 1;
        row.polls
    }

    /// Stores the text of another window for the page of the row.
    pub fn set_report(&self, uri: &Uri, text: String) {
        self.lock().entry(key(uri)).or_default().report = Some(text);
    }

    pub fn report(&self, uri: &Uri) -> Option<String> {
        self.lock().entry(key(uri)).or_default().report.clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, OfRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(uri: &Uri) -> String {
    parameter(uri, "row").unwrap_or_default()
}

/// Returns a query parameter.
pub fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    parameters.find(|(one, _)| one == name).map(|(_, value)| value.into_owned())
}
