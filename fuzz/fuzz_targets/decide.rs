//! Fuzzes policies, together with a browser, pages and their calls.
#![no_main]

use fuzz::visits::Visits;

libfuzzer_sys::fuzz_target!(|visits: Visits| fuzz::decide::check(&visits));
