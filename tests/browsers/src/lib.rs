//! Real browsers, driven through WebDriver, and the servers and examples that they visit.

mod browser;
mod certificate;
mod daemon;
mod engine;
mod example;
mod nginx;

pub use self::{
    browser::Browser,
    certificate::Certificate,
    daemon::{Daemon, free_ports},
    engine::Engine,
    example::Example,
    nginx::{Front, Nginx},
};
