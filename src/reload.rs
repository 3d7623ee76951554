//! What is replaced while requests are answered by it.

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

/// A policy that is replaced while it is in force; clones of the handle share it.
///
/// ```
/// # #[cfg(feature = "tower")] {
/// use tower_cross_origin::cors::{CorsLayer, CorsPolicy, PolicyHandle, Rule};
///
/// let handle = PolicyHandle::new(CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?);
/// let layer = CorsLayer::new(handle.clone());
///
/// // Later, while requests are answered:
/// handle.swap(CorsPolicy::new(Rule::for_origins(["https://app.example.com", "https://b.example"]))?);
/// # }
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// - A request sees one policy, the old or the new one, and never a mix. It waits for nobody.
/// - What is no policy changes nothing: the one in force stays.
/// - Whoever replaces a policy drops it, and no request does, however large it is.
///
/// It holds whatever a service reads at each request and somebody else replaces.
///
/// [What a change does not reach](crate::cors#what-a-change-does-not-reach): preflights that browsers have
/// cached, and responses that caches hold. Guards that were given [`CorsPolicy::origins`](crate::cors::CorsPolicy::origins) have a set of
/// their own.
pub struct PolicyHandle<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    in_force: ArcSwap<T>,
    /// Held by who replaces, one after the other.
    writing: Mutex<()>,
    retired: Retired<T>,
}

impl<T> PolicyHandle<T> {
    /// A handle whose policy in force is this one.
    pub fn new(policy: T) -> Self {
        Self {
            shared: Arc::new(Shared {
                in_force: ArcSwap::from_pointee(policy),
                writing: Mutex::new(()),
                retired: Retired::new(),
            }),
        }
    }

    /// The policy in force, to look at. Whoever keeps it keeps its memory, and may be the one who drops
    /// it: requests [`read`](Self::read).
    pub fn load(&self) -> Arc<T> {
        self.shared.in_force.load_full()
    }

    /// Calls `read` with the policy in force, without a lock and without counting a reference.
    pub fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.shared.in_force.load())
    }

    /// Puts a policy in force, and gives back the one that was.
    ///
    /// Whoever drops what is given back drops the policy: that takes some milliseconds for a million
    /// origins, and no request waits for it. Where a request still reads the policy after a fraction of a
    /// millisecond, in a predicate that blocks, say, it stays in memory until the next change, or until
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

    /// Puts in force what becomes a policy, such as a [`CorsConfig`](crate::cors::CorsConfig), and gives
    /// back the one that was.
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, PolicyHandle, Rule};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
    /// let handle = PolicyHandle::new(policy);
    /// let rules = vec![Rule::for_origins(["https://app.example.com/"])];
    /// let error = handle.try_swap(CorsConfig::from(rules)).unwrap_err();
    /// println!("the old policy stays in force: {error}");
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of what is no policy; nothing has changed then.
    pub fn try_swap<C: TryInto<T>>(&self, candidate: C) -> Result<Arc<T>, C::Error> {
        // Before anyone waits: it may take its time.
        candidate.try_into().map(|policy| self.swap(policy))
    }

    /// Puts in force what `next` makes of the policy in force, and gives that one back. Changes wait for
    /// each other, so that none is lost; requests wait for none. `next` must not change the same handle.
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
    /// Those of `next`; nothing has changed then.
    pub fn update<E>(&self, next: impl FnOnce(&T) -> Result<T, E>) -> Result<Arc<T>, E> {
        self.replace(next)
    }

    /// Puts each item of `policies` in force as it comes, until the stream ends or the future is dropped.
    /// An item that is no policy is given to `on_invalid` as its error, and the policy in force stays.
    ///
    /// Items are policies, or what becomes one, such as a [`CorsConfig`](crate::cors::CorsConfig): of a
    /// file that is watched, or of a store that a fleet shares.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsConfig, CorsPolicy, PolicyHandle, Rule};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tower_cross_origin::cors::CorsConfigError> {
    /// # let config = |origin: &str| CorsConfig::from(vec![Rule::for_origins([origin])]);
    /// let handle = PolicyHandle::new(CorsPolicy::reject_all());
    /// let changes = tokio_stream::iter([config("https://app.example.com"), config("app.example.com")]);
    /// handle.follow(changes, |error| eprintln!("the old policy stays in force: {error}")).await;
    /// assert_eq!(handle.load().origins().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What becomes a policy does so where the future is polled: a large one on a thread that may block. The
    /// future is a handle of its own, and can be spawned.
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

    /// Puts in force what `next` makes of the policy in force, if it makes something.
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
        let Shared { in_force, writing, retired } = &*self.shared;
        let replaced = {
            let _one_at_a_time = writing.lock().unwrap_or_else(PoisonError::into_inner);
            let next = next(&in_force.load())?;
            in_force.swap(Arc::new(next))
        };
        retired.retire(&replaced);
        Ok(replaced)
    }
}

/// The same policy in force.
impl<T> Clone for PolicyHandle<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// The policy in force.
impl<T: fmt::Debug> fmt::Debug for PolicyHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|policy| f.debug_tuple("PolicyHandle").field(policy).finish())
    }
}

/// What was replaced while somebody was reading it.
///
/// A reader may be the last one who holds it, and to drop a million origins takes longer than to answer a
/// request. So it is held here too, until nobody else does.
#[derive(Debug)]
pub(super) struct Retired<T> {
    held: Mutex<Vec<Arc<T>>>,
}

impl<T> Retired<T> {
    pub(super) fn new() -> Self {
        Self { held: Mutex::new(Vec::new()) }
    }

    /// Sees to it that `old`, which nobody can begin to read any more, is dropped by no reader; and drops
    /// what readers have left since.
    pub(super) fn retire(&self, old: &Arc<T>) {
        let is_left = is_left_within_a_moment(old);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_left {
            held.push(Arc::clone(old));
        }
        let (left, still_read) = held.drain(..).partition(is_held_by_one);
        *held = still_read;
        drop(held);
        // Not under the lock: who knows what a drop does.
        drop::<Vec<_>>(left);
    }
}

/// A reader takes a microsecond, unless its thread does not run.
fn is_left_within_a_moment<T>(old: &Arc<T>) -> bool {
    for _ in 0..TURNS {
        if is_held_by_one(old) {
            return true;
        }
        yield_now();
    }
    is_held_by_one(old)
}

/// It stays so: only who holds it could give it to others.
fn is_held_by_one<T>(old: &Arc<T>) -> bool {
    Arc::strong_count(old) == 1
}

/// How often other threads are let run: some tenths of a millisecond, where they have nothing to do.
const TURNS: u32 = 256;
