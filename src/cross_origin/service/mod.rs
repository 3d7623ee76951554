//! The layers of the crate, stacked around one service.

mod future;
mod layer;
mod optional;
mod stack;
mod stacked;

pub use self::{
    future::{CrossOriginBody, CrossOriginFuture},
    layer::CrossOriginLayer,
    stacked::CrossOriginService,
};
