mod future;
mod guarded;
mod layer;

pub use self::{future::GuardFuture, guarded::Guard, layer::GuardLayer};
