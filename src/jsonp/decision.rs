use super::{Callback, CallbackError};

/// What becomes of a request: [`JsonpPolicy::decide`](super::JsonpPolicy::decide).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonpDecision {
    /// It names no callback, or is neither `GET` nor `HEAD`: nothing is touched.
    NotAsked,
    /// It names what is no callback. A response of JSON becomes 400.
    Malformed(CallbackError),
    /// It names a callback, which may not be called: a response of JSON stays JSON.
    Withheld(Withheld),
    /// A response of JSON becomes a script that calls this.
    Wrapped(Callback),
}

/// Why a callback is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Withheld {
    /// What loads it is no script: a navigation, a frame, a worker.
    Destination,
    /// It would become a service worker.
    ServiceWorker,
    /// It has a user's credentials, and is not known to come from a page of the same origin.
    Credentials,
}
