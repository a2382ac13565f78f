//! What a provider says of itself: where things are, and its keys.
//!
//! Source: OpenID Connect Discovery 1.0 §3, §4; RFC 8414; RFC 7517.

use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use url::Url;

use crate::error::OidcError;
use crate::reply::{Reply, Request};

const WHERE: &str = "the discovery document";
const KEYS: &str = "the key set";

/// Where things of a provider are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What its tokens name as `iss`.
    pub issuer: String,
    /// Where people are sent to.
    pub authorization: Url,
    /// Where a code is exchanged.
    pub token: Url,
    /// Where more is told of a person.
    pub userinfo: Option<Url>,
    keys: Url,
    /// It takes the secret in a header; else in the form.
    pub(crate) takes_basic: bool,
    /// Its answers say whose they are.
    pub(crate) names_itself: bool,
}

/// The part of the document that is read.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Metadata {
    /// Asks for the document of an issuer.
    ///
    /// # Errors
    /// [`OidcError::BadEndpoint`] when the issuer is none.
    pub fn request(issuer: &str) -> Result<Request, OidcError> {
        let text = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        endpoint("issuer", &text).map(Request::get)
    }

    /// Reads the document of an issuer.
    ///
    /// # Errors
    /// [`OidcError::OtherIssuer`] and the like.
    pub fn read(issuer: &str, reply: Reply<'_>) -> Result<Metadata, OidcError> {
        let document: Document = reply.json(WHERE)?;
        if document.issuer != issuer {
            let found = crate::error::repeated(&document.issuer);
            return Err(OidcError::OtherIssuer { expected: issuer.to_owned(), found });
        }
        // Many support it and do not say so; who says what it supports has to name it.
        let methods = document.code_challenge_methods_supported;
        if methods.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(OidcError::Unsupported { what: "PKCE with S256" });
        }
        let userinfo = document.userinfo_endpoint;
        // Source: Discovery §3: without a word it is `client_secret_basic`.
        let methods = document.token_endpoint_auth_methods_supported;
        Ok(Metadata {
            authorization: endpoint("authorization_endpoint", &document.authorization_endpoint)?,
            token: endpoint("token_endpoint", &document.token_endpoint)?,
            userinfo: userinfo.map(|text| endpoint("userinfo_endpoint", &text)).transpose()?,
            keys: endpoint("jwks_uri", &document.jwks_uri)?,
            takes_basic: methods
                .is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic")),
            names_itself: document.authorization_response_iss_parameter_supported.unwrap_or(false),
            issuer: document.issuer,
        })
    }
}

/// The keys that a provider signs with.
#[derive(Clone, Debug)]
pub struct Keys(pub(crate) CoreJsonWebKeySet);

impl Keys {
    /// Asks for them.
    pub fn request(metadata: &Metadata) -> Request {
        Request::get(metadata.keys.clone())
    }

    /// Reads them; keys of kinds that nobody here knows are left out.
    ///
    /// # Errors
    /// [`OidcError::Unreadable`] and the like.
    pub fn read(reply: Reply<'_>) -> Result<Keys, OidcError> {
        reply.json(KEYS).map(Keys)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        openidconnect::JsonWebKeySet::keys(&self.0).len()
    }
}

fn endpoint(name: &'static str, text: &str) -> Result<Url, OidcError> {
    Url::parse(text).ok().filter(is_provider_url).ok_or(OidcError::BadEndpoint { name })
}

/// Whether a URL may be that of a provider: https, or http on this machine.
pub fn is_provider_url(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let has_login = !url.username().is_empty() || url.password().is_some();
    url.has_host() && !has_login && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
}
