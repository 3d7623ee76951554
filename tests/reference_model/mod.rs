//! Origins, their patterns, streams of events, callbacks and scripts, read a second time: naive and
//! linear, straight from the text, without a shortcut and without a call of the crate's. The property
//! tests and the fuzz targets compare the crate with it.
#![allow(
    dead_code,
    reason = "each test program and the fuzz targets include it and use a part of it"
)]

pub(crate) mod callback;
pub(crate) mod event_source;
pub(crate) mod grants;
pub(crate) mod origin;
pub(crate) mod pattern;
pub(crate) mod script;
