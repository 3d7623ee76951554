//! Any file, read as a configuration of every layer, and what those make of requests.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::configurations::check(bytes));
