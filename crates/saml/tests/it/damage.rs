//! A response that was damaged on its way: whatever happens to it, it is refused, or says what was signed.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::genuine::ada;
use crate::idp::{GENUINE, Idp};
use crate::{read, read_with};

#[test]
fn a_response_that_is_cut_is_refused() {
    let idp = Idp::rsa();
    let provider = idp.provider();
    for genuine in [idp.genuine(), idp.signed_response(GENUINE), idp.signed_twice(GENUINE)] {
        let whole = genuine.trim_end().len();
        for length in (0..whole).step_by(100).chain([whole - 1]) {
            assert!(read_with(&provider, &genuine[..length]).is_err(), "cut at {length}");
        }
    }
}

/// Every byte of what was signed, one after the other.
#[test]
fn a_changed_byte_of_the_assertion_is_refused() {
    let idp = Idp::rsa();
    let provider = idp.provider();
    let genuine = idp.genuine();
    let signature = genuine.find("<ds:Signature ").unwrap()..genuine.find("</ds:Signature>").unwrap();
    let assertion = genuine.find("<saml:Assertion ").unwrap()..genuine.find("</samlp:Response>").unwrap();
    let (mut refused, mut accepted) = (0, 0);
    for at in assertion.filter(|at| !signature.contains(at)) {
        let mut bytes = genuine.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(xml) = String::from_utf8(bytes) else { continue };
        match read_with(&provider, &xml) {
            Err(_) => refused += 1,
            // White space inside of a tag and namespaces that nothing uses are in no canonical form.
            Ok(signed_in) => {
                assert_eq!(signed_in, ada(), "byte {at}");
                accepted += 1;
            }
        }
    }
    assert!(refused > 1500 && accepted < 100, "{refused} changes were refused, {accepted} accepted");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_changed_byte(kind in 0..3, at: Index, byte: u8) {
        let idp = Idp::rsa();
        let genuine = match kind {
            0 => idp.genuine(),
            1 => idp.signed_response(GENUINE),
            _ => idp.signed_twice(GENUINE),
        };
        let mut bytes = genuine.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(xml) = String::from_utf8(bytes)
            && let Ok(signed_in) = read(&idp, &xml)
        {
            prop_assert_eq!(signed_in, ada());
        }
    }

    #[test]
    fn any_part_moved_elsewhere(from: Index, to: Index, at: Index) {
        let idp = Idp::rsa();
        let genuine = idp.genuine();
        let places: Vec<usize> = genuine.match_indices('<').map(|(at, _)| at).collect();
        let (from, to) = (places[from.index(places.len())], places[to.index(places.len())]);
        let part = &genuine[from.min(to)..from.max(to)];
        let mut xml = genuine.clone();
        xml.insert_str(places[at.index(places.len())], part);
        if let Ok(signed_in) = read(&idp, &xml) {
            prop_assert_eq!(signed_in, ada());
        }
    }
}
