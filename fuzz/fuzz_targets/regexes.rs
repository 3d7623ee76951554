//! Fuzzes regular expressions for origins.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::regexes::check(bytes));
