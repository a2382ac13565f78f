//! See `fuzz_targets::saml_response`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::saml_response(input));
