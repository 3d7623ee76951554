//! The decisions of this room, as a Tower layer.

mod applied;
mod future;
mod hidden;
mod jsonp;
mod layer;
mod nowhere;

pub use self::{applied::JsonpApplied, future::ResponseFuture, jsonp::Jsonp, layer::JsonpLayer};
