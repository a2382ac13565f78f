//! What a browser is sent to a provider with.

use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use url::Url;

use crate::Client;
use crate::metadata::Metadata;

/// A question to a provider: who is this? All of its values are fresh and known to nobody else.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub client: Client<'a>,
    /// What is asked for.
    pub scopes: &'a [String],
    /// Comes back with the answer.
    pub state: &'a str,
    /// Comes back inside the ID token.
    pub nonce: &'a str,
    /// Made of what only the asker knows, by [`challenge_of`].
    pub challenge: &'a str,
}

impl Question<'_> {
    /// Where the browser is sent to.
    pub fn url(&self, metadata: &Metadata) -> Url {
        let mut url = metadata.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client.id)
            .append_pair("redirect_uri", self.client.redirect_uri)
            .append_pair("scope", &self.scopes.join(" "))
            .append_pair("state", self.state)
            .append_pair("nonce", self.nonce)
            .append_pair("code_challenge", self.challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }
}

/// The challenge of a verifier: its SHA-256. Source: RFC 7636 §4.2.
pub fn challenge_of(verifier: &str) -> String {
    let verifier = PkceCodeVerifier::new(verifier.to_owned());
    PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str().to_owned()
}
