//! Reads the metadata of an identity provider: who it is, where it is asked, and with which keys it signs.
//!
//! SAML metadata, sections 2.3 and 2.4. A signature of the metadata is not verified: the operator configured the file
//! or the address, and that is what makes it trusted.

use jiff::Timestamp;
use url::{Host, Url};

use crate::certificate::{Certificate, CertificateError};
use crate::names::{HTTP_REDIRECT, METADATA, PROTOCOL, SIGNATURE};
use crate::times;
use crate::xml::{Node, Xml, XmlError, shown};

/// How many signing certificates a provider may have; a change of keys needs two.
const CERTIFICATES_MAX: usize = 16;

/// Why metadata is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It cannot be read, or lacks a part.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is another document.
    #[error(
        "the document is a `{found}`, not an `EntityDescriptor` of SAML 2.0 metadata; give the provider's metadata"
    )]
    NotMetadata {
        /// The name of its outermost element.
        found: String,
    },
    /// It describes no identity provider, or several.
    #[error(
        "the metadata describes {count} identity providers for SAML 2.0, of which exactly one is accepted"
    )]
    ProviderCount {
        /// How many.
        count: usize,
    },
    /// The provider has no name.
    #[error("the metadata has no `entityID`")]
    NoEntityId,
    /// There is no place to send people to.
    #[error(
        "the metadata has no `SingleSignOnService` with the binding `HTTP-Redirect`; switch it on at the provider"
    )]
    NoRedirect,
    /// People would be sent over an open connection.
    #[error(
        "the `SingleSignOnService` is at `{location}`; it has to be an `https` address (or `http` on this machine)"
    )]
    Location {
        /// The address.
        location: String,
    },
    /// Nothing that the provider signs could be verified.
    #[error("the metadata has no signing certificate that can be used{reasons}")]
    NoCertificate {
        /// Why each of them cannot be used, after a colon; empty when there is none.
        reasons: String,
    },
    /// There are more certificates than a legitimate provider has.
    #[error("the metadata has {count} signing certificates; at most {CERTIFICATES_MAX} are accepted")]
    TooManyCertificates {
        /// How many.
        count: usize,
    },
    /// `validUntil` is not a time.
    #[error("the `validUntil` of the metadata is `{found}`, not a time like `2026-01-31T12:00:00Z`")]
    ValidUntil {
        /// What it is.
        found: String,
    },
}

/// An identity provider, as its metadata describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its name, which it writes as the issuer.
    pub entity_id: String,
    /// Where people are sent with a request (binding `HTTP-Redirect`).
    pub sign_in_url: Url,
    /// The certificates that it signs with; several while it changes them.
    pub certificates: Vec<Certificate>,
    /// Until when the metadata may be used.
    pub valid_until: Option<Timestamp>,
    /// What was left aside: certificates that cannot be used, and why. For the log.
    pub unused: Vec<CertificateError>,
}

impl IdentityProvider {
    /// Reads metadata: an `EntityDescriptor`, or an `EntitiesDescriptor` with one identity provider.
    pub fn from_metadata(metadata: &[u8]) -> Result<IdentityProvider, MetadataError> {
        let document = Xml::parse_bytes(metadata)?;
        let root = document.root();
        let is_metadata = root.is(METADATA, "EntityDescriptor") || root.is(METADATA, "EntitiesDescriptor");
        if !is_metadata {
            return Err(MetadataError::NotMetadata { found: root.local_name() });
        }
        let roles: Vec<Node<'_>> = root.descendants().filter(|node| is_provider(*node)).collect();
        let [role] = roles.as_slice() else {
            return Err(MetadataError::ProviderCount { count: roles.len() });
        };
        read_provider(*role)
    }
}

/// A role of an entity: an identity provider that speaks SAML 2.0.
fn is_provider(node: Node<'_>) -> bool {
    let protocols = node.attribute("protocolSupportEnumeration").unwrap_or_default();
    node.is(METADATA, "IDPSSODescriptor")
        && node.parent().is_some_and(|parent| parent.is(METADATA, "EntityDescriptor"))
        && protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL)
}

fn read_provider(role: Node<'_>) -> Result<IdentityProvider, MetadataError> {
    let entity_id = role.parent().and_then(|entity| entity.attribute("entityID"));
    let entity_id = entity_id.filter(|id| !id.is_empty()).ok_or(MetadataError::NoEntityId)?;
    let (certificates, unused) = read_certificates(role)?;
    if certificates.is_empty() {
        let reasons: Vec<String> = unused.iter().map(CertificateError::to_string).collect();
        let separator = if reasons.is_empty() { "" } else { ": " };
        return Err(MetadataError::NoCertificate { reasons: format!("{separator}{}", reasons.join("; ")) });
    }
    Ok(IdentityProvider {
        entity_id: entity_id.to_owned(),
        sign_in_url: read_sign_in_url(role)?,
        certificates,
        valid_until: read_valid_until(role)?,
        unused,
    })
}

/// The certificates for signing: those that say so, and those that do not say what they are for.
fn read_certificates(role: Node<'_>) -> Result<(Vec<Certificate>, Vec<CertificateError>), MetadataError> {
    let descriptors = role
        .children_named(METADATA, "KeyDescriptor")
        .filter(|descriptor| matches!(descriptor.attribute("use"), None | Some("signing")));
    let texts: Vec<String> = descriptors
        .flat_map(Node::descendants)
        .filter(|node| node.is(SIGNATURE, "X509Certificate"))
        .map(Node::deep_text)
        .collect();
    if texts.len() > CERTIFICATES_MAX {
        return Err(MetadataError::TooManyCertificates { count: texts.len() });
    }
    let mut certificates: Vec<Certificate> = Vec::new();
    let mut unused = Vec::new();
    for text in texts {
        match Certificate::from_base64(&text) {
            Ok(certificate) if certificates.contains(&certificate) => {}
            Ok(certificate) => certificates.push(certificate),
            Err(error) => unused.push(error),
        }
    }
    Ok((certificates, unused))
}

fn read_sign_in_url(role: Node<'_>) -> Result<Url, MetadataError> {
    let service = role
        .children_named(METADATA, "SingleSignOnService")
        .find(|service| service.attribute("Binding") == Some(HTTP_REDIRECT));
    let location = service.and_then(|service| service.attribute("Location"));
    let location = location.ok_or(MetadataError::NoRedirect)?;
    let url = Url::parse(location).ok().filter(is_safe);
    url.ok_or_else(|| MetadataError::Location { location: shown(location) })
}

/// Encrypted, or on this machine.
fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// The earliest `validUntil` of the role and of all that it is inside of.
fn read_valid_until(role: Node<'_>) -> Result<Option<Timestamp>, MetadataError> {
    let mut earliest = None;
    for node in std::iter::successors(Some(role), |node| node.parent()) {
        let Some(text) = node.attribute("validUntil") else { continue };
        let at = times::parse(text).ok_or_else(|| MetadataError::ValidUntil { found: shown(text) })?;
        earliest = Some(earliest.map_or(at, |earlier: Timestamp| earlier.min(at)));
    }
    Ok(earliest)
}
