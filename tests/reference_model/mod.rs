//! A reference model of origins, patterns, CORS, event streams, callbacks, scripts and whole configurations.
//!
//! The model is naive and linear, follows the texts of the standards, and never calls the crate. The
//! property tests and the fuzz targets compare the crate with it.
#![allow(dead_code, reason = "each test program and each fuzz target uses a part of the model")]

pub(crate) mod callback;
pub(crate) mod cors_model;
pub(crate) mod event_source;
pub(crate) mod origin;
pub(crate) mod path;
pub(crate) mod pattern;
pub(crate) mod script;
pub(crate) mod whole;
