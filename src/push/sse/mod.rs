//! Streams of events, and other streams, by a layer.

mod body;
mod bom;
mod future;
mod headers;
mod layer;
mod media_type;
#[cfg(feature = "tokio")]
mod place;
#[cfg(feature = "tokio")]
mod random;
mod service;
mod settings;
#[cfg(feature = "tokio")]
mod shutdown;
mod stream;
mod streaming;
#[cfg(feature = "tokio")]
mod timed_layer;
#[cfg(feature = "tokio")]
mod timers;
#[cfg(not(feature = "tokio"))]
#[path = "no_timers.rs"]
mod timers;

#[cfg(feature = "tokio")]
pub use self::shutdown::Shutdown;
pub use self::{
    body::SseBody,
    future::SseFuture,
    layer::SseLayer,
    media_type::MediaTypeError,
    service::Sse,
    streaming::{Streaming, is_not_streaming},
};
