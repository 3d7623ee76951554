use std::time::Duration;

use super::{Shutdown, SseLayer};

/// What streams do by the clock, with the feature `tokio`. Their bodies must then be read where Tokio's
/// time runs, as `tokio::time::sleep` must.
impl SseLayer {
    /// How long a stream is silent before it is kept alive, as HTML's authoring notes have it: 15 s.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes>
    pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

    /// Puts a comment into a stream that has been silent for so long. A second at least.
    ///
    /// Proxies take a silent connection for a dead one: nginx after 60 s. And a server sees that a client
    /// is gone when it writes. Whatever passes begins the time anew, so that beside a keep-alive of the
    /// handler's own that is as frequent, as that of axum's `Sse`, this one is silent.
    ///
    /// The comment comes between lines and nowhere else, however the frames are cut: `:` and a blank line
    /// between events, `:` without one inside of an event, and none where a line has not ended.
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        let silence = silence.max(Duration::from_secs(1));
        self.settings_mut().timers.keep_alive = Some(silence);
        self
    }

    /// How long a stream goes on at most. It then ends cleanly, and its client comes again: to another
    /// server perhaps, with credentials that are checked anew.
    ///
    /// So that not all come again at once, each ends at a random moment of the last fifth, see
    /// [`jitter_percent`](Self::jitter_percent). An end waits for the end of an event, for a second at
    /// most; an event that is cut is not dispatched, and `Last-Event-ID` asks for it again.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings_mut().timers.max_age = Some(age);
        self
    }

    /// In which part of the longest age, in percent counted from its end, streams end: 20 by default. 0 is
    /// all at that age, 100 and more any time before.
    pub fn jitter_percent(mut self, percent: u8) -> Self {
        self.settings_mut().timers.jitter_percent = u32::from(percent.min(100));
        self
    }

    /// The shutdown with which streams end. Each ends as after its longest age, at a random moment of the
    /// [`shutdown_window`](Self::shutdown_window), and so do those that begin later.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.settings_mut().timers.shutdown = Some(shutdown.clone());
        self
    }

    /// The time from the beginning of a shutdown in which streams end, each at a random moment, so that
    /// their clients do not come again all at once. By default zero: at once.
    pub fn shutdown_window(mut self, window: Duration) -> Self {
        self.settings_mut().timers.shutdown_window = window;
        self
    }

    /// Once a shutdown has begun, clients that open a stream by `GET` are answered 204, with which an
    /// `EventSource` stops for good. Otherwise it would come again for ever, and so this is not for a
    /// server that another one takes the place of.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>
    ///
    /// The service is asked as ever: only its response tells that this is a stream.
    pub fn stop_reconnecting(mut self) -> Self {
        self.settings_mut().timers.stops_reconnecting = true;
        self
    }
}
