//! The Tower part: a layer, its service and its future.

mod embedded;
mod future;
mod layer;

pub use self::{embedded::Embedded, future::EmbeddingFuture, layer::EmbeddingLayer};
