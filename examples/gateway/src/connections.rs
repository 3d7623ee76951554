//! The open connections of clients, their number, and their use.
//!
//! At the limit, a new connection replaces the connection that has been unused for the longest time. Silent clients
//! therefore cannot lock out others. Connections with open requests are never closed.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    select,
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use tracing::debug;

/// The limits for clients. `None` switches a limit off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The time until the head of a request is complete.
    pub(crate) head: Option<Duration>,
    /// The time of a connection without requests, and of a tunnel without data.
    ///
    /// A write of a response has the same limit.
    pub(crate) idle: Option<Duration>,
    /// The number of connections, and the number of requests on all of them.
    pub(crate) connections: Option<usize>,
}

impl Limits {
    /// Reduces the number of connections, if the process may not open enough files.
    ///
    /// Returns the reduced number, or `None` if it is unchanged.
    pub(crate) fn adapt_to_open_files(&mut self) -> Option<usize> {
        let wanted = self.connections?;
        let files = (wanted as u64).saturating_mul(FILES_PER_CONNECTION) + OTHER_FILES;
        // The gateway also runs where this limit is unknown.
        let possible = rlimit::increase_nofile_limit(files).ok().filter(|files| *files > 0)?;
        let possible = possible.saturating_sub(OTHER_FILES) / FILES_PER_CONNECTION;
        let possible = usize::try_from(possible).unwrap_or(usize::MAX).max(1);
        if possible >= wanted {
            return None;
        }
        self.connections = Some(possible);
        Some(possible)
    }
}

/// The connections of a server.
#[derive(Clone, Debug)]
pub(crate) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    open: Mutex<Open>,
    /// Notifies of a connection that has ended or has become unused.
    changed: Notify,
    requests: Option<Arc<Semaphore>>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: BTreeMap<u64, Usage>,
}

#[derive(Debug)]
struct Usage {
    requests: usize,
    has_begun: bool,
    is_displaced: bool,
    /// The time of the last change.
    since: Instant,
    displaced: Arc<Notify>,
}

impl Connections {
    pub(crate) fn new(limits: Limits) -> Self {
        // Tokio's semaphore has a maximum.
        let permits = limits.connections.map(|most| most.min(Semaphore::MAX_PERMITS));
        let requests = permits.map(|permits| Arc::new(Semaphore::new(permits)));
        Self(Arc::new(Shared { limits, open: Mutex::default(), changed: Notify::new(), requests }))
    }

    /// Waits until another connection may be open, and adds it.
    pub(crate) async fn add(&self) -> Connection {
        loop {
            // Created before the check, so that no change is missed.
            let changed = self.0.changed.notified();
            if let Some(connection) = self.try_add() {
                return connection;
            }
            changed.await;
        }
    }

    /// Adds a connection, or displaces an unused one.
    fn try_add(&self) -> Option<Connection> {
        let mut open = self.0.open();
        if self.0.limits.connections.is_none_or(|most| open.connections.len() < most) {
            let number = open.next;
            open.next += 1;
            let usage = Usage {
                requests: 0,
                has_begun: false,
                is_displaced: false,
                since: Instant::now(),
                displaced: Arc::default(),
            };
            open.connections.insert(number, usage);
            return Some(Connection(Arc::new(Slot { shared: Arc::clone(&self.0), number })));
        }
        let unused = open.connections.values_mut().filter(|usage| usage.requests == 0);
        let oldest = unused.min_by_key(|usage| (!usage.is_displaced, usage.since))?;
        oldest.is_displaced = true;
        oldest.displaced.notify_one();
        None
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open connection. It is counted until all of its clones and requests are dropped.
#[derive(Clone, Debug)]
pub(crate) struct Connection(Arc<Slot>);

#[derive(Debug)]
struct Slot {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.connections.remove(&self.number);
        let is_last = open.connections.is_empty();
        drop(open);
        self.shared.changed.notify_waiters();
        if let (true, Ok(runtime)) = (is_last, Handle::try_current()) {
            // A number that grows is a leak.
            debug!("no connection is open; tasks: {}", runtime.metrics().num_alive_tasks());
        }
    }
}

impl Connection {
    /// Adds a request. It is open until all clones of the returned value are dropped.
    pub(crate) fn begin_request(&self) -> OpenRequest {
        self.0.update(|usage| usage.requests += 1);
        let requests = self.0.shared.requests.clone();
        let permit = requests.map(Semaphore::try_acquire_owned);
        let is_above_limit = matches!(permit, Some(Err(_)));
        let permit = permit.and_then(Result::ok);
        OpenRequest(Arc::new(Counted { slot: Arc::clone(&self.0), permit, is_above_limit }))
    }

    /// Waits until the connection has been unused for too long.
    ///
    /// Returns earlier if another connection displaces this one.
    pub(crate) async fn unused(&self) {
        let Some(displaced) = self.0.read(|usage| Arc::clone(&usage.displaced)) else { return };
        loop {
            let Some(end) = self.0.read(|usage| usage.end(&self.0.shared.limits)) else { return };
            let now = Instant::now();
            let wait = async {
                match end {
                    End::At(time) => sleep_until(time).await,
                    End::After(time) => sleep_until(now + time).await,
                    End::Never => pending().await,
                }
            };
            select! {
                () = displaced.notified() => {}
                () = wait => {}
            }
            let is_over = |usage: &Usage| {
                let is_late = |end| matches!(end, End::At(time) if time <= Instant::now());
                usage.requests == 0
                    && (usage.is_displaced || is_late(usage.end(&self.0.shared.limits)))
            };
            if self.0.read(is_over) != Some(false) {
                return;
            }
        }
    }

    /// Returns whether there is an open request.
    pub(crate) fn is_used(&self) -> bool {
        self.0.read(|usage| usage.requests > 0) == Some(true)
    }

    /// Returns whether there has been a request.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.read(|usage| usage.has_begun) == Some(true)
    }
}

impl Slot {
    fn read<T>(&self, read: impl FnOnce(&Usage) -> T) -> Option<T> {
        self.shared.open().connections.get(&self.number).map(read)
    }

    fn update(&self, update: impl FnOnce(&mut Usage)) {
        if let Some(usage) = self.shared.open().connections.get_mut(&self.number) {
            update(usage);
            usage.has_begun = true;
            usage.since = Instant::now();
        }
    }
}

/// The end of a connection, if its use does not change.
enum End {
    At(Instant),
    /// The connection has open requests. It is checked again after this time.
    After(Duration),
    Never,
}

impl Usage {
    fn end(&self, limits: &Limits) -> End {
        let limit = if self.has_begun { limits.idle } else { limits.head };
        match limit {
            Some(limit) if self.requests > 0 => End::After(limit),
            Some(limit) => End::At(self.since + limit),
            None => End::Never,
        }
    }
}

/// A request without a complete response, or with an open tunnel.
#[derive(Clone, Debug)]
pub(crate) struct OpenRequest(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    slot: Arc<Slot>,
    #[expect(dead_code, reason = "dropping it permits another request")]
    permit: Option<OwnedSemaphorePermit>,
    is_above_limit: bool,
}

impl OpenRequest {
    /// Returns whether there are too many open requests.
    pub(crate) fn is_above_limit(&self) -> bool {
        self.0.is_above_limit
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.slot.update(|usage| usage.requests -= 1);
        self.slot.shared.changed.notify_waiters();
    }
}

/// A client's connection, and a connection to the upstream.
const FILES_PER_CONNECTION: u64 = 2;
/// Files that are not connections, with a reserve.
const OTHER_FILES: u64 = 32;

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const LIMITS: Limits = Limits {
        head: Some(Duration::from_secs(10)),
        idle: Some(Duration::from_secs(60)),
        connections: Some(2),
    };

    async fn is_waiting(waiting: impl Future) -> bool {
        timeout(Duration::from_millis(1), waiting).await.is_err()
    }

    // S7: silent connections stayed open for ever.
    #[tokio::test(start_paused = true)]
    async fn unused_connection_ends_after_its_time_limit() {
        let connections = Connections::new(LIMITS);
        let begun = Instant::now();
        let silent = connections.add().await;
        silent.unused().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
        drop(silent);

        let idle = connections.add().await;
        let request = idle.begin_request();
        assert!(timeout(Duration::from_secs(1000), idle.unused()).await.is_err());
        drop(request);
        let begun = Instant::now();
        idle.unused().await;
        assert_eq!(begun.elapsed().as_secs(), 60);

        // The attack without the protection.
        let unlimited = Limits { head: None, idle: None, connections: None };
        let silent = Connections::new(unlimited).add().await;
        assert!(timeout(Duration::from_secs(100_000), silent.unused()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn new_connection_displaces_the_longest_unused_one() {
        let connections = Connections::new(LIMITS);
        let first = connections.add().await;
        tokio::time::advance(Duration::from_secs(1)).await;
        let second = connections.add().await;
        let request = first.begin_request();
        assert!(is_waiting(connections.add()).await);
        second.unused().await;
        drop(second);
        let third = connections.add().await;
        let other = third.begin_request();
        // Both connections are in use.
        let mut waiting = std::pin::pin!(connections.add());
        assert!(is_waiting(waiting.as_mut()).await);
        assert!(is_waiting(first.unused()).await && is_waiting(third.unused()).await);
        // A tunnel outlives the connection's task.
        drop(first);
        assert!(is_waiting(waiting.as_mut()).await);
        drop(request);
        drop(waiting.await);
        drop(other);
    }

    #[tokio::test]
    async fn requests_are_limited_over_all_connections() {
        let connections = Connections::new(LIMITS);
        let connection = connections.add().await;
        let mut requests = vec![connection.begin_request(), connection.begin_request()];
        assert!(requests.iter().all(|request| !request.is_above_limit()));
        let third = connection.begin_request();
        assert!(third.is_above_limit());
        requests.pop();
        assert!(!connection.begin_request().is_above_limit());
    }
}
