//! Modules of the test in `../console.rs`.

pub mod call;
pub mod driven;
pub mod guide;
pub mod messages;
pub mod page;
pub mod server;
pub mod visit;
