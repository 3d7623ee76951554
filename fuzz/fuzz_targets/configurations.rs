//! Fuzzes configuration files, and the layers that they describe.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::configurations::check(bytes));
