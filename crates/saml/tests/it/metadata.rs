//! The metadata of providers, and ours.

use rstest::rstest;
use saml::IdentityProvider;

use crate::idp::{GENUINE, Idp};
use crate::{read_with, replace, service};

/// RSA with 1024 bits.
const WEAK: &str = include_str!("testdata/rsa_1024.cert.b64");
/// Ed25519.
const EDWARDS: &str = include_str!("testdata/ed25519.cert.b64");

fn parse(metadata: &str) -> Result<IdentityProvider, String> {
    IdentityProvider::from_metadata(metadata.as_bytes()).map_err(|error| error.to_string())
}

fn genuine() -> String {
    Idp::metadata(&[&Idp::rsa().certificate])
}

#[test]
fn who_the_provider_is_and_where_it_is_asked() {
    let provider = parse(&genuine()).unwrap();
    assert_eq!(provider.entity_id, "https://idp.example.com/metadata");
    assert_eq!(provider.sign_in_url.as_str(), "https://idp.example.com/sso?idpid=C01");
    assert_eq!((provider.certificates.len(), provider.valid_until), (1, None));
    assert_eq!(provider.certificates[0].fingerprint().len(), 32 * 3 - 1);
}

#[test]
fn the_one_provider_of_several_entities() {
    let entity = crate::cut(&genuine(), "<md:EntityDescriptor", "</md:EntityDescriptor>").to_owned();
    let service = replace(&service().metadata(), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "");
    let entities = |inside: &str| {
        format!(
            "\u{feff}<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             validUntil=\"2026-05-01T00:00:00Z\"><md:EntitiesDescriptor>{inside}</md:EntitiesDescriptor>\
             </md:EntitiesDescriptor>"
        )
    };
    let provider = parse(&entities(&format!("{service}{entity}"))).unwrap();
    assert_eq!(provider.entity_id, "https://idp.example.com/metadata");
    assert_eq!(provider.valid_until, Some("2026-05-01T00:00:00Z".parse().unwrap()));
    let error = parse(&entities(&entity.repeat(2))).unwrap_err();
    assert!(error.contains("describes 2 identity providers for SAML 2.0, of which exactly one"), "{error}");
    assert!(parse(&entities(&service)).unwrap_err().contains("describes 0 identity providers"));
}

#[test]
fn certificates_for_signing() {
    let (rsa, curve) = (Idp::rsa().certificate, Idp::p256().certificate);
    let count = |metadata: &str| parse(metadata).unwrap().certificates.len();
    assert_eq!(count(&Idp::metadata(&[&rsa, &curve, &rsa])), 2);
    let both = Idp::metadata(&[&rsa, &curve]);
    assert_eq!(count(&both.replacen("use=\"signing\"", "use=\"encryption\"", 1)), 1);
    assert_eq!(count(&both.replacen(" use=\"signing\"", "", 1)), 2);
    let lines: Vec<&str> = rsa.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    assert_eq!(count(&Idp::metadata(&[&lines.join("\r\n   ")])), 1);
    assert_eq!(
        parse(&Idp::metadata(&vec![rsa.as_str(); 17])).unwrap_err(),
        "the metadata has 17 signing certificates; at most 16 are accepted"
    );
}

/// One that cannot be used is told apart from the others; when there are no others, the reason is told.
#[test]
fn certificates_that_cannot_be_used() {
    let rsa = Idp::rsa().certificate;
    let provider = parse(&Idp::metadata(&[WEAK, &rsa, EDWARDS, "no base64!", "AAAA"])).unwrap();
    assert_eq!(provider.certificates.len(), 1);
    let unused: Vec<String> = provider.unused.iter().map(ToString::to_string).collect();
    assert_eq!(unused.len(), 4);
    assert!(unused[0].contains("has an RSA key of 1024 bits; 2048 to 8192 are accepted"), "{unused:?}");
    assert!(
        unused[1].contains("has a key that is neither RSA nor on the curve P-256 or P-384"),
        "{unused:?}"
    );
    assert_eq!(unused[2], "the certificate is not base64 of an X.509 certificate (it is not base64)");
    assert!(unused[3].contains("is not base64 of an X.509 certificate ("), "{unused:?}");

    let error = parse(&Idp::metadata(&[WEAK])).unwrap_err();
    assert!(
        error.starts_with("the metadata has no signing certificate that can be used: the cert"),
        "{error}"
    );
    assert_eq!(
        parse(&Idp::metadata(&[])).unwrap_err(),
        "the metadata has no signing certificate that can be used"
    );
}

#[rstest]
#[case::another_document(
    "md:EntityDescriptor",
    "md:Other",
    "the document is a `Other`, not an `EntityDescriptor`"
)]
#[case::another_namespace(
    "SAML:2.0:metadata",
    "SAML:1.0:metadata",
    "not an `EntityDescriptor` of SAML 2.0 metadata"
)]
#[case::another_protocol(
    "SAML:2.0:protocol",
    "SAML:1.1:protocol",
    "describes 0 identity providers for SAML 2.0"
)]
#[case::no_name(
    "entityID=\"https://idp.example.com/metadata\"",
    "entityID=\"\"",
    "the metadata has no `entityID`"
)]
#[case::no_redirect(
    "bindings:HTTP-Redirect",
    "bindings:SOAP",
    "no `SingleSignOnService` with the binding `HTTP-Re"
)]
#[case::an_open_connection(
    "https://idp.example.com/sso?",
    "http://idp.example.com/sso?",
    "the `SingleSignOnService` is at `http://idp.example.com/sso?idpid=C01`; it has to be an `https` address"
)]
#[case::a_script("https://idp.example.com/sso?", "javascript:alert(1)//", "it has to be an `https` address")]
#[case::no_address("https://idp.example.com/sso?", "/sso?", "it has to be an `https` address")]
#[case::no_time(
    "entityID=",
    "validUntil=\"tomorrow\" entityID=",
    "the `validUntil` of the metadata is `tomorrow`"
)]
#[case::a_document_type("<!-- as", "<!DOCTYPE x><!-- as", "has a `<!DOCTYPE`")]
fn metadata_that_is_refused(#[case] from: &str, #[case] to: &str, #[case] words: &str) {
    let error = parse(&replace(&genuine(), from, to)).unwrap_err();
    assert!(error.contains(words), "{error}");
}

#[rstest]
#[case("http://localhost:7000/sso?")]
#[case("http://127.0.0.1:7000/sso?")]
#[case("http://[::1]:7000/sso?")]
fn an_open_connection_on_this_machine(#[case] location: &str) {
    let provider = parse(&replace(&genuine(), "https://idp.example.com/sso?", location)).unwrap();
    assert_eq!(provider.sign_in_url.as_str(), format!("{location}idpid=C01"));
}

#[test]
fn metadata_may_be_used_until_it_says() {
    let idp = Idp::rsa();
    let response = idp.signed(GENUINE);
    let until = |time: &str| {
        let metadata = replace(
            &genuine(),
            "<md:IDPSSODescriptor ",
            &format!("<md:IDPSSODescriptor validUntil=\"{time}\" "),
        );
        read_with(&parse(&metadata).unwrap(), &response)
    };
    assert!(until("2026-03-02T00:00:00Z").is_ok());
    let error = until("2026-03-01T11:59:30Z").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the metadata of the provider was valid until `2026-03-01T11:59:30Z`; get it again"
    );
    assert!(error.is_about_unknown_key());
}

#[test]
fn our_metadata() {
    let mut service = service();
    service.entity_id = "https://siem.example.com/?a=1&b=\"<2>\"\u{1}".to_owned();
    assert_eq!(
        service.metadata(),
        r#"<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://siem.example.com/?a=1&amp;b=&quot;&lt;2&gt;&quot;�">
  <md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://siem.example.com/internal/saml/okta/acs" index="0" isDefault="true"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
"#
    );
}
