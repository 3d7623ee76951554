//! What is done by the clock, where there is none: nothing, and it is a fault to ask for it.

use super::{EventStreams, Fault, FaultKind, LongPolling, findings::Faults};
use crate::push::SseLayer;

/// The service.
pub(super) type Timed<S> = S;

pub(super) type TimedFuture<F> = F;

#[derive(Clone, Debug)]
pub(super) struct LongPolls;

impl LongPolls {
    #[expect(clippy::unused_self, reason = "with a clock it is asked")]
    pub(super) fn around<S>(&self, inner: S, _: &str) -> Timed<S> {
        inner
    }
}

pub(super) fn long_polls(written: Option<&LongPolling>, faults: &mut Faults) -> LongPolls {
    if written.is_some() {
        faults.add(Fault::new("long_poll", "", FaultKind::WithoutClock));
    }
    LongPolls
}

pub(super) fn events(layer: SseLayer, written: &EventStreams, faults: &mut Faults) -> SseLayer {
    for (key, is_set) in [
        ("keep_alive", written.keep_alive.is_some()),
        ("max_age", written.max_age.is_some()),
        ("jitter_percent", written.jitter_percent.is_some()),
        ("stop_reconnecting", written.stop_reconnecting),
    ] {
        if is_set {
            faults.add(Fault::new(format!("sse.{key}"), "", FaultKind::WithoutClock));
        }
    }
    layer
}
