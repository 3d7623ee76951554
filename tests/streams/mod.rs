//! What every layer is put through, and what puts it through.

pub(crate) mod bodies;
pub(crate) mod calls;
pub(crate) mod faulty;
mod gate;
mod requests;
pub(crate) mod subject;
