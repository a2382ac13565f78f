//! See `fuzz_targets::python_code`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::python_code(input));
