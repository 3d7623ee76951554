//! Any policy, and what a browser makes of it for any page and any call.
#![no_main]

use fuzz::visits::Visits;

libfuzzer_sys::fuzz_target!(|visits: Visits| fuzz::decide::check(&visits));
