//! The model of a browser, by the Fetch standard and the Web Platform Tests, and a shared cache
//! before it.

mod fetch;
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
