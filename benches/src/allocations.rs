//! Counters for the allocations of a thread.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// Returns how many allocations and reallocations `run` makes.
///
/// Counts only where [`CountingAllocator`] is the `#[global_allocator]`.
pub fn count_during(run: impl FnOnce()) -> u64 {
    let before = MADE.get();
    run();
    MADE.get() - before
}

/// Returns the value that `make` makes, and the memory that this needs.
///
/// Counts only where [`CountingAllocator`] is the `#[global_allocator]`.
pub fn measure<T>(make: impl FnOnce() -> T) -> (T, Memory) {
    let (count, before) = (MADE.get(), HELD.get());
    PEAK.set(before);
    let value = make();
    let memory =
        Memory { made: MADE.get() - count, held: HELD.get() - before, peak: PEAK.get() - before };
    (value, memory)
}

/// Returns the bytes that this thread has allocated and not freed.
///
/// Memory that another thread frees is subtracted there. Counts only where [`CountingAllocator`] is the
/// `#[global_allocator]`.
pub fn held() -> i64 {
    HELD.get()
}

/// Requested bytes and allocations.
///
/// The allocator's rounding and its own data are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The number of allocations and reallocations.
    pub made: u64,
    /// The bytes held at the end, less the bytes held at the beginning.
    pub held: i64,
    /// The largest number of bytes held at once, less the bytes held at the beginning.
    pub peak: i64,
}

/// The system's allocator, with counters for each thread.
#[derive(Clone, Copy, Debug)]
pub struct CountingAllocator;

// SAFETY: every method passes its arguments to `System` and returns its result. The counters are
// thread-locals with a constant initial value and without a destructor. So reading them neither allocates
// nor fails, even while a thread ends.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller guarantees that `layout` is valid.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(layout.size(), 0);
        // SAFETY: the caller guarantees that `pointer` and `layout` are valid.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller guarantees that `layout` is valid.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(layout.size(), new_size);
        // SAFETY: the caller guarantees that all three arguments are valid.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

fn count(released: usize, allocated: usize) {
    MADE.set(MADE.get() + 1);
    hold(released, allocated);
}

fn hold(released: usize, allocated: usize) {
    // No allocation has more than `isize::MAX` bytes.
    let held = HELD.get() + allocated.cast_signed() as i64 - released.cast_signed() as i64;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}
