use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::broadcast::{Receiver, Sender};

use crate::mcp::SESSION_ID;

/// The sessions that have begun, and what is said to each one's streams.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<String, Sender<Value>>>>);

impl Sessions {
    /// Begins one, whose id nobody guesses.
    pub(crate) fn begin(&self) -> Result<String, StatusCode> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let id = format!("{:032x}", u128::from_ne_bytes(bytes));
        let mut sessions = self.lock();
        if sessions.len() >= MOST {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        sessions.insert(id.clone(), Sender::new(WAITING));
        Ok(id)
    }

    /// What is said from now on to the session that the request names.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Result<Receiver<Value>, StatusCode> {
        self.lock().get(id_of(headers)?).map(Sender::subscribe).ok_or(StatusCode::NOT_FOUND)
    }

    /// Ends it, and its streams.
    pub(crate) fn end(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        self.lock().remove(id_of(headers)?).map(drop).ok_or(StatusCode::NOT_FOUND)
    }

    pub(crate) fn say(&self, message: &Value) {
        for session in self.lock().values() {
            // Nobody may be listening.
            let _ = session.send(message.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<Value>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id_of(headers: &HeaderMap) -> Result<&str, StatusCode> {
    headers.get(SESSION_ID).and_then(|id| id.to_str().ok()).ok_or(StatusCode::BAD_REQUEST)
}

/// Clients that forget to end theirs begin no more than so many.
const MOST: usize = 1_000;

/// How much of what is said may wait for one that reads slowly; beyond it misses the oldest.
const WAITING: usize = 16;
