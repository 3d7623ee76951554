//! `SseLayer` and `Event`.

mod bodies;
mod event;
mod headers;
mod in_axum;
mod wpt_event_source;
