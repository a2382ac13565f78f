//! Verifies that an identity provider signed an element, and hands back the bytes that it signed.
//!
//! The rule that keeps wrapping attacks out: **what is read is what was signed**.
//! A signature counts only for the element that it is directly inside of, and the answer is not "yes" but the
//! canonical form of that element without its signature, which the caller parses again and reads.
//! The document that came in is never searched for anything that a signature points to.
//! So whatever else an attacker puts into the document, before, around or inside, is either signed or not read.
//! The same holds for the signature's own parts: they are read from the canonical form that was verified.
//!
//! Keys come from the metadata alone; a key or a certificate inside the signature is only used to say, in an error,
//! that it is another one.

use std::collections::BTreeSet;

use crate::canonical::{CANONICAL_BYTES_MAX, canonical};
use crate::certificate::{Certificate, decode_base64, fingerprint};
use crate::names::SIGNATURE;
use crate::signed_info::{ProfileError, SignedInfo, exact_children};
use crate::xml::{Node, Xml, XmlError, shown};

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There are several, of which one might be for show.
    #[error("it has {count} signatures, of which one is allowed")]
    Several {
        /// How many there are.
        count: usize,
    },
    /// The element has no identifier, so nothing can refer to it.
    #[error("it has no `ID`")]
    NoId,
    /// The signature is for another element than the one that it is inside of.
    #[error("it signs `{uri}`, but it is inside of the element `#{id}`")]
    Elsewhere {
        /// What it refers to.
        uri: String,
        /// What it has to refer to.
        id: String,
    },
    /// Its parts mean one thing as they came in and another thing as they were signed.
    #[error("its parts change their meaning when they are put into canonical form")]
    Ambiguous,
    /// None of the provider's keys made it.
    #[error(
        "it was made with none of the provider's {certificate_count} signing certificates, or changed afterwards"
    )]
    Wrong {
        /// How many there are.
        certificate_count: usize,
    },
    /// It says itself that it was made with a certificate that the metadata does not have.
    #[error(
        "it was made with the certificate `{found}`, which is not in the provider's metadata (there: {known}); \
         get the metadata again if the provider changed its certificate"
    )]
    UnknownCertificate {
        /// The SHA-256 of the certificate in the signature.
        found: String,
        /// Those of the metadata.
        known: String,
    },
    /// The element is not as it was when it was signed.
    #[error("the element was changed after it was signed")]
    Changed,
    /// It is not of the form that SAML prescribes.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl From<XmlError> for SignatureError {
    fn from(error: XmlError) -> SignatureError {
        SignatureError::Profile(error.into())
    }
}

/// Verifies the signature of this element: nothing when it has none, else the canonical form of what was signed.
///
/// Whether the identifiers of the document are unique is for [`check_identifiers`].
pub(crate) fn verify(
    element: Node<'_>,
    certificates: &[Certificate],
) -> Result<Option<String>, SignatureError> {
    let signatures: Vec<Node<'_>> = element.children_named(SIGNATURE, "Signature").collect();
    match signatures.as_slice() {
        [] => Ok(None),
        [signature] => verify_signature(element, *signature, certificates).map(Some),
        several => Err(SignatureError::Several { count: several.len() }),
    }
}

fn verify_signature(
    element: Node<'_>,
    signature: Node<'_>,
    certificates: &[Certificate],
) -> Result<String, SignatureError> {
    let id = element.attribute("ID").filter(|id| !id.is_empty()).ok_or(SignatureError::NoId)?;
    let (signed_info, value, key_info) = parts(signature)?;
    let as_sent = SignedInfo::read(signed_info)?;
    if as_sent.uri != format!("#{id}") {
        return Err(SignatureError::Elsewhere { uri: shown(&as_sent.uri), id: shown(id) });
    }

    let bytes = canonical(signed_info, None, &as_sent.own_prefixes)?;
    let value = decode_base64(&value.text()?).ok_or(ProfileError::Base64 { element: "SignatureValue" })?;
    let is_signed = certificates
        .iter()
        .any(|certificate| certificate.has_signed(as_sent.algorithm, bytes.as_bytes(), &value));
    if !is_signed {
        return Err(who_made_it(key_info, certificates));
    }
    let as_signed = Xml::parse(&bytes, CANONICAL_BYTES_MAX)?;
    if SignedInfo::read(as_signed.root())? != as_sent {
        return Err(SignatureError::Ambiguous);
    }

    let content = canonical(element, Some(signature), &as_sent.prefixes)?;
    if as_sent.digest_algorithm.digest(content.as_bytes()) != as_sent.digest {
        return Err(SignatureError::Changed);
    }
    Ok(content)
}

/// `SignedInfo`, `SignatureValue`, `KeyInfo` when it is there, and nothing else: no `Object`, in which the original
/// of a forged element could be kept.
fn parts(signature: Node<'_>) -> Result<(Node<'_>, Node<'_>, Option<Node<'_>>), ProfileError> {
    if signature.children().count() == 2 {
        let [signed_info, value] = exact_children(signature, ["SignedInfo", "SignatureValue"])?;
        return Ok((signed_info, value, None));
    }
    let expected = ["SignedInfo", "SignatureValue", "KeyInfo"];
    let [signed_info, value, key_info] = exact_children(signature, expected)?;
    Ok((signed_info, value, Some(key_info)))
}

/// Says which certificate the signature claims when it is none of the provider's.
fn who_made_it(key_info: Option<Node<'_>>, certificates: &[Certificate]) -> SignatureError {
    let claimed = key_info
        .into_iter()
        .flat_map(Node::descendants)
        .find(|node| node.is(SIGNATURE, "X509Certificate"))
        .and_then(|node| decode_base64(&node.deep_text()))
        .map(|der| fingerprint(&der));
    match claimed {
        Some(found) if certificates.iter().all(|known| known.fingerprint() != found) => {
            let known: Vec<String> =
                certificates.iter().map(|known| format!("`{}`", known.fingerprint())).collect();
            SignatureError::UnknownCertificate { found, known: known.join(", ") }
        }
        _ => SignatureError::Wrong { certificate_count: certificates.len() },
    }
}

/// The identifier that two elements of the document share, if there is one: then nobody can say what a reference
/// means (SAML core, section 1.3.4).
pub(crate) fn check_identifiers(root: Node<'_>) -> Option<String> {
    let mut seen = BTreeSet::new();
    root.descendants().flat_map(|node| node.identifiers().collect::<Vec<_>>()).find_map(|id| {
        let is_new = seen.insert(id);
        (!is_new).then(|| shown(id))
    })
}
