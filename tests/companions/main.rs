//! The companions of CORS: JSONP, server-sent events, long polling and beacons.

mod beacon;
mod jsonp;
mod long_poll;
mod push;
mod scripted;

#[path = "../reference_model/mod.rs"]
mod reference_model;
#[path = "../support/mod.rs"]
mod support;
#[path = "../wpt/mod.rs"]
mod wpt;
