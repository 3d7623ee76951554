//! How does the server push? Through responses that come late, or that go on.
//!
//! | what the page does | here |
//! |---|---|
//! | opens an `EventSource`, or reads events by `fetch`: server-sent events | `SseLayer` around any handler that answers `text/event-stream`, [`Event`] to write them, [`LastEventId`] to go on where the client was |
//! | reads another stream as it comes: lines of JSON, Comet | `SseLayer::for_other_streams` |
//! | asks, and waits until there is something to say: long polling | `LongPollLayer`, with the feature `tokio` |
//!
//! # Server-sent events
//!
//! A stream of events breaks in the hands of those who stand between: a proxy that waits for more, a
//! compression that does, a connection that is taken for dead since nothing was said. The layer says to
//! all of them what this response is, and keeps it alive.
//!
//! ```
//! use std::convert::Infallible;
//! use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
//! use tower::{Service, ServiceBuilder};
//! use tower_cross_origin::push::{Event, SseLayer};
//!
//! async fn handler(_: Request<()>) -> Result<Response<String>, Infallible> {
//!     let mut response = Response::new(Event::new().data("tea is ready").to_string());
//!     let content_type = HeaderValue::from_static("text/event-stream");
//!     response.headers_mut().insert(CONTENT_TYPE, content_type);
//!     Ok(response)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Infallible> {
//! let mut service = ServiceBuilder::new().layer(SseLayer::new()).service_fn(handler);
//! let response = service.call(Request::new(())).await?;
//! assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
//! assert_eq!(response.headers()["x-accel-buffering"], "no");
//! # Ok(())
//! # }
//! ```
//!
//! # Where the layer stands
//!
//! CORS stands outside of it, so that its headers are on errors too; compression as well, and told by
//! `is_not_streaming` to leave streams alone. From the outside to the inside: `TraceLayer`, `CorsLayer`,
//! `CompressionLayer`, `SseLayer`, the application. A page that reads events by `fetch` asks before it
//! sends `Last-Event-ID`: [`Rule::allow_sse_over_fetch`] answers. An `EventSource` never asks.
//!
//! [`Rule::allow_sse_over_fetch`]: crate::cors::Rule::allow_sse_over_fetch

mod event;
mod last_event_id;
#[cfg(feature = "tokio")]
mod long_poll;
#[cfg(feature = "tower")]
mod sse;

#[cfg(feature = "tower")]
pub use self::sse::{
    MediaTypeError, Sse, SseBody, SseFuture, SseLayer, Streaming, is_not_streaming,
};
#[cfg(feature = "cross-origin")]
pub(crate) use self::sse::{MethodKind, SseBodyChange};
pub use self::{
    event::{Event, EventError},
    last_event_id::LastEventId,
};
#[cfg(feature = "tokio")]
pub use self::{
    long_poll::{LongPoll, LongPollFuture, LongPollLayer},
    sse::Shutdown,
};
