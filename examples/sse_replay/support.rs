//! What the examples share, without their command line, which this one has its own of.

#[path = "../support/listener.rs"]
mod listener;
#[path = "../support/report.rs"]
mod report;

pub(crate) use self::{
    listener::{listen, say},
    report::Report,
};
