use std::{error::Error, fmt};

use tokio::sync::watch;

use crate::{redis_stream::RedisStream, ring::Ring};

/// Where events are kept.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Memory(Ring),
    Redis(RedisStream),
}

/// Events after another one, each with its id, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) events: Vec<(String, String)>,
    /// Whether older ones are no longer kept.
    pub(crate) is_gap: bool,
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Ring::new(KEPT))
    }

    pub(crate) async fn redis(address: &str) -> Result<Self, StoreError> {
        Ok(Self::Redis(RedisStream::open(address, KEPT).await?))
    }

    /// The new event's id.
    pub(crate) async fn publish(&self, text: &str) -> Result<String, StoreError> {
        match self {
            Self::Memory(ring) => Ok(ring.push(text)),
            Self::Redis(stream) => stream.push(text).await,
        }
    }

    /// Some events after this one; none where there are none yet.
    pub(crate) async fn after(&self, id: &str) -> Result<Kept, StoreError> {
        match self {
            Self::Memory(ring) => Ok(ring.after(id)),
            Self::Redis(stream) => stream.after(id).await,
        }
    }

    /// The id of the newest event.
    pub(crate) async fn latest(&self) -> Result<String, StoreError> {
        match self {
            Self::Memory(ring) => Ok(ring.latest()),
            Self::Redis(stream) => stream.latest().await,
        }
    }

    /// Anyone can send a `Last-Event-ID`.
    pub(crate) fn is_id(&self, text: &str) -> bool {
        match self {
            Self::Memory(_) => text.parse::<u64>().is_ok(),
            Self::Redis(_) => RedisStream::is_id(text),
        }
    }

    /// Tells that there are new events.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        match self {
            Self::Memory(ring) => ring.changes(),
            Self::Redis(stream) => stream.changes(),
        }
    }
}

/// Redis is away.
#[derive(Debug)]
pub(crate) struct StoreError(redis::RedisError);

impl From<redis::RedisError> for StoreError {
    fn from(error: redis::RedisError) -> Self {
        Self(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the events are away: {}", self.0)
    }
}

impl Error for StoreError {}

/// The number of events that are kept for those who come back.
const KEPT: usize = 10_000;
