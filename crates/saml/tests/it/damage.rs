//! A response that was damaged on its way: whatever happens to it, it is refused, or says what was signed.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use saml::IdentityProvider;

use crate::genuine::ada;
use crate::idp::{GENUINE, Idp};
use crate::read_with;

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

/// Made once: a signature costs more than its verification.
static GENUINE_ONES: LazyLock<(IdentityProvider, [String; 3])> = LazyLock::new(|| {
    let idp = Idp::rsa();
    (idp.provider(), [idp.genuine(), idp.signed_response(GENUINE), idp.signed_twice(GENUINE)])
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_changed_byte(kind in 0..3_usize, at: Index, byte: u8) {
        let (provider, genuine) = &*GENUINE_ONES;
        let mut bytes = genuine[kind].clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(xml) = String::from_utf8(bytes)
            && let Ok(signed_in) = read_with(provider, &xml)
        {
            prop_assert_eq!(signed_in, ada());
        }
    }

    #[test]
    fn any_part_moved_elsewhere(kind in 0..3_usize, from: Index, to: Index, at: Index) {
        let (provider, genuine) = &*GENUINE_ONES;
        let mut xml = genuine[kind].clone();
        let places: Vec<usize> = xml.match_indices('<').map(|(at, _)| at).collect();
        let (from, to) = (places[from.index(places.len())], places[to.index(places.len())]);
        let part = xml[from.min(to)..from.max(to)].to_owned();
        xml.insert_str(places[at.index(places.len())], &part);
        if let Ok(signed_in) = read_with(provider, &xml) {
            prop_assert_eq!(signed_in, ada());
        }
    }
}
