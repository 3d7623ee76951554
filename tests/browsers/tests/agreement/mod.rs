//! Modules of the comparison in `../agreement.rs`.

pub mod application;
pub mod compare;
pub mod covering;
pub mod exclusions;
pub mod guarded;
pub mod hosts;
pub mod model;
pub mod pages;
pub mod policies;
pub mod recorder;
pub mod scenario;
pub mod values;
