//! The claims of the fuzz targets, and reference models to compare the crate with.
//!
//! A reference model follows the text of a rule, takes no shortcuts, and does not call the crate. Each
//! target is one call of a `check` function here. So `cargo test --lib` checks the same claims with every
//! seed, without a fuzzer and on a stable compiler.

pub mod callbacks;
#[path = "../../tests/differential/cases.rs"]
#[allow(dead_code, reason = "the differential test shares the policy, not the calls")]
mod cases;
pub mod configurations;
mod counting_service;
mod cut_json;
mod cut_streams;
pub mod decide;
pub mod exchange;
mod expected;
pub mod hosts;
pub mod jsonp;
#[cfg(test)]
mod jsonp_defects;
mod lists;
mod neighbours;
pub mod origin;
#[allow(dead_code, reason = "the tests of the root package use all of it")]
#[path = "../../tests/differential/path_users.rs"]
mod path_users;
pub mod paths;
#[cfg(test)]
mod pattern_defects;
mod pattern_lists;
pub mod patterns;
mod policies;
pub mod preflight;
#[path = "../../tests/reference_model/mod.rs"]
mod reference_model;
pub mod regexes;
#[path = "../../tests/differential/rule.rs"]
mod rule;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod stream_defects;
pub mod streams;
pub mod visits;
#[path = "../../tests/differential/written.rs"]
mod written;
