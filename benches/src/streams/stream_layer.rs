use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use tokio_stream::Stream;
use tower_cross_origin::push::{Shutdown, SseLayer};

use super::EVENT_DATA;

/// The layer or keep-alive around a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamLayer {
    /// Axum's `Sse` without a keep-alive.
    NoLayer,
    /// Axum's own keep-alive.
    Axum,
    /// `SseLayer`, which only sets headers.
    Headers,
    /// `SseLayer` with a keep-alive.
    KeepAlive,
    /// `SseLayer` with all its features.
    Everything,
}

impl StreamLayer {
    /// All variants.
    pub const ALL: [Self; 5] =
        [Self::NoLayer, Self::Axum, Self::Headers, Self::KeepAlive, Self::Everything];

    /// How long a stream is silent before it gets a comment.
    ///
    /// This is the shortest time that the layer supports.
    pub const SILENCE: Duration = Duration::from_secs(1);

    /// The time in which the streams of [`Everything`](Self::Everything) end after a shutdown begins.
    pub const WINDOW: Duration = Duration::from_secs(2);

    /// Returns whether silent streams get comments.
    pub fn keeps_alive(self) -> bool {
        matches!(self, Self::Axum | Self::KeepAlive | Self::Everything)
    }

    /// Returns a service whose `/` sends the same event `events` times, and then waits.
    pub fn app(self, events: usize, shutdown: &Shutdown) -> Router {
        let app = Router::new().route("/", get(async move || self.response(events)));
        let layer = match self {
            Self::NoLayer | Self::Axum => return app,
            Self::Headers => SseLayer::new(),
            Self::KeepAlive => SseLayer::new().keep_alive(Self::SILENCE),
            Self::Everything => SseLayer::new()
                .keep_alive(Self::SILENCE)
                .retry(Duration::from_secs(2))
                .max_age(Duration::from_hours(1))
                .shutdown(shutdown)
                .shutdown_window(Self::WINDOW),
        };
        app.layer(layer)
    }

    fn response(self, events: usize) -> Response {
        let sse = Sse::new(RepeatedEvents { left: events });
        if self == Self::Axum {
            return sse.keep_alive(KeepAlive::new().interval(Self::SILENCE)).into_response();
        }
        sse.into_response()
    }
}

/// Sends the same event several times, and then waits.
///
/// tokio-stream has a similar stream, but pauses regularly.
struct RepeatedEvents {
    left: usize,
}

impl Stream for RepeatedEvents {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Some(Ok(Event::default().data(EVENT_DATA))))
            }
            None => Poll::Pending,
        }
    }
}
