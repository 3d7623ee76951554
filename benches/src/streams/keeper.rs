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

use super::SAID;

/// Who keeps a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// Nobody: axum's `Sse` alone.
    Nobody,
    /// Axum's own keep-alive.
    Axum,
    /// `SseLayer` that sets headers.
    Headers,
    /// `SseLayer` with a keep-alive.
    KeepAlive,
    /// `SseLayer` with all that it has.
    Everything,
}

impl Keeper {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Nobody, Self::Axum, Self::Headers, Self::KeepAlive, Self::Everything];

    /// How long a stream is silent before it is kept alive: as short as the layer has it, so that nobody
    /// waits for it longer.
    pub const SILENCE: Duration = Duration::from_secs(1);

    /// In which time the streams of [`Everything`](Self::Everything) end after a shutdown has begun.
    pub const WINDOW: Duration = Duration::from_secs(2);

    /// Whether silent streams get comments.
    pub fn keeps_alive(self) -> bool {
        matches!(self, Self::Axum | Self::KeepAlive | Self::Everything)
    }

    /// A service whose `/` says the same event so many times, and then nothing.
    pub fn app(self, events: usize, shutdown: &Shutdown) -> Router {
        let app = Router::new().route("/", get(async move || self.response(events)));
        let layer = match self {
            Self::Nobody | Self::Axum => return app,
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
        let sse = Sse::new(Said { left: events });
        if self == Self::Axum {
            return sse.keep_alive(KeepAlive::new().interval(Self::SILENCE)).into_response();
        }
        sse.into_response()
    }
}

/// The same event so many times, and then nothing. That of tokio-stream would pause every so often.
struct Said {
    left: usize,
}

impl Stream for Said {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Some(Ok(Event::default().data(SAID))))
            }
            None => Poll::Pending,
        }
    }
}
