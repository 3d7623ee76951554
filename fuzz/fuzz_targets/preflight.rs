//! Fuzzes request heads with several policies.
#![no_main]

use fuzz::exchange::Exchange;

libfuzzer_sys::fuzz_target!(|exchange: Exchange| fuzz::preflight::check(&exchange));
