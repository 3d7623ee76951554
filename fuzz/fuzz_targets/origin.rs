//! Any bytes as an `Origin`, as a pattern and as a set of patterns.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::origin::check(bytes));
