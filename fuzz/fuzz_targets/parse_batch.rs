//! See `fuzz_targets::parse_batch`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::parse_batch(input));
