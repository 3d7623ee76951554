//! What the servers beside this folder need and what is no part of what they show: arguments, a
//! listener, and errors that people can read.

mod arguments;
mod listener;
mod report;

pub(crate) use self::{
    arguments::{Arguments, Defaults},
    listener::{listen, say},
    report::Report,
};
