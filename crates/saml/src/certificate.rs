//! The certificates of an identity provider, of which only the key counts.
//!
//! What makes a key trusted is that it is in the metadata that the operator configured; who issued the certificate
//! and until when it is valid says nothing (SAML V2.0 Metadata Interoperability Profile, section 2.5). Most of these
//! certificates are signed by themselves, and many have expired.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey as ParsedKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::algorithm::SignatureAlgorithm;

/// Shorter RSA keys can be factored.
const RSA_BITS_MIN: usize = 2048;
/// Longer RSA keys are not computed with.
const RSA_BITS_MAX: usize = 8192;
const CURVE_P256: &str = "1.2.840.10045.3.1.7";
const CURVE_P384: &str = "1.3.132.0.34";

/// Why a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is not base64 of a certificate.
    #[error("the certificate is not base64 of an X.509 certificate ({reason})")]
    Unreadable {
        /// What is wrong.
        reason: String,
    },
    /// Its key is too short or too long.
    #[error(
        "the certificate `{fingerprint}` has an RSA key of {bits} bits; {RSA_BITS_MIN} to {RSA_BITS_MAX} are accepted"
    )]
    KeySize {
        /// Which certificate.
        fingerprint: String,
        /// The bits of its key.
        bits: usize,
    },
    /// Its key is of a kind that no supported algorithm uses.
    #[error("the certificate `{fingerprint}` has a key that is neither RSA nor on the curve P-256 or P-384")]
    KeyKind {
        /// Which certificate.
        fingerprint: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// A certificate that an identity provider signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    fingerprint: String,
    kind: KeyKind,
    key: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate as it is in metadata: base64 with white space, without the lines of PEM.
    pub fn from_base64(text: &str) -> Result<Certificate, CertificateError> {
        let der = decode_base64(text).ok_or_else(|| unreadable("it is not base64"))?;
        Certificate::from_der(&der)
    }

    /// Reads a certificate.
    pub fn from_der(der: &[u8]) -> Result<Certificate, CertificateError> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|error| unreadable(&error.to_string()))?;
        if !rest.is_empty() {
            return Err(unreadable("bytes follow it"));
        }
        let fingerprint = fingerprint(der);
        let info = certificate.public_key();
        let kind = key_kind(info, &fingerprint)?;
        Ok(Certificate { fingerprint, kind, key: info.subject_public_key.data.to_vec() })
    }

    /// The SHA-256 of the certificate, as consoles of providers show it: `AB:CD:…`.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether the key of this certificate made this signature of these bytes; never with a key of another kind than
    /// the algorithm's.
    pub(crate) fn has_signed(&self, algorithm: SignatureAlgorithm, bytes: &[u8], signature: &[u8]) -> bool {
        let (kind, verification): (KeyKind, &dyn VerificationAlgorithm) = match algorithm {
            SignatureAlgorithm::RsaSha256 => (KeyKind::Rsa, &signature::RSA_PKCS1_2048_8192_SHA256),
            SignatureAlgorithm::RsaSha384 => (KeyKind::Rsa, &signature::RSA_PKCS1_2048_8192_SHA384),
            SignatureAlgorithm::RsaSha512 => (KeyKind::Rsa, &signature::RSA_PKCS1_2048_8192_SHA512),
            SignatureAlgorithm::EcdsaSha256 => (KeyKind::P256, &signature::ECDSA_P256_SHA256_FIXED),
            SignatureAlgorithm::EcdsaSha384 => (KeyKind::P384, &signature::ECDSA_P384_SHA384_FIXED),
        };
        kind == self.kind && UnparsedPublicKey::new(verification, &self.key).verify(bytes, signature).is_ok()
    }
}

/// Decodes base64 that may be broken into lines, as XML Signature writes it (section 2.1); nothing else is forgiven.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let dense: String = text.chars().filter(|char| !matches!(char, ' ' | '\t' | '\r' | '\n')).collect();
    STANDARD.decode(dense).ok()
}

/// The SHA-256 of a certificate in the form that consoles of providers show.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    let mut text = String::new();
    for byte in digest::digest(&digest::SHA256, der).as_ref() {
        let separator = if text.is_empty() { "" } else { ":" };
        write!(text, "{separator}{byte:02X}").expect("writing to a string cannot fail");
    }
    text
}

fn unreadable(reason: &str) -> CertificateError {
    CertificateError::Unreadable { reason: reason.to_owned() }
}

fn key_kind(info: &SubjectPublicKeyInfo<'_>, fingerprint: &str) -> Result<KeyKind, CertificateError> {
    let unknown = || CertificateError::KeyKind { fingerprint: fingerprint.to_owned() };
    match info.parsed().map_err(|_| unknown())? {
        ParsedKey::RSA(key) => {
            let bits = bit_count(key.modulus);
            if (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
                Ok(KeyKind::Rsa)
            } else {
                Err(CertificateError::KeySize { fingerprint: fingerprint.to_owned(), bits })
            }
        }
        ParsedKey::EC(_) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            match curve.map(|curve| curve.to_id_string()).as_deref() {
                Some(CURVE_P256) => Ok(KeyKind::P256),
                Some(CURVE_P384) => Ok(KeyKind::P384),
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

/// The bits of a number without those in front that are zero.
fn bit_count(bytes: &[u8]) -> usize {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let significant = &bytes[zeros..];
    significant.first().map_or(0, |first| significant.len() * 8 - first.leading_zeros() as usize)
}
