//! The timers of an event stream: keep-alive comments, maximum age, shutdown.

#[cfg(feature = "tokio")]
pub(super) use self::clock::{TimerSettings, Timers};
#[cfg(not(feature = "tokio"))]
pub(super) use self::no_clock::{TimerSettings, Timers};

#[cfg(feature = "tokio")]
mod clock {
    use std::{
        hash::{BuildHasher, Hasher, RandomState},
        pin::Pin,
        task::{Context, Poll},
        time::Duration,
    };

    use pin_project_lite::pin_project;
    use tokio::{
        sync::futures::OwnedNotified,
        time::{Instant, Sleep, sleep_until},
    };

    use crate::push::sse::{parser::ParserState, shutdown::Shutdown};

    #[derive(Clone, Debug)]
    pub(in crate::push::sse) struct TimerSettings {
        pub(in crate::push::sse) keep_alive: Option<Duration>,
        pub(in crate::push::sse) max_age: Option<Duration>,
        pub(in crate::push::sse) jitter_percent: u32,
        pub(in crate::push::sse) shutdown: Option<Shutdown>,
        pub(in crate::push::sse) shutdown_window: Duration,
        pub(in crate::push::sse) stops_reconnecting: bool,
        /// Returns a random number. Tests replace this function.
        pub(in crate::push::sse) random: fn() -> u64,
    }

    impl Default for TimerSettings {
        fn default() -> Self {
            Self {
                keep_alive: None,
                max_age: None,
                jitter_percent: 20,
                shutdown: None,
                shutdown_window: Duration::ZERO,
                stops_reconnecting: false,
                random,
            }
        }
    }

    impl TimerSettings {
        pub(in crate::push::sse) fn send_comments(&self) -> bool {
            self.keep_alive.is_some()
        }

        pub(in crate::push::sse) fn end_streams(&self) -> bool {
            self.max_age.is_some() || self.shutdown.is_some()
        }

        /// Returns whether new clients must not reconnect.
        pub(in crate::push::sse) fn stops_reconnecting(&self) -> bool {
            self.stops_reconnecting && self.shutdown_begun_at().is_some()
        }

        fn shutdown_begun_at(&self) -> Option<Instant> {
            self.shutdown.as_ref().and_then(Shutdown::begun_at)
        }

        fn end_by_age(&self, now: Instant) -> Option<Instant> {
            let longest = self.max_age?;
            let spread = longest / 100 * self.jitter_percent;
            now.checked_add(longest.saturating_sub(fraction_of(spread, (self.random)())))
        }

        fn end_by_shutdown(&self, begun_at: Instant, now: Instant) -> Option<Instant> {
            let window_left = match begun_at.checked_add(self.shutdown_window) {
                Some(end) => end.saturating_duration_since(now),
                None => self.shutdown_window,
            };
            now.checked_add(fraction_of(window_left, (self.random)()))
        }
    }

    pin_project! {
        /// The timers of one stream.
        #[derive(Debug)]
        pub(in crate::push::sse) struct Timers {
            parser: ParserState,
            last_frame: Instant,
            end: Option<Instant>,
            // Wakes the task when the shutdown begins; `None` after the beginning.
            #[pin]
            shutdown: Option<OwnedNotified>,
            // One timer for all deadlines. Set to the next deadline or earlier, so that a forwarded frame
            // costs only one read of the clock.
            #[pin]
            sleep: Option<Sleep>,
        }
    }

    impl Timers {
        pub(in crate::push::sse) fn new(
            settings: &TimerSettings,
            is_plain: bool,
            reconnects: bool,
        ) -> Self {
            let now = Instant::now();
            let shutdown = settings.shutdown.as_ref().filter(|_| reconnects);
            Self {
                parser: if is_plain { ParserState::Beginning(0) } else { ParserState::Unknown },
                last_frame: now,
                end: settings.end_by_age(now).filter(|_| reconnects),
                shutdown: shutdown.map(Shutdown::notified),
                sleep: None,
            }
        }

        /// Records that the layer has inserted a line before the stream.
        pub(in crate::push::sse) fn mark_preceded(self: Pin<&mut Self>) {
            *self.project().parser = ParserState::AfterPrefix;
        }

        /// Records data that the stream forwards.
        pub(in crate::push::sse) fn observe(self: Pin<&mut Self>, data: &[u8]) {
            let this = self.project();
            *this.parser = this.parser.after(data);
            *this.last_frame = Instant::now();
        }

        /// Returns whether the stream must end.
        ///
        /// The end waits up to one second for the end of an event.
        pub(in crate::push::sse) fn is_over(
            mut self: Pin<&mut Self>,
            settings: &TimerSettings,
        ) -> bool {
            self.as_mut().observe_shutdown(settings);
            self.end.is_some_and(|end| self.is_past(end, Instant::now()))
        }

        /// Waits for the next comment; `None` is the end of the stream.
        pub(in crate::push::sse) fn poll(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            settings: &TimerSettings,
        ) -> Poll<Option<&'static [u8]>> {
            if let Some(shutdown) = self.as_mut().project().shutdown.as_pin_mut() {
                // Only registers the waker. The handle knows whether the shutdown has begun.
                let _ = shutdown.poll(cx);
            }
            self.as_mut().observe_shutdown(settings);
            loop {
                let now = Instant::now();
                if self.end.is_some_and(|end| self.is_past(end, now)) {
                    return Poll::Ready(None);
                }
                let comment = self.parser.comment().zip(self.keep_alive(settings));
                if let Some((comment, _)) = comment.filter(|(_, deadline)| *deadline <= now) {
                    let this = self.project();
                    *this.parser = this.parser.after_comment();
                    *this.last_frame = now;
                    return Poll::Ready(Some(comment));
                }
                // If the end is past, an event delays it: wait until the latest end.
                let end = self.end.and_then(|end| if end > now { Some(end) } else { latest(end) });
                let deadline =
                    [comment.map(|(_, deadline)| deadline), end].into_iter().flatten().min();
                let Some(deadline) = deadline else { return Poll::Pending };
                if self.as_mut().poll_sleep(cx, deadline).is_pending() {
                    return Poll::Pending;
                }
            }
        }

        fn keep_alive(&self, settings: &TimerSettings) -> Option<Instant> {
            self.last_frame.checked_add(settings.keep_alive?)
        }

        fn is_past(&self, end: Instant, now: Instant) -> bool {
            let end = if self.parser.is_between_events() { Some(end) } else { latest(end) };
            end.is_some_and(|end| end <= now)
        }

        fn observe_shutdown(self: Pin<&mut Self>, settings: &TimerSettings) {
            if self.shutdown.is_none() {
                return;
            }
            let Some(begun_at) = settings.shutdown_begun_at() else { return };
            let mut this = self.project();
            this.shutdown.set(None);
            let end = settings.end_by_shutdown(begun_at, Instant::now());
            *this.end = [*this.end, end].into_iter().flatten().min();
        }

        fn poll_sleep(self: Pin<&mut Self>, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
            let mut this = self.project();
            match this.sleep.as_mut().as_pin_mut() {
                None => this.sleep.set(Some(sleep_until(deadline))),
                Some(sleep) if sleep.is_elapsed() || sleep.deadline() > deadline => {
                    sleep.reset(deadline);
                }
                Some(_) => {}
            }
            this.sleep.as_pin_mut().map_or(Poll::Ready(()), |sleep| sleep.poll(cx))
        }
    }

    fn latest(end: Instant) -> Option<Instant> {
        end.checked_add(GRACE)
    }

    /// Returns a random number that spreads the ends of streams. It need not be unpredictable.
    fn random() -> u64 {
        RandomState::new().build_hasher().finish()
    }

    /// Returns the fraction of `time` that `number` is of all 64-bit numbers.
    fn fraction_of(time: Duration, number: u64) -> Duration {
        let nanoseconds = time.as_nanos().saturating_mul(u128::from(number)) >> 64;
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    /// The maximum delay of the end of a stream by an incomplete event.
    const GRACE: Duration = Duration::from_secs(1);

    #[cfg(test)]
    mod tests {
        use super::*;

        const TEN: Duration = Duration::from_secs(10);

        fn settings(random: fn() -> u64) -> TimerSettings {
            TimerSettings { random, ..TimerSettings::default() }
        }

        #[test]
        fn ages_are_spread_over_the_jitter_range() {
            let now = Instant::now();
            for (random, percent, seconds) in [
                ((|| 0) as fn() -> u64, 20, 10.0),
                (|| 1 << 63, 20, 9.0),
                (|| u64::MAX, 20, 8.0),
                (|| u64::MAX, 0, 10.0),
                (|| u64::MAX, 100, 0.0),
            ] {
                let settings = TimerSettings {
                    max_age: Some(TEN),
                    jitter_percent: percent,
                    ..settings(random)
                };
                let age = settings.end_by_age(now).unwrap() - now;
                assert!((age.as_secs_f64() - seconds).abs() < 0.001, "{age:?} of {percent}");
            }
            assert_eq!(settings(random).end_by_age(now), None);
        }

        #[test]
        fn ends_are_spread_over_the_remaining_window() {
            let begun_at = Instant::now();
            for (random, later, seconds) in [
                ((|| 0) as fn() -> u64, 0, 0.0),
                (|| 1 << 63, 0, 5.0),
                (|| u64::MAX, 0, 10.0),
                (|| 1 << 63, 6, 8.0),
                (|| u64::MAX, 6, 10.0),
                (|| u64::MAX, 10, 10.0),
                (|| u64::MAX, 90, 90.0),
            ] {
                let settings = TimerSettings { shutdown_window: TEN, ..settings(random) };
                let now = begun_at + Duration::from_secs(later);
                let end = settings.end_by_shutdown(begun_at, now).unwrap() - begun_at;
                assert!((end.as_secs_f64() - seconds).abs() < 0.001, "{end:?} at {later}");
            }
        }

        #[test]
        fn random_numbers_differ() {
            let numbers: std::collections::BTreeSet<u64> = (0..100).map(|_| random()).collect();
            assert_eq!(numbers.len(), 100);
        }
    }
}

/// The replacement without the feature `tokio`, in which only the service ends streams.
#[cfg(not(feature = "tokio"))]
#[expect(clippy::unused_self, reason = "the other version of this module reads the settings")]
mod no_clock {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    #[derive(Clone, Debug, Default)]
    pub(in crate::push::sse) struct TimerSettings {}

    impl TimerSettings {
        pub(in crate::push::sse) fn send_comments(&self) -> bool {
            false
        }

        pub(in crate::push::sse) fn end_streams(&self) -> bool {
            false
        }

        pub(in crate::push::sse) fn stops_reconnecting(&self) -> bool {
            false
        }
    }

    #[derive(Debug)]
    pub(in crate::push::sse) struct Timers {}

    impl Timers {
        pub(in crate::push::sse) fn new(_: &TimerSettings, _: bool, _: bool) -> Self {
            Self {}
        }

        pub(in crate::push::sse) fn mark_preceded(self: Pin<&mut Self>) {}

        pub(in crate::push::sse) fn observe(self: Pin<&mut Self>, _: &[u8]) {}

        pub(in crate::push::sse) fn is_over(self: Pin<&mut Self>, _: &TimerSettings) -> bool {
            false
        }

        pub(in crate::push::sse) fn poll(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &TimerSettings,
        ) -> Poll<Option<&'static [u8]>> {
            Poll::Pending
        }
    }
}
