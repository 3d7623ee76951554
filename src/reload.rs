//! Policies that can be replaced while the server handles requests.

use std::{
    convert::Infallible,
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    thread::yield_now,
};

use arc_swap::ArcSwap;
use futures_core::Stream;

/// A handle to the active policy, which can be replaced at runtime.
///
/// Clones of the handle share the policy.
///
/// ```
/// # #[cfg(feature = "tower")] {
/// use tower_cross_origin::cors::{CorsLayer, CorsPolicy, PolicyHandle, Rule};
///
/// let handle = PolicyHandle::new(CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?);
/// let layer = CorsLayer::new(handle.clone());
///
/// // Later, while the server handles requests:
/// handle.swap(CorsPolicy::new(Rule::for_origins(["https://app.example.com", "https://b.example"]))?);
/// # }
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// - Each request sees either the old policy or the new one, never a mix. Requests never wait for a change.
/// - An invalid candidate is rejected, and the active policy stays.
/// - The caller that replaces a policy drops the old one. A request never drops a policy, however large it is.
///
/// The handle can hold any other value that services read on each request, such as an
/// [`OriginSet`](crate::origin::OriginSet).
///
/// A change does not affect preflights that browsers have cached, responses that caches have stored, and guards
/// that have their own copy of [`CorsPolicy::origins`](crate::cors::CorsPolicy::origins).
pub struct PolicyHandle<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    active: ArcSwap<T>,
    /// Serializes changes.
    writer: Mutex<()>,
    retired: RetiredPolicies<T>,
}

impl<T> PolicyHandle<T> {
    /// Creates a handle with this active policy.
    pub fn new(policy: T) -> Self {
        Self {
            shared: Arc::new(Shared {
                active: ArcSwap::from_pointee(policy),
                writer: Mutex::new(()),
                retired: RetiredPolicies::new(),
            }),
        }
    }

    /// Returns the active policy, for inspection.
    ///
    /// The returned reference keeps the policy in memory after a change. Use [`read`](Self::read) for
    /// requests, so that a request never drops a policy.
    pub fn load(&self) -> Arc<T> {
        self.shared.active.load_full()
    }

    /// Calls `read` with the active policy, without a lock.
    ///
    /// The call does not change the reference count of the policy.
    pub fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.shared.active.load())
    }

    /// Replaces the active policy, and returns the old one.
    ///
    /// The caller drops the old policy. This takes some milliseconds for a million origins, and no request
    /// waits.
    ///
    /// A request may read the old policy for longer than a fraction of a millisecond, for example in a
    /// predicate that blocks. The handle then keeps the old policy in memory until the next change, or until
    /// the last clone of the handle is dropped.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, PolicyHandle, Rule};
    /// let handle = PolicyHandle::new(CorsPolicy::new(Rule::for_origins(["https://a.example"]))?);
    /// let old = handle.swap(CorsPolicy::new(Rule::for_origins(["https://b.example"]))?);
    /// assert_eq!(
    ///     old.difference(&handle.load()).to_string(),
    ///     "origins gained: https://b.example (rules[0])\norigins lost: https://a.example (rules[0])",
    /// );
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn swap(&self, policy: T) -> Arc<T> {
        match self.replace(|_| Ok::<_, Infallible>(policy)) {
            Ok(replaced) => replaced,
            Err(never) => match never {},
        }
    }

    /// Converts the candidate to a policy, replaces the active policy, and returns the old one.
    ///
    /// A candidate is usually a [`CorsConfig`](crate::cors::CorsConfig).
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, PolicyHandle, Rule};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
    /// let handle = PolicyHandle::new(policy);
    /// let rules = vec![Rule::for_origins(["https://app.example.com/"])];
    /// let error = handle.try_swap(CorsConfig::from(rules)).unwrap_err();
    /// println!("the old policy stays active: {error}");
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of the conversion. The active policy stays.
    pub fn try_swap<C: TryInto<T>>(&self, candidate: C) -> Result<Arc<T>, C::Error> {
        // Convert without the lock, because the conversion may be slow.
        candidate.try_into().map(|policy| self.swap(policy))
    }

    /// Replaces the active policy with the result of `next`, and returns the old one.
    ///
    /// `next` receives the active policy, and must not change the same handle, which would deadlock.
    ///
    /// Concurrent changes run one after another, so that no change is lost. Requests never wait for a change.
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsPolicy, PolicyHandle, Rule};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
    /// let handle = PolicyHandle::new(policy);
    /// let old = handle.update(|policy| {
    ///     policy.with_origin(0, &"https://b.example".parse().unwrap())
    /// })?;
    /// println!("{}", old.difference(&handle.load()));
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of `next`. The active policy stays.
    pub fn update<E>(&self, next: impl FnOnce(&T) -> Result<T, E>) -> Result<Arc<T>, E> {
        self.replace(next)
    }

    /// Returns a future that activates each item of the stream `policies`.
    ///
    /// The future completes when the stream ends. Items are policies, or values that can be converted to one,
    /// such as a [`CorsConfig`](crate::cors::CorsConfig). They come, for example, from a watched file or from
    /// a store that several servers share.
    ///
    /// If the conversion of an item fails, the future calls `on_invalid` with the error, and the active
    /// policy stays.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsConfig, CorsPolicy, PolicyHandle, Rule};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tower_cross_origin::cors::CorsConfigError> {
    /// # let config = |origin: &str| CorsConfig::from(vec![Rule::for_origins([origin])]);
    /// let handle = PolicyHandle::new(CorsPolicy::reject_all());
    /// let changes = tokio_stream::iter([config("https://app.example.com"), config("app.example.com")]);
    /// handle.follow(changes, |error| eprintln!("the old policy stays active: {error}")).await;
    /// assert_eq!(handle.load().origins().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The thread that polls the future converts the items. If they are large, poll the future on a thread
    /// that may block. The future owns a clone of the handle, so that it can be spawned.
    pub fn follow<S, F>(
        &self,
        policies: S,
        mut on_invalid: F,
    ) -> impl Future<Output = ()> + use<T, S, F>
    where
        S: Stream<Item: TryInto<T>>,
        F: FnMut(<S::Item as TryInto<T>>::Error),
    {
        let handle = self.clone();
        async move {
            let mut policies = pin!(policies);
            while let Some(candidate) = poll_fn(|cx| policies.as_mut().poll_next(cx)).await {
                if let Err(error) = handle.try_swap(candidate) {
                    on_invalid(error);
                }
            }
        }
    }

    /// Replaces the active policy if `next` returns a new one. Returns whether the policy was replaced.
    pub(crate) fn change<E>(
        &self,
        next: impl FnOnce(&T) -> Result<Option<T>, E>,
    ) -> Result<bool, E> {
        let next = |policy: &T| next(policy).map_err(Some)?.ok_or(None);
        match self.replace(next) {
            Ok(_) => Ok(true),
            Err(None) => Ok(false),
            Err(Some(error)) => Err(error),
        }
    }

    fn replace<E>(&self, next: impl FnOnce(&T) -> Result<T, E>) -> Result<Arc<T>, E> {
        let Shared { active, writer, retired } = &*self.shared;
        let replaced = {
            let _guard = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let next = next(&active.load())?;
            active.swap(Arc::new(next))
        };
        retired.retire(&replaced);
        Ok(replaced)
    }
}

/// The clone shares the active policy.
impl<T> Clone for PolicyHandle<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// Formats the active policy.
impl<T: fmt::Debug> fmt::Debug for PolicyHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|policy| f.debug_tuple("PolicyHandle").field(policy).finish())
    }
}

/// Replaced policies that requests still read.
///
/// The last reader would drop the policy, and it takes longer to drop a million origins than to handle a
/// request. This list therefore holds each policy until no reader is left.
#[derive(Debug)]
pub(super) struct RetiredPolicies<T> {
    policies: Mutex<Vec<Arc<T>>>,
}

impl<T> RetiredPolicies<T> {
    pub(super) fn new() -> Self {
        Self { policies: Mutex::new(Vec::new()) }
    }

    /// Adds `old` if it still has readers, and drops the policies whose readers are gone.
    ///
    /// `old` must be unreachable for new readers.
    pub(super) fn retire(&self, old: &Arc<T>) {
        let is_unread = wait_for_readers(old);
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_unread {
            policies.push(Arc::clone(old));
        }
        let (unread, still_read) = policies.drain(..).partition(has_one_owner);
        *policies = still_read;
        drop(policies);
        // Without the lock, because the drop of a policy may run any code.
        drop::<Vec<_>>(unread);
    }
}

/// Returns whether all readers of `old` are gone, after a short wait.
///
/// A reader takes a microsecond, unless its thread is suspended.
fn wait_for_readers<T>(old: &Arc<T>) -> bool {
    for _ in 0..YIELDS {
        if has_one_owner(old) {
            return true;
        }
        yield_now();
    }
    has_one_owner(old)
}

/// Returns whether `old` has one owner. The result stays true, because only an owner can create more owners.
fn has_one_owner<T>(old: &Arc<T>) -> bool {
    Arc::strong_count(old) == 1
}

/// How often the current thread yields. This takes some tenths of a millisecond on an idle machine.
const YIELDS: u32 = 256;
