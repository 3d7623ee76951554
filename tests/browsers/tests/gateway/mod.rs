//! Clients and upstream servers of the gateway, and tests of streams, uploads, rejections and attacks.

mod attacks;
pub mod client;
pub mod policy;
mod rejections;
mod streams;
mod uploads;
pub mod upstream;
