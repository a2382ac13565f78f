//! Responses that other implementations signed, so that nothing here can be wrong on both sides.
//!
//! `saml-idp` 1.2 is a whole provider, started and signed in to; its metadata is its own.
//! `samlp` 8.0 is the provider of Auth0 (its signatures are those of `xml-crypto`); `xmlsec` 1.3 is the C library that
//! most providers on Linux use (its canonical form is that of `libxml2`); `signxml` 5.2 is a third one.
//! The last two signed a document with every oddity that XML has for a canonical form.

use rstest::rstest;
use saml::{IdentityProvider, SignedIn};

use crate::idp::Idp;
use crate::{REQUEST_ID, replace, service};

const CERTIFICATE: &str = include_str!("testdata/foreign/cert.b64");
const NOW: &str = "2026-11-29T04:19:00Z";

fn read(xml: &str) -> Result<SignedIn, String> {
    let metadata = Idp::metadata(&[CERTIFICATE]);
    let provider = IdentityProvider::from_metadata(metadata.as_bytes()).unwrap();
    read_at(&provider, xml, NOW)
}

fn read_at(provider: &IdentityProvider, xml: &str, now: &str) -> Result<SignedIn, String> {
    let expected = saml::Expected { provider, service: &service(), request_id: REQUEST_ID };
    saml::read_response(xml.as_bytes(), &expected, now.parse().unwrap()).map_err(|error| error.to_string())
}

#[test]
fn saml_idp() {
    let metadata = include_str!("testdata/foreign/saml_idp_metadata.xml");
    let provider = IdentityProvider::from_metadata(metadata.as_bytes()).unwrap();
    assert_eq!(provider.entity_id, "https://idp.example.com/metadata");
    assert_eq!(provider.sign_in_url.as_str(), "http://localhost:7123/saml/sso");
    let response = include_str!("testdata/foreign/saml_idp.xml");
    let signed_in = read_at(&provider, response, "2026-11-29T04:40:00Z").unwrap();
    assert_eq!(signed_in.name_id, "ada@example.com");
    assert_eq!(signed_in.values("email"), ["ada@example.com"]);
    assert_eq!(signed_in.values("groups"), ["Analyst", "Auditor"]);
    let error = read_at(&provider, response, "2026-11-29T06:40:00Z").unwrap_err();
    assert!(error.contains("it is over; sign in again"), "{error}");
}

#[rstest]
#[case::assertion(include_str!("testdata/foreign/samlp_assertion.xml"))]
#[case::response(include_str!("testdata/foreign/samlp_response.xml"))]
#[case::both(include_str!("testdata/foreign/samlp_both.xml"))]
fn samlp(#[case] xml: &str) {
    let signed_in = read(xml).unwrap();
    assert_eq!(signed_in.name_id, "ada");
    let claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
    assert_eq!(signed_in.values(&format!("{claims}/emailaddress")), ["ada@example.com"]);
    assert_eq!(signed_in.values(&format!("{claims}/name")), ["Ada & Söhne <x>"]);
    let error = read(&replace(xml, ">ada@example.com<", ">eve@example.com<")).unwrap_err();
    assert!(error.contains("changed after it was signed"), "{error}");
}

#[rstest]
#[case::xmlsec_assertion(include_str!("testdata/foreign/xmlsec_assertion.xml"))]
#[case::xmlsec_response(include_str!("testdata/foreign/xmlsec_response.xml"))]
#[case::xmlsec_both(include_str!("testdata/foreign/xmlsec_both.xml"))]
#[case::signxml_assertion(include_str!("testdata/foreign/signxml_assertion.xml"))]
fn oddities(#[case] xml: &str) {
    let signed_in = read(xml).unwrap();
    assert_eq!(signed_in.name_id, "ada & <Söhne> & 😀>");
    assert_eq!(signed_in.values("PantherEmail"), ["ada@example.com"]);
    assert_eq!(signed_in.values("nested"), ["12"]);
    // Each oddity is in the signed bytes: changing it is noticed.
    for (from, to) in
        [("<!-- cut -->", " "), ("xmlns=\"\"", "xmlns=\"urn:e\""), ("z:b=\"2\"", "z:b=\"3\""), ("&#9;", " ")]
    {
        let error = read(&replace(xml, from, to)).unwrap_err();
        assert!(error.contains("changed after it was signed"), "{from}: {error}");
    }
}
