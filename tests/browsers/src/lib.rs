//! Real browsers, driven through WebDriver, and the examples that they visit.

mod browser;
mod engine;
mod example;

pub use self::{browser::Browser, engine::Engine, example::Example};
