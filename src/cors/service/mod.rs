//! The Tower side of CORS: one `match` on a decision.

mod cors;
mod future;
mod layer;

pub use self::{cors::Cors, future::ResponseFuture, layer::CorsLayer};
