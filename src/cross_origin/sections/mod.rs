//! What a configuration says of each layer.

mod guards;
mod streams;

pub use self::{
    guards::{CsrfGuard, FetchMetadataGuard, Guards, HostGuard, WebSocketGuard},
    streams::{Beacons, EventStreams, LongPolling},
};
