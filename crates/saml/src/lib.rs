//! SAML 2.0 for a service provider: a request to an identity provider, and who its response signs in.
//!
//! Pure: no I/O and no clock; whoever calls knows the time, fetches metadata, keeps requests and remembers assertions.
//! Of the specification it has the web browser single sign-on profile (SAML profiles, section 4.1), begun by us, with
//! requests by redirect and responses by POST; no encryption, no artifacts, no logout.
//!
//! Of XML Signature it has one narrow form, and one rule: what is read is what was signed (`signature.rs`).
//! The path of a response: bytes → `xml` (limits) → `signature` (the signed bytes) → `xml` again → `response`,
//! `assertion` (is it for us, for this request, for now) → [`SignedIn`].
//!
//! The specifications: <https://docs.oasis-open.org/security/saml/v2.0/> ("core", "bindings", "profiles",
//! "metadata") and <https://www.w3.org/TR/xmldsig-core1/>.

mod algorithm;
mod assertion;
mod canonical;
mod certificate;
mod names;
mod provider;
mod refusal;
mod request;
mod response;
mod service;
mod signature;
mod signed_info;
mod times;
mod xml;

pub use algorithm::AlgorithmError;
pub use certificate::{Certificate, CertificateError};
pub use provider::{IdentityProvider, MetadataError};
pub use refusal::ResponseError;
pub use request::{RELAY_STATE_BYTES_MAX, RequestError, SignInRequest};
pub use response::{Attribute, Expected, FIELD_BYTES_MAX, SignedIn, read_response, read_response_field};
pub use service::ServiceProvider;
pub use signature::SignatureError;
pub use signed_info::ProfileError;
pub use times::CLOCK_LEEWAY;
pub use xml::{DOCUMENT_BYTES_MAX, XmlError};
