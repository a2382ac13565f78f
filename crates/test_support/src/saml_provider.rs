//! A provider of SAML that signs whatever a test wants it to say.
//!
//! What it writes is in canonical form already (one name space declaration where it is needed, attributes in order,
//! no empty elements), so that the bytes are signed as they stand.

use std::io::Read as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use sha2::{Digest as _, Sha256};
use url::Url;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A key of a provider, and the certificate that goes with it.
#[derive(Debug)]
pub struct SamlKey {
    pair: EcdsaKeyPair,
    certificate: String,
}

/// The provider.
#[derive(Clone, Debug)]
pub struct SamlProvider {
    /// Its name.
    pub entity_id: String,
    /// Where it lets people in.
    pub sign_in_url: String,
    /// What it signs with.
    pub key: Arc<SamlKey>,
}

/// An assertion before it is signed; a good one about Mira Ode.
#[derive(Clone, Debug)]
pub struct SamlDraft {
    /// What it is signed with.
    pub key: Arc<SamlKey>,
    /// Who vouches.
    pub issuer: String,
    /// Whom for.
    pub audience: String,
    /// Where it is posted to.
    pub acs_url: String,
    /// What it answers.
    pub request_id: String,
    /// Its own id.
    pub assertion_id: String,
    /// The name of the person.
    pub name_id: String,
    /// What kind of name that is.
    pub name_id_format: String,
    /// When it is made.
    pub now: Timestamp,
    /// How long it counts.
    pub life: SignedDuration,
    /// When the session ends.
    pub session_until: Option<Timestamp>,
    /// What else it says, in order.
    pub attributes: Vec<(String, Vec<String>)>,
    /// Whether the provider lets the person in.
    pub status: String,
}

impl SamlKey {
    /// A new one.
    ///
    /// # Panics
    /// When the machine gives no random bytes.
    pub fn generate() -> Arc<SamlKey> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let certificate = CertificateParams::new(vec!["id.example".to_owned()]).expect("a name");
        let certificate = STANDARD.encode(certificate.self_signed(&key).expect("a certificate").der());
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &key.serialize_der(),
            &SystemRandom::new(),
        );
        Arc::new(SamlKey { pair: pair.expect("a key of P-256"), certificate })
    }
}

impl SamlProvider {
    /// One of this name, with a key of its own.
    pub fn new(entity_id: &str) -> SamlProvider {
        SamlProvider {
            entity_id: entity_id.to_owned(),
            sign_in_url: "https://id.example/sso?tenant=a".to_owned(),
            key: SamlKey::generate(),
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> String {
        let SamlProvider { entity_id, sign_in_url, key } = self;
        let certificate = &key.certificate;
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity_id}\">\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"{PROTOCOL}\">\
             <md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"{DS}\"><ds:X509Data><ds:X509Certificate>\
             {certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
             Location=\"{sign_in_url}\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
        )
    }

    /// The answer to the request that a browser was sent here with.
    ///
    /// # Panics
    /// When the request is not as it has to be.
    pub fn answer(&self, url: &str, now: Timestamp) -> SamlDraft {
        assert!(url.starts_with(&format!("{}&SAMLRequest=", self.sign_in_url)), "{url}");
        let url = Url::parse(url).expect("a URL");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        assert!(pairs.iter().all(|(name, _)| name != "RelayState"), "{url}");
        let (_, deflated) = pairs.iter().find(|(name, _)| name == "SAMLRequest").expect("a request");
        let deflated = STANDARD.decode(deflated).expect("base64");
        let mut request = String::new();
        flate2::read::DeflateDecoder::new(&*deflated).read_to_string(&mut request).expect("DEFLATE");
        let of = |name: &str| between(&request, &format!(" {name}=\""), "\"");
        assert_eq!(of("Version"), "2.0", "{request}");
        assert_eq!(of("IssueInstant").parse::<Timestamp>().expect("a time").as_second(), now.as_second());
        let request_id = of("ID");
        assert!(request_id.len() >= 44 && request_id.starts_with('_'), "{request}");
        SamlDraft {
            key: Arc::clone(&self.key),
            issuer: self.entity_id.clone(),
            audience: between(&request, "<saml:Issuer>", "<"),
            acs_url: of("AssertionConsumerServiceURL"),
            assertion_id: format!("_a{request_id}"),
            request_id,
            name_id: "1".to_owned(),
            name_id_format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned(),
            now,
            life: SignedDuration::from_mins(5),
            session_until: None,
            attributes: [
                ("PantherEmail", "mira@example.com"),
                ("PantherFirstName", "Mira"),
                ("PantherLastName", "Ode"),
            ]
            .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
            .to_vec(),
            status: "urn:oasis:names:tc:SAML:2.0:status:Success".to_owned(),
        }
    }
}

impl SamlDraft {
    /// With another attribute, or another value of one.
    #[must_use]
    pub fn attribute(mut self, name: &str, values: &[&str]) -> SamlDraft {
        self.attributes.retain(|(known, _)| known != name);
        if !values.is_empty() {
            self.attributes.push((name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
        }
        self
    }

    /// With another name of the person.
    #[must_use]
    pub fn name(mut self, format: &str, name: &str) -> SamlDraft {
        (self.name_id_format, self.name_id) = (format.to_owned(), name.to_owned());
        self
    }

    /// Signed by another key than the one of the provider.
    #[must_use]
    pub fn by(mut self, key: &Arc<SamlKey>) -> SamlDraft {
        self.key = Arc::clone(key);
        self
    }

    /// What the form field holds.
    pub fn sign(&self) -> String {
        STANDARD.encode(self.xml())
    }

    /// The response, with a signed assertion.
    ///
    /// # Panics
    /// When the machine gives no random bytes.
    pub fn xml(&self) -> String {
        let unsigned = self.assertion("");
        let digest = STANDARD.encode(Sha256::digest(&unsigned));
        let id = &self.assertion_id;
        let signed_info = format!(
            "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{ECDSA}\"></ds:SignatureMethod><ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform><ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform>\
             </ds:Transforms><ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        let value = self.key.pair.sign(&SystemRandom::new(), signed_info.as_bytes()).expect("a signature");
        let value = STANDARD.encode(value);
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        );
        let SamlDraft { issuer, acs_url, request_id, now, status, .. } = self;
        format!(
            "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" ID=\"_r{id}\" Version=\"2.0\" IssueInstant=\"{}\" \
             Destination=\"{acs_url}\" InResponseTo=\"{request_id}\"><saml:Issuer xmlns:saml=\"{ASSERTION}\">{issuer}\
             </saml:Issuer><samlp:Status><samlp:StatusCode Value=\"{status}\"/></samlp:Status>{}</samlp:Response>",
            time(*now),
            self.assertion(&signature)
        )
    }

    fn assertion(&self, signature: &str) -> String {
        let SamlDraft {
            issuer,
            audience,
            acs_url,
            request_id,
            assertion_id,
            name_id,
            name_id_format,
            now,
            life,
            ..
        } = self;
        let (at, until) = (time(*now), time(*now + *life));
        let session = self.session_until.map(|until| format!(" SessionNotOnOrAfter=\"{}\"", time(until)));
        let session = session.unwrap_or_default();
        let attributes: String = self
            .attributes
            .iter()
            .map(|(name, values)| {
                let values: String = values
                    .iter()
                    .map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>"))
                    .collect();
                format!("<saml:Attribute Name=\"{name}\">{values}</saml:Attribute>")
            })
            .collect();
        format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION}\" ID=\"{assertion_id}\" IssueInstant=\"{at}\" Version=\"2.0\">\
             <saml:Issuer>{issuer}</saml:Issuer>{signature}<saml:Subject><saml:NameID Format=\"{name_id_format}\">{name_id}\
             </saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData InResponseTo=\"{request_id}\" NotOnOrAfter=\"{until}\" Recipient=\"{acs_url}\">\
             </saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{at}\" NotOnOrAfter=\"{until}\"><saml:AudienceRestriction><saml:Audience>\
             {audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{at}\"{session}><saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>\
             </saml:AuthnStatement><saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
        )
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn between(text: &str, start: &str, end: &str) -> String {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no `{start}` in {text}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` behind `{start}` in {text}")).0.to_owned()
}
