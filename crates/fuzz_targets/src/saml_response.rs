//! Responses and metadata of SAML. A response is too long to be made by damages, so parts of a genuine one are replaced.

use std::sync::LazyLock;

use jiff::Timestamp;
use saml::{Expected, IdentityProvider, ServiceProvider, SignedIn};

pub(crate) const WORDS: &[&str] = &[
    "8 8\n",
    "11 37\n",
    "0 0\n",
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_assertion\" Version=\"2.0\">",
    "</Assertion>",
    "<NameID>eve@example.com</NameID>",
    "ID=\"_assertion\"",
    "URI=\"#_assertion\"",
    "xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
    "xmlns:xs=\"urn:x\"",
    "<!-- -->",
    "<![CDATA[",
    "]]>",
    "&#x0;",
    "&lt;",
    "<!DOCTYPE x>",
    "<?x?>",
];

/// Signed by another implementation; only the assertion is signed.
const GENUINE: &str = include_str!("../../saml/tests/it/testdata/foreign/xmlsec_assertion.xml");
const CERTIFICATE: &str = include_str!("../../saml/tests/it/testdata/foreign/cert.b64");
const NOW: &str = "2026-11-29T04:19:00Z";
const REQUEST_ID: &str = "_request-1";

/// The server, the provider, and what the genuine response says.
struct Fixture {
    service: ServiceProvider,
    provider: IdentityProvider,
    genuine: SignedIn,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let metadata = format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         entityID=\"https://idp.example.com/metadata\"><IDPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor><KeyInfo \
         xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{CERTIFICATE}</X509Certificate>\
         </X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Location=\"https://idp.example.com/sso\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\"/></IDPSSODescriptor></EntityDescriptor>"
    );
    let provider = IdentityProvider::from_metadata(metadata.as_bytes()).expect("legal metadata");
    let service = ServiceProvider {
        entity_id: "https://siem.example.com/internal/saml/okta/metadata".to_owned(),
        acs_url: "https://siem.example.com/internal/saml/okta/acs".to_owned(),
    };
    let genuine = read(&service, &provider, GENUINE.as_bytes()).expect("a genuine response signs in");
    Fixture { service, provider, genuine }
});

fn read(
    service: &ServiceProvider,
    provider: &IdentityProvider,
    xml: &[u8],
) -> Result<SignedIn, saml::ResponseError> {
    let now: Timestamp = NOW.parse().expect("a legal time");
    saml::read_response(xml, &Expected { provider, service, request_id: REQUEST_ID }, now)
}

/// Takes two numbers and a text: the genuine response has the text instead of its tags from the first number to the
/// second. Whatever comes of it is refused, or says what was signed. Without numbers the input is a document.
pub fn saml_response(input: &[u8]) {
    let Fixture { service, provider, genuine } = &*FIXTURE;
    let document = splice(input).unwrap_or_else(|| input.to_vec());
    match read(service, provider, &document) {
        Ok(signed_in) => assert_eq!(&signed_in, genuine, "what nobody signed was read"),
        Err(error) => check_text(&error.to_string()),
    }
    match IdentityProvider::from_metadata(&document) {
        Ok(provider) => {
            assert!(!provider.certificates.is_empty(), "a provider without a key");
            assert!(matches!(provider.sign_in_url.scheme(), "https" | "http"), "{}", provider.sign_in_url);
        }
        Err(error) => check_text(&error.to_string()),
    }
}

/// Errors are lines of a log.
fn check_text(error: &str) {
    assert!(!error.contains(['\n', '\r', '\u{1b}']), "an error of several lines: {error:?}");
    assert!(error.len() < 4096, "an error of {} bytes", error.len());
}

/// The genuine response with something else in place of some of its tags (with the text behind each).
fn splice(input: &[u8]) -> Option<Vec<u8>> {
    let line = input.iter().position(|&byte| byte == b'\n')?;
    let numbers = std::str::from_utf8(&input[..line]).ok()?;
    let (from, to) = numbers.split_once(' ')?;
    let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
    let place = |number| GENUINE.match_indices('<').nth(number).map_or(GENUINE.len(), |(at, _)| at);
    let (from, to) = (place(from.min(to)), place(from.max(to)));
    let text = &input[line + 1..];
    Some([&GENUINE.as_bytes()[..from], text, &GENUINE.as_bytes()[to..]].concat())
}
