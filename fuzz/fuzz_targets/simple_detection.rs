//! See `fuzz_targets::simple_detection`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::simple_detection(input));
