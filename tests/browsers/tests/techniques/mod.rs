//! Modules of the rows in `../techniques.rs`.

pub mod application;
pub mod groups;
pub mod pages;
pub mod places;
pub mod policies;
pub mod recorder;
pub mod row;
pub mod servers;
pub mod state;
pub mod technique;
#[path = "../guards/tls.rs"]
pub mod tls;
