//! Fuzzes the values of `Host`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::hosts::check(bytes));
