//! What is accepted: the forms in which providers send their responses.

use jiff::Timestamp;
use rstest::rstest;
use saml::{Attribute, SignedIn};

use crate::idp::{Form, GENUINE, Idp};
use crate::{read, read_with, replace};

/// What the genuine response says.
pub(crate) fn ada() -> SignedIn {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let attribute = |name: &str, values: &[&str]| Attribute {
        name: name.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    SignedIn {
        provider: "https://idp.example.com/metadata".to_owned(),
        name_id: "ada@example.com".to_owned(),
        name_id_format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
        assertion_id: "_assertion-1".to_owned(),
        // With the minute that clocks may be apart.
        usable_until: time("2026-03-01T12:06:01Z"),
        session_not_on_or_after: Some(time("2026-03-01T20:00:01Z")),
        attributes: vec![
            attribute("PantherEmail", &["ada@example.com"]),
            attribute("PantherRole", &["Analyst", "Auditor"]),
        ],
    }
}

#[test]
fn a_signed_assertion_or_a_signed_response_or_both_sign_in() {
    let idp = Idp::rsa();
    assert_eq!(read(&idp, &idp.genuine()), Ok(ada()));
    assert_eq!(read(&idp, &idp.signed_response(GENUINE)), Ok(ada()));
    assert_eq!(read(&idp, &idp.signed_twice(GENUINE)), Ok(ada()));
    assert_eq!(ada().values("PantherRole"), ["Analyst", "Auditor"]);
    assert!(ada().values("PantherLastName").is_empty());
}

#[rstest]
#[case::rsa_sha384("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384")]
#[case::rsa_sha512("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512")]
fn the_longer_digests_of_rsa(#[case] method: &str) {
    let idp = Idp::rsa();
    assert_eq!(read(&idp, &idp.signed_as(&Form::method(method))), Ok(ada()));
}

#[rstest]
#[case::sha384("http://www.w3.org/2001/04/xmldsig-more#sha384")]
#[case::sha512("http://www.w3.org/2001/04/xmlenc#sha512")]
fn the_longer_digests_of_the_reference(#[case] method: &str) {
    let idp = Idp::rsa();
    let form = Form::edit("http://www.w3.org/2001/04/xmlenc#sha256", method);
    assert_eq!(read(&idp, &idp.signed_as(&form)), Ok(ada()));
}

#[test]
fn elliptic_curves() {
    for idp in [Idp::p256(), Idp::p384()] {
        assert_eq!(read(&idp, &idp.genuine()), Ok(ada()));
    }
}

#[test]
fn a_list_of_inclusive_namespaces() {
    let idp = Idp::rsa();
    let list = r##"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs #default nowhere"/></ds:Transform>"##;
    let form = Form {
        prefixes: vec!["xs", "#default", "nowhere"],
        ..Form::edit(r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#, list)
    };
    assert_eq!(read(&idp, &idp.signed_as(&form)), Ok(ada()));
    // In a signed response, the canonical form of the response would drop `xs`, which nothing uses visibly.
    let template = GENUINE.replace(r#" xmlns:xs="http://www.w3.org/2001/XMLSchema""#, "");
    let template = replace(
        &template,
        "<samlp:Response ",
        "<samlp:Response xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" ",
    );
    let both = idp.sign(&idp.sign(&template, "Assertion", &form), "Response", &Form::default());
    assert_eq!(read(&idp, &both), Ok(ada()));
}

#[rstest]
#[case::no_key_info("")]
#[case::a_key_info_with_a_name_alone("<ds:KeyInfo><ds:KeyName>the signing key</ds:KeyName></ds:KeyInfo>")]
fn the_key_need_not_be_named(#[case] key_info: &str) {
    let idp = Idp::rsa();
    let form = Form { key_info: Some(key_info.to_owned()), ..Form::default() };
    assert_eq!(read(&idp, &idp.signed_as(&form)), Ok(ada()));
}

#[test]
fn each_of_several_certificates_may_sign() {
    let (old, new) = (Idp::p256(), Idp::rsa());
    let metadata = Idp::metadata(&[&old.certificate, &new.certificate]);
    let provider = saml::IdentityProvider::from_metadata(metadata.as_bytes()).unwrap();
    assert_eq!(read_with(&provider, &old.genuine()), Ok(ada()));
    assert_eq!(read_with(&provider, &new.genuine()), Ok(ada()));
}

/// Values that a provider may write differently, with the same meaning.
#[rstest]
#[case::other_prefixes("saml:", "a:")]
#[case::white_space("<saml:Audience>", "<saml:Audience>\n  ")]
#[case::character_data(">ada@example.com</saml:NameID>", "><![CDATA[ada@example.com]]></saml:NameID>")]
#[case::character_references(">ada@example.com</saml:NameID>", ">&#97;da&#x40;example.com</saml:NameID>")]
#[case::a_comment(">ada@example.com</saml:NameID>", ">ada@<!-- at -->example.com</saml:NameID>")]
#[case::parts_of_seconds("12:00:01Z", "12:00:01.1234567Z")]
#[case::used_once("<saml:AudienceRestriction>", "<saml:OneTimeUse/><saml:AudienceRestriction>")]
#[case::not_handed_on(
    "<saml:AudienceRestriction>",
    "<saml:ProxyRestriction Count=\"0\"/><saml:AudienceRestriction>"
)]
#[case::another_audience_too(
    "<saml:AudienceRestriction>",
    "<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience>"
)]
#[case::another_confirmation_too(
    "<saml:SubjectConfirmation ",
    "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:sender-vouches\"/><saml:SubjectConfirmation "
)]
#[case::the_format_of_the_issuer(
    "<saml:Issuer>",
    "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">"
)]
#[case::no_destination(" Destination=\"https://siem.example.com/internal/saml/okta/acs\"", "")]
#[case::an_attribute_in_two_parts(
    "Analyst</saml:AttributeValue>",
    "Analyst</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"PantherRole\">"
)]
#[case::no_xml_declaration("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "")]
fn other_ways_to_say_the_same(#[case] from: &str, #[case] to: &str) {
    let idp = Idp::rsa();
    let mut template = replace(GENUINE, from, to);
    if from == "saml:" {
        template = template.replace("xmlns:saml=", "xmlns:a=");
    }
    assert_eq!(read(&idp, &idp.signed(&template)), Ok(ada()));
}

#[test]
fn the_form_field_is_base64_that_may_be_broken_into_lines() {
    use base64::Engine as _;
    let idp = Idp::rsa();
    let provider = idp.provider();
    let expected =
        saml::Expected { provider: &provider, service: &crate::service(), request_id: crate::REQUEST_ID };
    let now = crate::NOW.parse().unwrap();
    let field = base64::engine::general_purpose::STANDARD.encode(idp.genuine());
    let lines: Vec<String> =
        field.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into()).collect();
    for field in [lines.join("\r\n"), field] {
        assert_eq!(saml::read_response_field(&field, &expected, now), Ok(ada()));
    }
    for field in ["PHNhbWw+=", "%3Csaml", "PHNhbWw-", ""] {
        assert!(saml::read_response_field(field, &expected, now).is_err(), "`{field}`");
    }
    let huge = "A".repeat(saml::FIELD_BYTES_MAX + 1);
    let error = saml::read_response_field(&huge, &expected, now).unwrap_err();
    assert_eq!(error.to_string(), "the document has 524289 bytes; at most 524288 are read");
}
