//! The names of the specifications: namespaces, bindings, formats. Elements are compared by them, never by prefix.

/// The assertion schema (SAML core, section 1.2).
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The protocol schema (SAML core, section 1.2), and the name of the protocol in metadata.
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The metadata schema (SAML metadata, section 1.1).
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML Signature (section 1.3).
pub(crate) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// What `xml:id` belongs to.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Exclusive canonical XML without comments: the namespace and the algorithm have one name (section 4).
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that leaves out the signature itself (XML Signature, section 6.6.4).
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Requests travel in the address of a redirect (SAML bindings, section 3.4).
pub(crate) const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// Responses travel in a form that the browser posts (SAML bindings, section 3.5).
pub(crate) const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// Whoever bears the assertion is its subject (SAML profiles, section 3.3).
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// The provider signed the person in (SAML core, section 3.2.2.2).
pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The format that an issuer has when it says none (SAML core, section 8.3.6).
pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// The name that assertions have in messages and errors.
pub(crate) const ASSERTION_ELEMENT: &str = "Assertion";
/// The name that responses have in messages and errors.
pub(crate) const RESPONSE_ELEMENT: &str = "Response";
