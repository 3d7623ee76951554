//! What the services of all layers have in common.

/// The accessors of a service whose field `inner` is an `S`.
macro_rules! inner_service {
    () => {
        /// The wrapped service.
        pub fn get_ref(&self) -> &S {
            &self.inner
        }

        /// The wrapped service.
        pub fn get_mut(&mut self) -> &mut S {
            &mut self.inner
        }

        /// The wrapped service.
        pub fn into_inner(self) -> S {
            self.inner
        }
    };
}

pub(crate) use inner_service;

/// Gives back what `poll_ready` reserved of a service that is not going to be called, such as a permit of
/// a concurrency limit. The clone that takes its place has reserved nothing.
pub(crate) fn replace_with_unready_clone<S: Clone>(service: &mut S) {
    let unready = service.clone();
    drop(std::mem::replace(service, unready));
}

#[cfg(feature = "tokio")]
pub(crate) use self::clock::is_elapsed;

#[cfg(feature = "tokio")]
mod clock {
    use std::{
        future::Future,
        pin::Pin,
        task::{Context, Poll},
    };

    use tokio::time::{Instant, Sleep};

    /// Polls the timer, and asks the clock too: a future that spends the whole budget of Tokio's
    /// cooperative scheduling whenever it is polled leaves nothing for the timer, which would then wait
    /// for as long as that goes on.
    pub(crate) fn is_elapsed(timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> bool {
        Instant::now() >= timer.deadline() || matches!(timer.poll(cx), Poll::Ready(()))
    }
}
