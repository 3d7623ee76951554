//! Policies that are awaited.

mod future;
mod layer;
mod lookups;
mod service;

pub use self::{future::ResolveFuture, layer::ResolveCorsLayer, service::ResolveCors};
