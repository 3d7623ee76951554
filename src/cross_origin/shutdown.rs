use std::sync::Arc;

use super::CrossOriginPolicy;
use crate::push::Shutdown;

impl CrossOriginPolicy {
    /// The same policy, whose streams of events end within a window when the server is to end: see
    /// [`SseLayer::shutdown`](crate::push::SseLayer::shutdown).
    ///
    /// ```
    /// # use tower_cross_origin::{
    /// #     cross_origin::{CrossOrigin, CrossOriginPolicy, EventStreams},
    /// #     push::Shutdown,
    /// # };
    /// let shutdown = Shutdown::new();
    /// let config = CrossOrigin { sse: Some(EventStreams::default()), ..CrossOrigin::default() };
    /// let policy = CrossOriginPolicy::try_from(config)?.with_shutdown(&shutdown);
    /// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginError>(())
    /// ```
    #[must_use]
    pub fn with_shutdown(mut self, shutdown: &Shutdown) -> Self {
        let compiled = Arc::make_mut(&mut self.compiled);
        compiled.events = compiled.events.clone().shutdown(shutdown);
        compiled.other_streams = compiled.other_streams.clone().shutdown(shutdown);
        self
    }
}
