//! Fuzzes JSON bodies and JSONP options.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::jsonp::check(bytes));
