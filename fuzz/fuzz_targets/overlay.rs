//! See `fuzz_targets::overlay`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::overlay(input));
