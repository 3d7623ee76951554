//! Streams of events, and what keeps them.

mod drain;
mod keeper;

pub use self::{drain::drain, keeper::Keeper};

/// What each event says: with its field 64 bytes.
pub const SAID: &str = "a message of such a length as those of a chat have, and no more";
