use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::yield_now,
};

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
