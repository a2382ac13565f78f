//! An identity provider that signs whatever it is told to, so that an attack differs from a genuine response in one
//! thing alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::C14nMode;
use bergshamra_xml::NodeSet;
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, RsaKeyPair};
use ring::{digest, hmac};
use saml::IdentityProvider;
use uppsala::{Document, NodeId};

use crate::replace;

pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const RSA_KEY: &str = include_str!("testdata/rsa_key.pem");

/// What a provider sends; `{{Assertion}}` and `{{Response}}` are where their signatures go.
pub(crate) const GENUINE: &str = include_str!("testdata/genuine.xml");

/// What is signed, in the form that providers send.
const SIGNED_INFO: &str = r#"<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="{{uri}}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{{digest}}</ds:DigestValue></ds:Reference></ds:SignedInfo>"#;

/// How something is signed.
#[derive(Clone, Default)]
pub(crate) struct Form {
    /// Changes of what is signed, made before it is signed.
    pub(crate) edits: Vec<(&'static str, String)>,
    /// Prefixes of the canonical form of the element.
    pub(crate) prefixes: Vec<&'static str>,
    /// Another `KeyInfo` than the certificate of the provider; empty for none.
    pub(crate) key_info: Option<String>,
    /// What follows `KeyInfo`.
    pub(crate) object: &'static str,
}

impl Form {
    pub(crate) fn edit(from: &'static str, to: &str) -> Form {
        Form { edits: vec![(from, to.to_owned())], ..Form::default() }
    }

    pub(crate) fn method(uri: &str) -> Form {
        Form::edit("{method}", uri)
    }
}

enum Signer {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

pub(crate) struct Idp {
    signer: Signer,
    default_method: &'static str,
    /// The certificate, base64.
    pub(crate) certificate: String,
    /// The public key in PEM, which a verifier that is confused about keys takes for a secret.
    public_key: Vec<u8>,
}

impl Idp {
    /// Signs with RSA, as providers do.
    pub(crate) fn rsa() -> Idp {
        let key = KeyPair::from_pem(RSA_KEY).unwrap();
        let signer = Signer::Rsa(RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap());
        Idp::new(&key, signer, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    }

    pub(crate) fn p256() -> Idp {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let signer = ecdsa(&key, &signature::ECDSA_P256_SHA256_FIXED_SIGNING);
        Idp::new(&key, signer, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")
    }

    pub(crate) fn p384() -> Idp {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let signer = ecdsa(&key, &signature::ECDSA_P384_SHA384_FIXED_SIGNING);
        Idp::new(&key, signer, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384")
    }

    fn new(key: &KeyPair, signer: Signer, default_method: &'static str) -> Idp {
        let certificate = CertificateParams::new(vec!["idp.example.com".to_owned()]).unwrap();
        let certificate = STANDARD.encode(certificate.self_signed(key).unwrap().der());
        Idp { signer, default_method, certificate, public_key: key.public_key_pem().into_bytes() }
    }

    /// The metadata of the provider, with these certificates.
    pub(crate) fn metadata(certificates: &[&str]) -> String {
        let keys: String = certificates
            .iter()
            .map(|certificate| {
                format!(
                    "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"{DS}\"><ds:X509Data>\
                     <ds:X509Certificate>\n{certificate}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
                     </md:KeyDescriptor>"
                )
            })
            .collect();
        replace(include_str!("testdata/metadata.xml"), "{{keys}}", &keys)
    }

    pub(crate) fn provider(&self) -> IdentityProvider {
        let metadata = Idp::metadata(&[self.certificate.as_str()]);
        IdentityProvider::from_metadata(metadata.as_bytes()).unwrap()
    }

    /// A genuine response with a signed assertion.
    pub(crate) fn genuine(&self) -> String {
        self.signed(GENUINE)
    }

    /// The template with a signed assertion.
    pub(crate) fn signed(&self, template: &str) -> String {
        self.sign(template, "Assertion", &Form::default()).replace("{{Response}}", "")
    }

    /// The template with a signed response.
    pub(crate) fn signed_response(&self, template: &str) -> String {
        self.sign(&template.replace("{{Assertion}}", ""), "Response", &Form::default())
    }

    /// The template with a signed assertion in a signed response.
    pub(crate) fn signed_twice(&self, template: &str) -> String {
        self.sign(&self.sign(template, "Assertion", &Form::default()), "Response", &Form::default())
    }

    /// A genuine response whose assertion is signed in this form.
    pub(crate) fn signed_as(&self, form: &Form) -> String {
        self.sign(GENUINE, "Assertion", form).replace("{{Response}}", "")
    }

    /// Puts the signature of the element of this name where the template has a mark for it.
    pub(crate) fn sign(&self, template: &str, element: &str, form: &Form) -> String {
        let mark = format!("{{{{{element}}}}}");
        let unsigned = replace(template, &mark, "");
        let document = uppsala::parse(&unsigned).unwrap();
        let node = find(&document, element);
        let id = document.get_attribute(node, "ID").unwrap_or_default().to_owned();
        let content = canonical(&document, node, &form.prefixes);

        let mut signed_info = SIGNED_INFO.to_owned();
        for (from, to) in &form.edits {
            signed_info = replace(&signed_info, from, to);
        }
        let digest = digest_of(&signed_info, &content);
        let signed_info = signed_info
            .replace("{method}", self.default_method)
            .replace("{{uri}}", &format!("#{id}"))
            .replace("{{digest}}", &digest);
        let key_info = form.key_info.clone().unwrap_or_else(|| key_info(&self.certificate));
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue>{{{{value}}}}</ds:SignatureValue>\
             {key_info}{}</ds:Signature>",
            form.object
        );
        let with_signature = replace(template, &mark, &signature);
        let value = self.value(&with_signature, element);
        replace(&with_signature, "{{value}}", &value)
    }

    /// The value of the signature whose `SignedInfo` is inside of this element.
    fn value(&self, xml: &str, element: &str) -> String {
        let document = uppsala::parse(xml).unwrap();
        let signature =
            document.first_child_element_by_name_ns(find(&document, element), DS, "Signature").unwrap();
        let signed_info = document.first_child_element_by_name_ns(signature, DS, "SignedInfo").unwrap();
        let bytes = canonical(&document, signed_info, &[]);
        let method = document.first_child_element_by_name_ns(signed_info, DS, "SignatureMethod").unwrap();
        let method = document.get_attribute(method, "Algorithm").unwrap_or_default();
        STANDARD.encode(self.sign_bytes(method, &bytes))
    }

    fn sign_bytes(&self, method: &str, bytes: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        if method.contains("hmac") {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &self.public_key);
            return hmac::sign(&key, bytes).as_ref().to_vec();
        }
        match &self.signer {
            Signer::Ecdsa(key) => key.sign(&random, bytes).unwrap().as_ref().to_vec(),
            Signer::Rsa(key) => {
                let padding: &dyn signature::RsaEncoding = match method.rsplit('-').next() {
                    Some("sha512") => &signature::RSA_PKCS1_SHA512,
                    Some("sha384") => &signature::RSA_PKCS1_SHA384,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut value = vec![0; key.public().modulus_len()];
                key.sign(padding, &random, bytes, &mut value).unwrap();
                value
            }
        }
    }
}

pub(crate) fn key_info(certificate: &str) -> String {
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
}

fn ecdsa(key: &KeyPair, algorithm: &'static signature::EcdsaSigningAlgorithm) -> Signer {
    let key = EcdsaKeyPair::from_pkcs8(algorithm, &key.serialize_der(), &SystemRandom::new());
    Signer::Ecdsa(key.unwrap())
}

fn find(document: &Document<'_>, element: &str) -> NodeId {
    *document.get_elements_by_tag_name(element).first().unwrap_or_else(|| panic!("no `{element}`"))
}

fn canonical(document: &Document<'_>, node: NodeId, prefixes: &[&str]) -> Vec<u8> {
    let nodes = NodeSet::tree_without_comments(node, document);
    bergshamra_c14n::canonicalize_doc(document, C14nMode::Exclusive, Some(&nodes), prefixes).unwrap()
}

fn digest_of(signed_info: &str, content: &[u8]) -> String {
    let algorithm = match signed_info {
        text if text.contains("xmlenc#sha512\"") => &digest::SHA512,
        text if text.contains("xmldsig-more#sha384\"") => &digest::SHA384,
        text if text.contains("xmldsig#sha1\"") => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        _ => &digest::SHA256,
    };
    STANDARD.encode(digest::digest(algorithm, content))
}
