use std::sync::{Arc, OnceLock};

use tokio::{
    sync::{Notify, futures::OwnedNotified},
    time::Instant,
};

/// A handle that ends open streams, so that the server can shut down.
///
/// A graceful shutdown waits for all requests, and an open stream is a request that never ends. The streams of
/// [clients that do not reconnect](super::SseLayer#streams-that-the-layer-ends) stay open, so the server also needs a
/// time limit. Clones of the
/// handle share the shutdown, and any number of layers can use it.
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::push::{Shutdown, SseLayer};
///
/// let shutdown = Shutdown::new();
/// let layer = SseLayer::new().shutdown(&shutdown).shutdown_window(Duration::from_secs(5));
///
/// // In the future that triggers the server's shutdown, as in `axum::serve(..).with_graceful_shutdown`:
/// shutdown.begin();
/// assert!(shutdown.has_begun());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    begun_at: OnceLock<Instant>,
    notify: Arc<Notify>,
}

impl Shutdown {
    /// Creates a shutdown that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the shutdown, which ends the streams. Further calls have no effect.
    pub fn begin(&self) {
        self.shared.begun_at.get_or_init(Instant::now);
        self.shared.notify.notify_waiters();
    }

    /// Returns whether the shutdown has begun.
    pub fn has_begun(&self) -> bool {
        self.begun_at().is_some()
    }

    pub(super) fn begun_at(&self) -> Option<Instant> {
        self.shared.begun_at.get().copied()
    }

    pub(super) fn notified(&self) -> OwnedNotified {
        self.shared.notify.clone().notified_owned()
    }
}
