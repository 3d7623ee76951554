//! Event streams and the layers around them.

mod drain;
mod stream_layer;

pub use self::{drain::drain, stream_layer::StreamLayer};

/// The data of each event, which has 64 bytes with its field name.
pub const EVENT_DATA: &str = "a message that is as long as the messages in a chat usually are";
