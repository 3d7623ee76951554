//! Sets of many patterns at once.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::patterns::check(bytes));
