//! Real browsers, driven through WebDriver, and the servers and examples that they visit.

mod browser;
mod certificate;
mod daemon;
mod difference;
mod display;
mod engine;
mod example;
mod name_proxy;
mod nginx;

pub use self::{
    browser::Browser,
    certificate::Certificate,
    daemon::{Daemon, free_ports},
    difference::Difference,
    display::Display,
    engine::{Engine, Options},
    example::Example,
    nginx::{Front, Nginx},
};
