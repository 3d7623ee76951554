//! Real browsers, driven through WebDriver, and the examples that they visit.

mod browser;
mod engine;
mod example;
mod nginx;

pub use self::{
    browser::Browser,
    engine::Engine,
    example::Example,
    nginx::{Front, Nginx},
};
