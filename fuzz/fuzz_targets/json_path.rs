//! See `fuzz_targets::json_path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::json_path(input));
