//! Fuzzes the paths of requests.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::paths::check(bytes));
