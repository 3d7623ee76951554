//! Fuzzes origins, patterns and small sets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::origin::check(bytes));
