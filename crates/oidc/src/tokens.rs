//! From a code to tokens, and from an access token to more about the person.
//!
//! Source: RFC 6749 §4.1.3, §2.3.1; OpenID Connect Core §3.1.3, §5.3.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::form_urlencoded;

use crate::Client;
use crate::error::OidcError;
use crate::metadata::Metadata;
use crate::reply::{Reply, Request};

const WHAT: &str = "the answer of the token endpoint";

/// What a code is exchanged for.
#[derive(Clone, Deserialize)]
pub struct Tokens {
    pub(crate) id_token: Option<String>,
    access_token: Option<String>,
}

/// Exchanges a code.
pub fn token_request(metadata: &Metadata, client: Client<'_>, code: &str, verifier: &str) -> Request {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", client.redirect_uri)
        .append_pair("code_verifier", verifier);
    let authorization = client.secret.filter(|_| metadata.takes_basic).map(|secret| {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client.id), encoded(secret))))
    });
    if authorization.is_none() {
        form.append_pair("client_id", client.id);
        if let Some(secret) = client.secret {
            form.append_pair("client_secret", secret);
        }
    }
    Request { url: metadata.token.clone(), authorization, form: Some(form.finish()) }
}

impl Tokens {
    /// Reads what came for the code.
    ///
    /// # Errors
    /// [`OidcError::Refused`] and the like.
    pub fn read(reply: Reply<'_>) -> Result<Tokens, OidcError> {
        reply.json(WHAT)
    }
}

/// Asks for more about the person; `None` when the provider has no such place, or gave no key to it.
pub fn userinfo_request(metadata: &Metadata, tokens: &Tokens) -> Option<Request> {
    let url = metadata.userinfo.clone()?;
    let token = tokens.access_token.as_deref().filter(|token| token.bytes().all(|b| b.is_ascii_graphic()))?;
    Some(Request { url, authorization: Some(format!("Bearer {token}")), form: None })
}
