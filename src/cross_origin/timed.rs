//! What a configuration sets by the clock.

#[cfg(feature = "tokio")]
pub(super) use self::clock::{LongPolls, Timed, TimedFuture, events, long_polls};
#[cfg(not(feature = "tokio"))]
pub(super) use self::no_clock::{LongPolls, Timed, TimedFuture, events, long_polls};

#[cfg(feature = "tokio")]
mod clock {
    use tower_layer::Layer;

    use crate::{
        cross_origin::{
            Fault, FaultKind, LongPollConfig, SseConfig, error::CrossOriginDiagnostics,
        },
        push::{LongPoll, LongPollFuture, LongPollLayer, SseLayer},
        request::path::PathSet,
    };

    /// The service, within the layer of long polling.
    pub(in crate::cross_origin) type Timed<S> = LongPoll<S>;

    pub(in crate::cross_origin) type TimedFuture<F> = LongPollFuture<F>;

    #[derive(Clone, Debug)]
    pub(in crate::cross_origin) struct LongPolls {
        paths: PathSet,
        layer: LongPollLayer,
    }

    impl LongPolls {
        /// The service as it is for a request for `path`.
        pub(in crate::cross_origin) fn around<S>(&self, inner: S, path: &str) -> Timed<S> {
            if self.paths.matches(path) {
                self.layer.layer(inner)
            } else {
                LongPoll::disabled(inner)
            }
        }
    }

    pub(in crate::cross_origin) fn long_polls(
        written: Option<&LongPollConfig>,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> LongPolls {
        let mut layer = LongPollLayer::new();
        let Some(written) = written else { return LongPolls { paths: PathSet::default(), layer } };
        if let Some(window) = written.window {
            layer = layer.window(window);
        }
        if let Some(status) = written.timeout_status {
            layer = layer.timeout_status(status);
        }
        LongPolls { paths: diagnostics.paths("long_poll", &written.paths), layer }
    }

    pub(in crate::cross_origin) fn events(
        mut layer: SseLayer,
        written: &SseConfig,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> SseLayer {
        if let Some(silence) = written.keep_alive {
            layer = layer.keep_alive(silence);
        }
        if let Some(age) = written.max_age {
            layer = layer.max_age(age);
        }
        if let Some(percent) = written.jitter_percent {
            if percent > 100 {
                let (setting, value) = ("sse.jitter_percent", u16::from(percent));
                diagnostics.fault(Fault::new(setting, value, FaultKind::InvalidPercentage));
            }
            layer = layer.jitter_percent(percent);
        }
        if written.stop_reconnecting {
            layer = layer.stop_reconnecting();
        }
        layer
    }
}

/// Without the feature `tokio` there is no clock, and a setting that needs one is a fault.
#[cfg(not(feature = "tokio"))]
mod no_clock {
    use crate::{
        cross_origin::{
            Fault, FaultKind, LongPollConfig, SseConfig, error::CrossOriginDiagnostics,
        },
        push::SseLayer,
    };

    /// The service.
    pub(in crate::cross_origin) type Timed<S> = S;

    pub(in crate::cross_origin) type TimedFuture<F> = F;

    #[derive(Clone, Debug)]
    pub(in crate::cross_origin) struct LongPolls;

    impl LongPolls {
        #[expect(clippy::unused_self, reason = "with a clock it is asked")]
        pub(in crate::cross_origin) fn around<S>(&self, inner: S, _: &str) -> Timed<S> {
            inner
        }
    }

    pub(in crate::cross_origin) fn long_polls(
        written: Option<&LongPollConfig>,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> LongPolls {
        if written.is_some() {
            diagnostics.fault(Fault::new("long_poll", "", FaultKind::ClockWithoutFeature));
        }
        LongPolls
    }

    pub(in crate::cross_origin) fn events(
        layer: SseLayer,
        written: &SseConfig,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> SseLayer {
        for (key, is_set) in [
            ("keep_alive", written.keep_alive.is_some()),
            ("max_age", written.max_age.is_some()),
            ("jitter_percent", written.jitter_percent.is_some()),
            ("stop_reconnecting", written.stop_reconnecting),
        ] {
            if is_set {
                diagnostics.fault(Fault::new(
                    format!("sse.{key}"),
                    "",
                    FaultKind::ClockWithoutFeature,
                ));
            }
        }
        layer
    }
}
