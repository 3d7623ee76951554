//! Tests of origins, patterns, and sets of patterns and regular expressions.

mod origins;
mod patterns;
mod regexes;
mod suggestions;

#[path = "../reference_model/mod.rs"]
mod reference_model;
#[path = "../support/mod.rs"]
mod support;
