//! Tests of the embedding layer, and of the Web Platform Tests about embedding headers.

mod frame_ancestors;
mod layer;
mod storage_access;
mod wpt_embedding;

#[path = "../support/mod.rs"]
mod support;
#[path = "../wpt/mod.rs"]
mod wpt;
