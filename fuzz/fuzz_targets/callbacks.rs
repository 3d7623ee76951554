//! Fuzzes callbacks.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::callbacks::check(bytes));
