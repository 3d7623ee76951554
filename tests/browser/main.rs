//! Tests of the browser model against the Fetch standard and the Web Platform Tests, and of the shared
//! cache.

mod engines;
mod fetch;
mod mcp;
mod model;
mod policies;
mod shared_cache;
mod state;
mod wpt_cors;
mod wpt_fetch_metadata;

#[path = "../support/mod.rs"]
mod support;
#[path = "../wpt/mod.rs"]
mod wpt;
