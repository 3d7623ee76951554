//! Push data to pages: server-sent events, other streams, and long polling.
//!
//! An event stream breaks when an intermediary buffers or compresses it, or closes the idle connection.
//! `SseLayer` sets the response headers that prevent buffering and compression. With `keep_alive`, it also
//! sends comments, so that the connection is never idle.
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
//! # Choosing a layer
//!
//! | the page | use |
//! |---|---|
//! | opens an `EventSource`, or reads events with `fetch` | `SseLayer` around any handler that responds with `text/event-stream`; [`Event`] to write events; [`LastEventId`] to continue after a reconnect |
//! | reads another stream incrementally, such as lines of JSON | `SseLayer::for_other_streams` |
//! | sends a request that waits for news (long polling) | `LongPollLayer`, with the feature `tokio` |
//!
//! # Layer order
//!
//! From the outermost to the innermost: `TraceLayer`, `CorsLayer`, `CompressionLayer`, `SseLayer`, the
//! application.
//!
//! - `CorsLayer` is outside of `SseLayer`, so that error responses get CORS headers, too.
//! - `CompressionLayer` needs the predicate `is_not_streaming`, so that it does not compress streams.
//!
//! # Preflights
//!
//! An `EventSource` never causes a preflight. A page that reads events with `fetch` causes one if it sends
//! `Last-Event-ID`. [`Rule::allow_sse_over_fetch`] allows it.
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
