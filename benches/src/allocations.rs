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

/// The system's allocator, counted for each thread by itself.
#[derive(Clone, Copy, Debug)]
pub struct Counting;

// SAFETY: every method hands its arguments to `System` and its answer back. The count is a
// thread-local of a constant initial value and without a destructor, so that reading it neither
// allocates nor fails, even while a thread ends.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: what the caller promises of `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: what the caller promises of `pointer` and `layout`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: what the caller promises of `layout`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: what the caller promises of all three.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

fn count() {
    MADE.set(MADE.get() + 1);
}

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
}
