//! What a signature says that it signs, and how: the part of XML Signature that SAML needs and nothing more.
//!
//! One reference, to the element that holds the signature; the signature itself left out; exclusive canonical form
//! (SAML core, section 5.4; XML Signature, section 4.4). There is no transform that could choose other bytes.

use crate::algorithm::{AlgorithmError, DigestAlgorithm, SignatureAlgorithm};
use crate::certificate::decode_base64;
use crate::names::{ENVELOPED, EXCLUSIVE_C14N, SIGNATURE};
use crate::xml::{Node, XmlError, shown};

/// How many prefixes a list of inclusive namespaces may have; providers list one or two.
const PREFIXES_MAX: usize = 32;

/// Why a signature is not of the form that SAML prescribes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It has other elements than it should have, or in another order.
    #[error("`{parent}` holds {found}, where {expected} is expected")]
    Elements {
        /// Where they are.
        parent: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// Bytes are put into another canonical form.
    #[error(
        "it uses the canonical form `{found}`; the provider has to use exclusive canonical XML without comments \
         (`{EXCLUSIVE_C14N}`)"
    )]
    CanonicalForm {
        /// Its name.
        found: String,
    },
    /// Other things are done to the bytes before they are signed.
    #[error(
        "what is signed is put through {found}; `enveloped-signature` and then exclusive canonical XML are accepted"
    )]
    Transforms {
        /// Their names.
        found: String,
    },
    /// An algorithm is not accepted.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmError),
    /// A value is not base64.
    #[error("`{element}` is not base64")]
    Base64 {
        /// Which one.
        element: &'static str,
    },
    /// The list of inclusive namespaces is longer than a legitimate one.
    #[error("`InclusiveNamespaces` lists {count} prefixes; at most {PREFIXES_MAX} are accepted")]
    Prefixes {
        /// How many it lists.
        count: usize,
    },
    /// An element is missing or not readable.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// The contents of `ds:SignedInfo`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignedInfo {
    /// The prefixes of the canonical form of `SignedInfo` itself.
    pub(crate) own_prefixes: Vec<String>,
    pub(crate) algorithm: SignatureAlgorithm,
    /// What is signed: `#` and an identifier.
    pub(crate) uri: String,
    /// The prefixes of the canonical form of what is signed.
    pub(crate) prefixes: Vec<String>,
    pub(crate) digest_algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
}

impl SignedInfo {
    pub(crate) fn read(signed_info: Node<'_>) -> Result<SignedInfo, ProfileError> {
        let expected = ["CanonicalizationMethod", "SignatureMethod", "Reference"];
        let [method, signature_method, reference] = exact_children(signed_info, expected)?;
        let own_prefixes = exclusive_c14n(method)?.map_err(|found| ProfileError::CanonicalForm { found })?;
        let algorithm = SignatureAlgorithm::from_uri(algorithm(signature_method))?;
        let [] = exact_children(signature_method, [])?;

        let expected = ["Transforms", "DigestMethod", "DigestValue"];
        let [transforms, digest_method, digest_value] = exact_children(reference, expected)?;
        let digest_algorithm = DigestAlgorithm::from_uri(self::algorithm(digest_method))?;
        let [] = exact_children(digest_method, [])?;
        let digest = decode_base64(&digest_value.text()?);
        Ok(SignedInfo {
            own_prefixes,
            algorithm,
            // No URI at all would mean "what the application thinks of", so it is not the same as an empty one;
            // both are no identifier.
            uri: reference.attribute("URI").unwrap_or_default().to_owned(),
            prefixes: read_transforms(transforms)?,
            digest_algorithm,
            digest: digest.ok_or(ProfileError::Base64 { element: "DigestValue" })?,
        })
    }
}

/// The elements of XML Signature directly inside, which must be exactly these.
pub(crate) fn exact_children<'x, const COUNT: usize>(
    parent: Node<'x>,
    expected: [&str; COUNT],
) -> Result<[Node<'x>; COUNT], ProfileError> {
    let children: Vec<Node<'x>> = parent.children().collect();
    let are_expected = children.len() == COUNT
        && children.iter().zip(expected).all(|(child, name)| child.is(SIGNATURE, name));
    let found = list(children.iter().map(|child| child.local_name()));
    let error = || ProfileError::Elements {
        parent: parent.local_name(),
        found,
        expected: list(expected.iter().map(|&name| name.to_owned())),
    };
    if are_expected { children.try_into().map_err(|_| error()) } else { Err(error()) }
}

/// Names for an error.
fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { shown(&names.join(", ")) }
}

fn algorithm(method: Node<'_>) -> &str {
    method.attribute("Algorithm").unwrap_or_default()
}

/// The prefixes of an element that names exclusive canonical XML; the inner error is the name that it has instead.
fn exclusive_c14n(method: Node<'_>) -> Result<Result<Vec<String>, String>, ProfileError> {
    if algorithm(method) != EXCLUSIVE_C14N {
        return Ok(Err(shown(algorithm(method))));
    }
    let list = method.optional(EXCLUSIVE_C14N, "InclusiveNamespaces")?;
    if method.children().count() > usize::from(list.is_some()) {
        return Err(ProfileError::Elements {
            parent: method.local_name(),
            found: self::list(method.children().map(Node::local_name)),
            expected: "at most one `InclusiveNamespaces`".to_owned(),
        });
    }
    let prefixes = list.and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
    let prefixes: Vec<String> = prefixes.split_ascii_whitespace().map(str::to_owned).collect();
    if prefixes.len() > PREFIXES_MAX {
        return Err(ProfileError::Prefixes { count: prefixes.len() });
    }
    Ok(Ok(prefixes))
}

/// The prefixes of the canonical form of what is signed.
fn read_transforms(transforms: Node<'_>) -> Result<Vec<String>, ProfileError> {
    let found = || {
        let found = list(transforms.children().map(|transform| algorithm(transform).to_owned()));
        ProfileError::Transforms { found }
    };
    let [enveloped, canonical] =
        exact_children(transforms, ["Transform", "Transform"]).map_err(|_| found())?;
    if algorithm(enveloped) != ENVELOPED {
        return Err(found());
    }
    let [] = exact_children(enveloped, [])?;
    exclusive_c14n(canonical)?.map_err(|_| found())
}
