//! Programs that stand between servers and their clients, or beside servers, and a client that reads
//! streams.

mod daemon;
mod event_stream;

pub use self::{
    daemon::{Daemon, free_port},
    event_stream::{Event, EventStream},
};
