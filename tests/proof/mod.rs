//! What is compared, and what compares it.

mod calls;
pub(crate) mod cases;
mod pages;
mod policies;
pub(crate) mod rows;
mod rule;
pub(crate) mod service;
pub(crate) mod wishes;
pub(crate) mod written;
