//! The algorithms that a signature may use, by their names in XML Signature; whatever is not here is refused.
//!
//! <https://www.w3.org/TR/xmldsig-core1/#sec-AlgID> and RFC 9231.

use ring::digest;

use crate::xml::shown;

/// Why an algorithm is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    /// It uses SHA-1, with which two documents can be given the same signature.
    #[error(
        "it uses SHA-1 (`{uri}`), which can be forged; set the signature algorithm of this application at the \
         provider to RSA-SHA256 and the digest to SHA256"
    )]
    Sha1 {
        /// The name of the algorithm.
        uri: String,
    },
    /// It needs a secret that both sides know; a public key is none.
    #[error(
        "it uses `{uri}`, which anyone can compute who knows the key; the provider has to sign with RSA-SHA256"
    )]
    Symmetric {
        /// The name of the algorithm.
        uri: String,
    },
    /// It is another one.
    #[error(
        "it uses `{uri}`, which is not supported; the provider has to use RSA-SHA256, -SHA384 or -SHA512, or \
         ECDSA-SHA256 or -SHA384"
    )]
    Unsupported {
        /// The name of the algorithm.
        uri: String,
    },
}

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";

/// How the signature is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    /// On the curve P-256.
    EcdsaSha256,
    /// On the curve P-384.
    EcdsaSha384,
}

impl SignatureAlgorithm {
    pub(crate) fn from_uri(uri: &str) -> Result<SignatureAlgorithm, AlgorithmError> {
        match uri.strip_prefix(MORE) {
            Some("rsa-sha256") => Ok(SignatureAlgorithm::RsaSha256),
            Some("rsa-sha384") => Ok(SignatureAlgorithm::RsaSha384),
            Some("rsa-sha512") => Ok(SignatureAlgorithm::RsaSha512),
            Some("ecdsa-sha256") => Ok(SignatureAlgorithm::EcdsaSha256),
            Some("ecdsa-sha384") => Ok(SignatureAlgorithm::EcdsaSha384),
            _ => Err(refuse(uri)),
        }
    }
}

/// How the signed bytes are digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DigestAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl DigestAlgorithm {
    pub(crate) fn from_uri(uri: &str) -> Result<DigestAlgorithm, AlgorithmError> {
        if uri.strip_prefix(MORE) == Some("sha384") {
            return Ok(DigestAlgorithm::Sha384);
        }
        match uri.strip_prefix(ENCRYPTION) {
            Some("sha256") => Ok(DigestAlgorithm::Sha256),
            Some("sha512") => Ok(DigestAlgorithm::Sha512),
            _ => Err(refuse(uri)),
        }
    }

    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            DigestAlgorithm::Sha256 => &digest::SHA256,
            DigestAlgorithm::Sha384 => &digest::SHA384,
            DigestAlgorithm::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}

fn refuse(uri: &str) -> AlgorithmError {
    let name = uri.rsplit('#').next().unwrap_or_default().to_ascii_lowercase();
    let uri = shown(uri);
    if name.contains("hmac") {
        AlgorithmError::Symmetric { uri }
    } else if name.ends_with("sha1") {
        AlgorithmError::Sha1 { uri }
    } else {
        AlgorithmError::Unsupported { uri }
    }
}
