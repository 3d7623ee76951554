//! Any stream of events, cut anywhere, with silences at any time.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::streams::check(bytes));
