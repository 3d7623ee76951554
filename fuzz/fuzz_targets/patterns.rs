//! Fuzzes sets of many patterns.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::patterns::check(bytes));
