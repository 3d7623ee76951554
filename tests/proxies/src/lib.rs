//! A client that reads event streams, for tests of proxies and of servers with a shared store.

mod event_stream;

pub use self::event_stream::{Event, EventStream};
