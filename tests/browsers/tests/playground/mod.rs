//! Modules of the tests in `../playground.rs`.

pub mod accessibility;
pub mod keyboard;
pub mod visit;
