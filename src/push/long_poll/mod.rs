//! Long polling: a window for each poll, and nothing of it in any cache.

mod future;
mod layer;
mod no_store;
mod service;

pub use self::{future::LongPollFuture, layer::LongPollLayer, service::LongPoll};
