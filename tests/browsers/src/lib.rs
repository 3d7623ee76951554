//! Real browsers, driven through WebDriver, and the servers and examples that they visit.

mod browser;
mod certificate;
mod daemon;
mod difference;
mod display;
mod engine;
mod example;
mod mini_browser;
mod name_proxy;
mod nginx;
mod results;

pub use fantoccini::key::Key;

pub use self::{
    browser::Browser,
    certificate::Certificate,
    daemon::{Daemon, free_ports},
    difference::Difference,
    display::Display,
    engine::{Engine, Options},
    example::Example,
    mini_browser::MiniBrowser,
    nginx::{Front, Nginx},
    results::Results,
};
