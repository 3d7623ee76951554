//! What the fuzz targets claim, and the second readings that they compare the crate with.
//!
//! A second reading is written from the text of a rule, takes no shortcut and calls nothing of the
//! crate. Each target is one call of a `check` here, so that `cargo test --lib` holds the same claims
//! over every seed, without a fuzzer and on a stable compiler.

pub mod callbacks;
#[path = "../../tests/proof/cases.rs"]
#[allow(dead_code, reason = "the policy is shared with the proof, what is asked under it is not")]
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
#[path = "../../tests/proof/rule.rs"]
mod rule;
#[path = "../../tests/second_reading/mod.rs"]
mod second_reading;
#[cfg(test)]
mod seeds;
pub mod streams;
pub mod visits;
#[path = "../../tests/proof/written.rs"]
mod written;
