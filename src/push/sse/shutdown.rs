use std::sync::{Arc, OnceLock};

use tokio::{
    sync::{Notify, futures::OwnedNotified},
    time::Instant,
};

/// Tells streams to end, so that the server they keep busy can shut down.
///
/// An open stream is a request that is not done: a graceful shutdown waits for it, and it never ends by
/// itself. Every clone is a handle of the same shutdown, and one may be shared by any number of layers.
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::push::{Shutdown, SseLayer};
///
/// let shutdown = Shutdown::new();
/// let layer = SseLayer::new().shutdown(&shutdown).shutdown_window(Duration::from_secs(5));
///
/// // In the future that tells the server to shut down, as `axum::serve(..).with_graceful_shutdown`:
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
    /// One that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins it: from now on streams end. Once more, it does nothing.
    pub fn begin(&self) {
        self.shared.begun_at.get_or_init(Instant::now);
        self.shared.notify.notify_waiters();
    }

    /// Whether it has begun.
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
