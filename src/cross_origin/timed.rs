//! Compiles the settings that need a clock.

#[cfg(feature = "tokio")]
pub(super) use self::clock::{LongPollWindow, LongPolls, events, long_polls};
#[cfg(not(feature = "tokio"))]
pub(super) use self::no_clock::{LongPollWindow, LongPolls, events, long_polls};

#[cfg(feature = "tokio")]
mod clock {
    use std::{pin::Pin, task::Context};

    use http::Response;
    use tokio::time::Sleep;

    use crate::{
        cross_origin::{
            Fault, FaultKind, LongPollConfig, SseConfig, error::CrossOriginDiagnostics,
        },
        push::{LongPollLayer, SseLayer},
        request::path::PathSet,
        service::is_elapsed,
    };

    /// The paths of long polls, and their window.
    #[derive(Clone, Debug)]
    pub(in crate::cross_origin) struct LongPolls {
        paths: PathSet,
        layer: LongPollLayer,
    }

    impl LongPolls {
        #[inline]
        pub(in crate::cross_origin) fn matches(&self, path: &str) -> bool {
            self.paths.matches(path)
        }

        /// Starts the window of a long poll.
        #[inline(never)]
        pub(in crate::cross_origin) fn start(&self, is_connect: bool) -> LongPollWindow {
            LongPollWindow { timer: self.layer.start(is_connect).map(Box::pin) }
        }

        /// Returns the response to a long poll after its window. Returns `None` before.
        #[inline]
        pub(in crate::cross_origin) fn poll_timeout<B: Default>(
            &self,
            window: &mut LongPollWindow,
            cx: &mut Context<'_>,
        ) -> Option<Response<B>> {
            let timer = window.timer.as_mut()?;
            is_elapsed(timer.as_mut(), cx).then(|| self.layer.timeout_response())
        }

        /// Keeps the response to a long poll out of caches.
        #[inline(never)]
        pub(in crate::cross_origin) fn apply_to<B>(response: &mut Response<B>, is_connect: bool) {
            LongPollLayer::apply_to(response, is_connect);
        }
    }

    /// The timer of a long poll. Other requests have no timer.
    #[derive(Debug, Default)]
    pub(in crate::cross_origin) struct LongPollWindow {
        timer: Option<Pin<Box<Sleep>>>,
    }

    pub(in crate::cross_origin) fn long_polls(
        section: Option<&LongPollConfig>,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> LongPolls {
        let mut layer = LongPollLayer::new();
        let Some(section) = section else { return LongPolls { paths: PathSet::default(), layer } };
        if let Some(window) = section.window {
            layer = layer.window(window);
        }
        if let Some(status) = section.timeout_status {
            layer = layer.timeout_status(status);
        }
        LongPolls { paths: diagnostics.paths("long_poll", &section.paths), layer }
    }

    pub(in crate::cross_origin) fn events(
        mut layer: SseLayer,
        section: &SseConfig,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> SseLayer {
        if let Some(silence) = section.keep_alive {
            layer = layer.keep_alive(silence);
        }
        if let Some(age) = section.max_age {
            layer = layer.max_age(age);
        }
        if let Some(percent) = section.jitter_percent {
            if percent > 100 {
                let (setting, value) = ("sse.jitter_percent", u16::from(percent));
                diagnostics.fault(Fault::new(setting, value, FaultKind::InvalidPercentage));
            }
            layer = layer.jitter_percent(percent);
        }
        if section.stop_reconnecting {
            layer = layer.stop_reconnecting();
        }
        layer
    }
}

/// Reports settings that need a clock, in a program without the feature `tokio`.
#[cfg(not(feature = "tokio"))]
mod no_clock {
    use std::task::Context;

    use http::Response;

    use crate::{
        cross_origin::{
            Fault, FaultKind, LongPollConfig, SseConfig, error::CrossOriginDiagnostics,
        },
        push::SseLayer,
    };

    /// Matches no path.
    #[derive(Clone, Debug)]
    pub(in crate::cross_origin) struct LongPolls;

    #[expect(clippy::unused_self, reason = "the variant with the feature reads the fields")]
    impl LongPolls {
        pub(in crate::cross_origin) fn matches(&self, _: &str) -> bool {
            false
        }

        pub(in crate::cross_origin) fn start(&self, _: bool) -> LongPollWindow {
            LongPollWindow
        }

        pub(in crate::cross_origin) fn poll_timeout<B>(
            &self,
            _: &mut LongPollWindow,
            _: &mut Context<'_>,
        ) -> Option<Response<B>> {
            None
        }

        pub(in crate::cross_origin) fn apply_to<B>(_: &mut Response<B>, _: bool) {}
    }

    #[derive(Debug, Default)]
    pub(in crate::cross_origin) struct LongPollWindow;

    pub(in crate::cross_origin) fn long_polls(
        section: Option<&LongPollConfig>,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> LongPolls {
        if section.is_some() {
            diagnostics.fault(Fault::new("long_poll", "", FaultKind::ClockWithoutFeature));
        }
        LongPolls
    }

    pub(in crate::cross_origin) fn events(
        layer: SseLayer,
        section: &SseConfig,
        diagnostics: &mut CrossOriginDiagnostics,
    ) -> SseLayer {
        for (key, is_set) in [
            ("keep_alive", section.keep_alive.is_some()),
            ("max_age", section.max_age.is_some()),
            ("jitter_percent", section.jitter_percent.is_some()),
            ("stop_reconnecting", section.stop_reconnecting),
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
