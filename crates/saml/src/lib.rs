//! SAML
