//! The parts of the test; `../console.rs` puts them together.

pub mod call;
pub mod guide;
pub mod messages;
pub mod page;
pub mod server;
pub mod visit;
