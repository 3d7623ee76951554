//! The rejections that already have an event at the level `info`.

use std::{
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
    time::{Duration, Instant},
};

use http::HeaderName;

use crate::limits::{REJECTED_ORIGINS, REJECTION_WINDOW_SECONDS, UNEXPOSED_HEADERS};

const LENGTH: Duration = Duration::from_secs(REJECTION_WINDOW_SECONDS);

/// The window of this process.
static WINDOW: Mutex<Window> = Mutex::new(Window::EMPTY);

/// The level of the event for one rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Novelty {
    /// The first rejection of the origin at this step: the level is `info`.
    First,
    /// The first rejection of an origin above the limit: one more event reports this.
    LimitReached,
    /// Another rejection: the level is `debug`.
    Repeated,
}

/// Records a rejection, and returns how new it is.
///
/// Never waits: while another thread records a rejection, this one is `Repeated`.
pub(super) fn record(origin: &str, step: &'static str) -> Novelty {
    try_lock(&WINDOW)
        .map_or(Novelty::Repeated, |mut window| window.record(Instant::now(), origin, step))
}

/// The response headers that already have an event.
static HEADERS: Mutex<Vec<HeaderName>> = Mutex::new(Vec::new());

/// Records a response header, and returns `true` the first time.
///
/// Keeps at most [`UNEXPOSED_HEADERS`] names, and never waits.
pub(super) fn record_header(name: &HeaderName) -> bool {
    let Some(mut names) = try_lock(&HEADERS) else { return false };
    let is_new = names.len() < UNEXPOSED_HEADERS && !names.contains(name);
    if is_new {
        names.push(name.clone());
    }
    is_new
}

/// Returns `None` while another thread has the lock.
fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(error)) => Some(PoisonError::into_inner(error)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The rejected origins of a window, each with its failed steps.
#[derive(Debug)]
struct Window {
    start: Option<Instant>,
    origins: Vec<RejectedOrigin>,
    is_limit_reported: bool,
}

#[derive(Debug)]
struct RejectedOrigin {
    origin: Box<str>,
    // Steps and reasons are constants of the program, so the list is short.
    steps: Vec<&'static str>,
}

impl Window {
    const EMPTY: Self = Self { start: None, origins: Vec::new(), is_limit_reported: false };

    fn record(&mut self, now: Instant, origin: &str, step: &'static str) -> Novelty {
        let is_over = |start: Instant| now.saturating_duration_since(start) >= LENGTH;
        if self.start.is_none_or(is_over) {
            *self = Self { start: Some(now), ..Self::EMPTY };
        }
        if let Some(known) = self.origins.iter_mut().find(|known| *known.origin == *origin) {
            if known.steps.contains(&step) {
                return Novelty::Repeated;
            }
            known.steps.push(step);
            return Novelty::First;
        }
        if self.origins.len() < REJECTED_ORIGINS {
            self.origins.push(RejectedOrigin { origin: origin.into(), steps: vec![step] });
            return Novelty::First;
        }
        if self.is_limit_reported {
            return Novelty::Repeated;
        }
        self.is_limit_reported = true;
        Novelty::LimitReached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejection_of_an_origin_at_a_step_is_new_once_per_window() {
        let (mut window, start) = (Window::EMPTY, Instant::now());
        let mut record = |seconds, origin, step| {
            window.record(start + Duration::from_secs(seconds), origin, step)
        };
        assert_eq!(record(0, "https://a.example", "origin"), Novelty::First);
        assert_eq!(record(1, "https://a.example", "origin"), Novelty::Repeated);
        assert_eq!(record(1, "https://a.example", "method"), Novelty::First);
        assert_eq!(record(1, "https://b.example", "origin"), Novelty::First);
        let last = REJECTION_WINDOW_SECONDS - 1;
        assert_eq!(record(last, "https://a.example", "method"), Novelty::Repeated);
        assert_eq!(record(last + 1, "https://a.example", "method"), Novelty::First);
        assert_eq!(record(last + 1, "https://a.example", "method"), Novelty::Repeated);
    }

    #[test]
    fn window_keeps_a_bounded_number_of_origins() {
        let (mut window, now) = (Window::EMPTY, Instant::now());
        let mut record =
            |number: usize| window.record(now, &format!("https://{number}.example"), "origin");
        let all: Vec<Novelty> = (0..3 * REJECTED_ORIGINS).map(&mut record).collect();
        let (first, rest) = all.split_at(REJECTED_ORIGINS);
        assert!(first.iter().all(|novelty| *novelty == Novelty::First), "{first:?}");
        assert_eq!(rest[0], Novelty::LimitReached);
        assert!(rest[1..].iter().all(|novelty| *novelty == Novelty::Repeated), "{rest:?}");
        assert_eq!(record(0), Novelty::Repeated);
        assert_eq!(window.origins.len(), REJECTED_ORIGINS);
        assert_eq!(window.record(now + LENGTH, "https://99.example", "origin"), Novelty::First);
    }
}
