use std::{error::Error, fmt};

use tokio::sync::watch;

use crate::{redis_stream::RedisStream, ring::Ring};

/// A store for recent events.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Memory(Ring),
    Redis(RedisStream),
}

/// Events after a given one with their IDs, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EventBatch {
    pub(crate) events: Vec<(String, String)>,
    /// Whether the store has dropped events before these.
    pub(crate) is_gap: bool,
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Ring::new(CAPACITY))
    }

    pub(crate) async fn redis(address: &str) -> Result<Self, StoreError> {
        Ok(Self::Redis(RedisStream::open(address, CAPACITY).await?))
    }

    /// Stores an event, and returns its ID.
    pub(crate) async fn publish(&self, text: &str) -> Result<String, StoreError> {
        match self {
            Self::Memory(ring) => Ok(ring.push(text)),
            Self::Redis(stream) => stream.push(text).await,
        }
    }

    /// Returns some of the events after the given ID, or an empty batch.
    pub(crate) async fn after(&self, id: &str) -> Result<EventBatch, StoreError> {
        match self {
            Self::Memory(ring) => Ok(ring.after(id)),
            Self::Redis(stream) => stream.after(id).await,
        }
    }

    /// Returns the ID of the newest event.
    pub(crate) async fn latest(&self) -> Result<String, StoreError> {
        match self {
            Self::Memory(ring) => Ok(ring.latest()),
            Self::Redis(stream) => stream.latest().await,
        }
    }

    /// Returns whether the text has the form of an ID. Clients can send any `Last-Event-ID`.
    pub(crate) fn is_id(&self, text: &str) -> bool {
        match self {
            Self::Memory(_) => text.parse::<u64>().is_ok(),
            Self::Redis(_) => RedisStream::is_id(text),
        }
    }

    /// Returns a receiver that is notified about new events.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        match self {
            Self::Memory(ring) => ring.changes(),
            Self::Redis(stream) => stream.changes(),
        }
    }
}

/// An error of Redis.
#[derive(Debug)]
pub(crate) struct StoreError(redis::RedisError);

impl From<redis::RedisError> for StoreError {
    fn from(error: redis::RedisError) -> Self {
        Self(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the events are unavailable: {}", self.0)
    }
}

impl Error for StoreError {}

/// The number of recent events in the store.
const CAPACITY: usize = 10_000;
