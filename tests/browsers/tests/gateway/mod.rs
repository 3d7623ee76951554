//! Clients and upstream servers of the gateway.

pub mod client;
pub mod policy;
pub mod upstream;
