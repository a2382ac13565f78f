//! See `fuzz_targets::correlation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::correlation(input));
