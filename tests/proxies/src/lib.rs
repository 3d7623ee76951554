//! A client that reads streams, for what stands between servers and their clients, or beside servers.

mod event_stream;

pub use self::event_stream::{Event, EventStream};
