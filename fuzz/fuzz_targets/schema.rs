//! See `fuzz_targets::schema`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::schema(input));
