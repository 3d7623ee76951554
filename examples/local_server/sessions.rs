use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::broadcast::{Receiver, Sender};

use crate::mcp::SESSION_ID;

/// The open sessions, with a channel for the messages to each session's streams.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<String, Sender<Value>>>>);

impl Sessions {
    /// Starts a session, and returns its unpredictable ID.
    pub(crate) fn begin(&self) -> Result<String, StatusCode> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let id = format!("{:032x}", u128::from_ne_bytes(bytes));
        let mut sessions = self.lock();
        if sessions.len() >= MAX_SESSIONS {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        sessions.insert(id.clone(), Sender::new(MAX_WAITING));
        Ok(id)
    }

    /// Returns a receiver for future messages to the session of the request.
    pub(crate) fn subscribe(&self, headers: &HeaderMap) -> Result<Receiver<Value>, StatusCode> {
        self.lock().get(session_id(headers)?).map(Sender::subscribe).ok_or(StatusCode::NOT_FOUND)
    }

    /// Ends the session of the request, and its streams.
    pub(crate) fn end(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        self.lock().remove(session_id(headers)?).map(drop).ok_or(StatusCode::NOT_FOUND)
    }

    pub(crate) fn broadcast(&self, message: &Value) {
        for session in self.lock().values() {
            // The session may have no open streams.
            let _ = session.send(message.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<Value>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn session_id(headers: &HeaderMap) -> Result<&str, StatusCode> {
    headers.get(SESSION_ID).and_then(|id| id.to_str().ok()).ok_or(StatusCode::BAD_REQUEST)
}

/// The maximum number of sessions, for clients that never end theirs.
const MAX_SESSIONS: usize = 1_000;

/// The number of messages that wait for a slow client. Older messages are dropped.
const MAX_WAITING: usize = 16;
