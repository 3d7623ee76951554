//! Modules of the attacks in `../guards.rs`.

pub mod attack;
pub mod service;
pub mod tls;
