//! The address that a browser is sent to.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use saml::{RequestError, ServiceProvider, SignInRequest};
use url::Url;

use crate::idp::Idp;
use crate::{NOW, REQUEST_ID, service};

fn url(service: &ServiceProvider, id: &str, relay_state: Option<&str>) -> Result<Url, RequestError> {
    let provider = Idp::rsa().provider();
    SignInRequest { provider: &provider, service, id, relay_state }.url(NOW.parse().unwrap())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut values = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let value = values.next();
    assert_eq!(values.count(), 0, "`{name}` is there twice");
    value
}

/// What the provider reads.
fn request(url: &Url) -> String {
    let deflated = STANDARD.decode(parameter(url, "SAMLRequest").unwrap()).unwrap();
    let mut xml = String::new();
    flate2::read::DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut xml).unwrap();
    xml
}

#[test]
fn a_request_and_its_relay_state() {
    let url = url(&service(), REQUEST_ID, Some("a/b?c=d&e f")).unwrap();
    assert!(url.as_str().starts_with("https://idp.example.com/sso?idpid=C01&SAMLRequest="), "{url}");
    assert_eq!(parameter(&url, "RelayState").as_deref(), Some("a/b?c=d&e f"));
    assert_eq!(
        request(&url),
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_request-1\" Version=\"2.0\" \
         IssueInstant=\"2026-03-01T12:00:30Z\" Destination=\"https://idp.example.com/sso?idpid=C01\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         AssertionConsumerServiceURL=\"https://siem.example.com/internal/saml/okta/acs\">\
         <saml:Issuer>https://siem.example.com/internal/saml/okta/metadata</saml:Issuer>\
         <samlp:NameIDPolicy AllowCreate=\"true\"/></samlp:AuthnRequest>"
    );
}

#[test]
fn no_relay_state() {
    assert_eq!(parameter(&url(&service(), REQUEST_ID, None).unwrap(), "RelayState"), None);
}

#[test]
fn names_with_markup_stay_names() {
    let entity_id = "https://x/?a=1&b=2</saml:Issuer><samlp:Scoping/>".to_owned();
    let acs_url = "https://x/\" ForceAuthn=\"false\n".to_owned();
    let xml = request(
        &url(&ServiceProvider { entity_id: entity_id.clone(), acs_url: acs_url.clone() }, "_1", None)
            .unwrap(),
    );
    let document = uppsala::parse(&xml).unwrap();
    let root = document.document_element().unwrap();
    assert_eq!(document.get_attribute(root, "AssertionConsumerServiceURL"), Some(acs_url.as_str()));
    assert_eq!(document.get_attribute(root, "ForceAuthn"), None);
    assert_eq!(document.text_content_deep(document.get_elements_by_tag_name("Issuer")[0]), entity_id);
    assert!(document.get_elements_by_tag_name("Scoping").is_empty());
}

#[rstest]
#[case::none("")]
#[case::too_short("_")]
#[case::a_digit_first("1abc")]
#[case::markup("_a\"b")]
#[case::white_space("_a b")]
#[case::not_ascii("_ä")]
fn identifiers_that_are_refused(#[case] id: &str) {
    let error = url(&service(), id, None).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("the identifier of the request is `{id}`; it has to be `_` and then")),
        "{error}"
    );
}

#[test]
fn a_relay_state_has_80_bytes() {
    assert!(url(&service(), "_1", Some(&"x".repeat(80))).is_ok());
    assert_eq!(
        url(&service(), "_1", Some(&"x".repeat(81))).unwrap_err().to_string(),
        "the relay state has 81 bytes; at most 80 are allowed"
    );
}
