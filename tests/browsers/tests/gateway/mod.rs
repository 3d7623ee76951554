//! What stands before the gateway and behind it.

pub mod client;
pub mod policy;
pub mod upstream;
