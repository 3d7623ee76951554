//! Counts what a thread allocates, exactly.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// How often `run` allocates, or lets an allocation grow.
///
/// Counts only where [`Counting`] is the `#[global_allocator]`.
pub fn during(run: impl FnOnce()) -> u64 {
    let before = MADE.get();
    run();
    MADE.get() - before
}

/// What `make` makes, and the memory that it takes.
///
/// Counts only where [`Counting`] is the `#[global_allocator]`.
pub fn of<T>(make: impl FnOnce() -> T) -> (T, Memory) {
    let (count, before) = (MADE.get(), HELD.get());
    PEAK.set(before);
    let value = make();
    let memory =
        Memory { made: MADE.get() - count, held: HELD.get() - before, peak: PEAK.get() - before };
    (value, memory)
}

/// The bytes that this thread has allocated and not freed; what another frees of it counts there.
///
/// Counts only where [`Counting`] is the `#[global_allocator]`.
pub fn held() -> i64 {
    HELD.get()
}

/// Bytes as they are asked for; what the allocator rounds up to, and what it keeps beside them, is not
/// counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How often something was allocated, or an allocation grew.
    pub made: u64,
    /// Bytes that are held at the end, beyond those of the beginning.
    pub held: i64,
    /// The same at the worst moment.
    pub peak: i64,
}

/// The system's allocator, counted for each thread by itself.
#[derive(Clone, Copy, Debug)]
pub struct Counting;

// SAFETY: every method hands its arguments to `System` and its answer back. The counts are
// thread-locals of a constant initial value and without a destructor, so that reading them neither
// allocates nor fails, even while a thread ends.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: what the caller promises of `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(layout.size(), 0);
        // SAFETY: what the caller promises of `pointer` and `layout`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: what the caller promises of `layout`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(layout.size(), new_size);
        // SAFETY: what the caller promises of all three.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

fn count(released: usize, taken: usize) {
    MADE.set(MADE.get() + 1);
    hold(released, taken);
}

fn hold(released: usize, taken: usize) {
    // No allocation has more than `isize::MAX` bytes.
    let held = HELD.get() + taken.cast_signed() as i64 - released.cast_signed() as i64;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}
