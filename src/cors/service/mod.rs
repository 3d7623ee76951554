//! The Tower side of CORS: one `match` on a decision.

mod cors;
mod future;
mod layer;
#[cfg(feature = "tokio")]
mod resolve;
mod settle;

#[cfg(feature = "tokio")]
pub use self::resolve::{ResolveCors, ResolveCorsLayer, ResolveFuture};
pub use self::{cors::Cors, future::ResponseFuture, layer::CorsLayer};
