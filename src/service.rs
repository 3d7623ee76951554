//! Helpers that the services of all layers share.

/// Defines the accessors of a service whose field `inner` has the type `S`.
macro_rules! inner_service {
    () => {
        /// Returns a reference to the wrapped service.
        pub fn get_ref(&self) -> &S {
            &self.inner
        }

        /// Returns a mutable reference to the wrapped service.
        pub fn get_mut(&mut self) -> &mut S {
            &mut self.inner
        }

        /// Returns the wrapped service.
        pub fn into_inner(self) -> S {
            self.inner
        }
    };
}

pub(crate) use inner_service;

/// Replaces a ready service with a clone that is not ready.
///
/// A service that is not going to be called releases in this way the resources that `poll_ready` reserved, such
/// as a permit of a concurrency limit.
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

    /// Returns whether the timer has elapsed, according to the clock or the timer.
    ///
    /// The clock is necessary because a future can spend the whole budget of Tokio's cooperative scheduling in
    /// each poll. The timer then stays pending until the future uses less.
    pub(crate) fn is_elapsed(timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> bool {
        Instant::now() >= timer.deadline() || matches!(timer.poll(cx), Poll::Ready(()))
    }
}
