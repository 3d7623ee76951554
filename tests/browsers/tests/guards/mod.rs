//! The parts of the attacks; `../guards.rs` puts them together.

pub mod attack;
pub mod service;
pub mod tls;
