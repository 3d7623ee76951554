//! Streams of events, and other streams, by a layer.

mod body;
mod headers;
mod layer;
#[cfg(feature = "tokio")]
mod parser;
#[cfg(feature = "tokio")]
mod shutdown;
mod timers;

#[cfg(feature = "tokio")]
pub use self::shutdown::Shutdown;
pub use self::{
    body::SseBody,
    headers::MediaTypeError,
    layer::{Sse, SseFuture, SseLayer, Streaming, is_not_streaming},
};
