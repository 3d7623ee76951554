//! Modules of the comparison in `../agreement.rs`.

pub mod application;
pub mod chromium;
pub mod compare;
pub mod covering;
pub mod differences;
pub mod hosts;
pub mod model;
pub mod policies;
pub mod recorder;
pub mod scenario;
pub mod values;
