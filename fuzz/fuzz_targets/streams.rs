//! Fuzzes event streams with silences.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::streams::check(bytes));
