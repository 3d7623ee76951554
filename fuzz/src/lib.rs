//! What the fuzz targets claim, and the reference models that they compare the crate with.
//!
//! A reference model is written from the text of a rule, takes no shortcut and calls nothing of the
//! crate. Each target is one call of a `check` here, so that `cargo test --lib` holds the same claims
//! over every seed, without a fuzzer and on a stable compiler.

pub mod callbacks;
#[path = "../../tests/differential/cases.rs"]
#[allow(dead_code, reason = "the differential test shares the policy, not the calls")]
mod cases;
pub mod configurations;
mod counted;
mod cut_json;
mod cut_streams;
pub mod decide;
pub mod exchange;
mod expected;
pub mod jsonp;
mod lists;
mod neighbours;
pub mod origin;
mod pattern_lists;
pub mod patterns;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod planted_jsonp;
#[cfg(test)]
mod planted_streams;
mod policies;
pub mod preflight;
#[path = "../../tests/reference_model/mod.rs"]
mod reference_model;
#[path = "../../tests/differential/rule.rs"]
mod rule;
#[cfg(test)]
mod seeds;
pub mod streams;
pub mod visits;
#[path = "../../tests/differential/written.rs"]
mod written;
