//! OpenID Connect: what is sent to an identity provider, and what its answers are worth.
//!
//! Pure: requests are values that somebody else sends, answers are values that somebody else received, and the time is
//! a parameter. Source: OpenID Connect Core 1.0, Discovery 1.0, RFC 6749, RFC 7636 (PKCE), RFC 9207 (`iss` of answers).
//!
//! In the order of a sign-in: [`Metadata`] and [`Keys`] of the provider, [`Question::url`] for the browser,
//! [`Answer::read`] of what it brings back, [`token_request`] and [`Tokens`], [`verify`], and where the ID token lacks
//! something, [`userinfo_request`] and [`read_userinfo`].

mod answer;
mod claims;
mod error;
mod id_token;
mod metadata;
mod question;
mod reply;
mod tokens;

pub use answer::Answer;
pub use claims::{Claims, Wanted, read_userinfo};
pub use error::OidcError;
pub use id_token::{Expected, LEEWAY, verify};
pub use metadata::{Keys, Metadata, is_provider_url};
pub use question::{Question, challenge_of};
pub use reply::{Reply, Request};
pub use tokens::{Tokens, token_request, userinfo_request};

/// What a provider knows this server by.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    /// The client id.
    pub id: &'a str,
    /// The secret that goes with it; none for a public client.
    pub secret: Option<&'a str>,
    /// Where browsers are sent back to.
    pub redirect_uri: &'a str,
}
