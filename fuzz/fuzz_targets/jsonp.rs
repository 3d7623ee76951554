//! Any JSON, cut anywhere, written into a script in any way.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::jsonp::check(bytes));
