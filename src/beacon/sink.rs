use super::Ping;

/// Takes pings, and never makes one wait.
///
/// It is asked on the way to the answer, so that it must neither wait nor do work. Usually it is a
/// function that tries to put the ping into a bounded queue, of whatever kind:
///
/// ```
/// use tower_cross_origin::beacon::{Beacon, Offered, Ping};
///
/// // To a thread.
/// let (sender, _pings) = std::sync::mpsc::sync_channel::<Ping<String>>(1_000);
/// Beacon::new(move |ping| sender.try_send(ping).into());
///
/// // To a task.
/// let (sender, _pings) = tokio::sync::mpsc::channel::<Ping<String>>(1_000);
/// Beacon::new(move |ping| sender.try_send(ping).into());
///
/// // Of the address alone.
/// Beacon::new(|ping: Ping<String>| match ping.request().uri().query() {
///     Some(_) => Offered::Taken,
///     None => Offered::Dropped,
/// });
/// ```
pub trait Sink<B> {
    /// Takes the ping, or drops it.
    fn offer(&self, ping: Ping<B>) -> Offered;
}

impl<B, F> Sink<B> for F
where
    F: Fn(Ping<B>) -> Offered,
{
    fn offer(&self, ping: Ping<B>) -> Offered {
        self(ping)
    }
}

/// What became of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Offered {
    /// The sink has it.
    Taken,
    /// The sink had no room, or no use for it. [`Beacon`](super::Beacon) counts it.
    Dropped,
}

/// As the queues of `std` and Tokio say whether they took it.
impl<E> From<Result<(), E>> for Offered {
    fn from(tried: Result<(), E>) -> Self {
        match tried {
            Ok(()) => Self::Taken,
            Err(_) => Self::Dropped,
        }
    }
}
