//! What is done by the clock.

use super::{EventStreams, Fault, FaultKind, LongPolling, findings::Faults};
use crate::{
    push::{LongPoll, LongPollFuture, LongPollLayer, SseLayer},
    request::path::PathSet,
};

/// The service, within the layer of long polling.
pub(super) type Timed<S> = LongPoll<S>;

pub(super) type TimedFuture<F> = LongPollFuture<F>;

#[derive(Clone, Debug)]
pub(super) struct LongPolls {
    paths: PathSet,
    layer: LongPollLayer,
}

impl LongPolls {
    /// The service as it is for a request for `path`.
    pub(super) fn around<S>(&self, inner: S, path: &str) -> Timed<S> {
        self.layer.around(inner, self.paths.matches(path))
    }
}

pub(super) fn long_polls(written: Option<&LongPolling>, faults: &mut Faults) -> LongPolls {
    let mut layer = LongPollLayer::new();
    let Some(written) = written else { return LongPolls { paths: PathSet::default(), layer } };
    if let Some(window) = written.window {
        layer = layer.window(window);
    }
    if written.answer_ok {
        layer = layer.answer_ok();
    }
    LongPolls { paths: faults.paths("long_poll", &written.paths), layer }
}

pub(super) fn events(mut layer: SseLayer, written: &EventStreams, faults: &mut Faults) -> SseLayer {
    if let Some(silence) = written.keep_alive {
        layer = layer.keep_alive(silence);
    }
    if let Some(age) = written.max_age {
        layer = layer.max_age(age);
    }
    if let Some(percent) = written.jitter_percent {
        if percent > 100 {
            let (setting, value) = ("sse.jitter_percent", u16::from(percent));
            faults.add(Fault::new(setting, value, FaultKind::NoPercentage));
        }
        layer = layer.jitter_percent(percent);
    }
    if written.stop_reconnecting {
        layer = layer.stop_reconnecting();
    }
    layer
}
