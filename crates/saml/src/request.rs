//! Asks an identity provider to sign somebody in: the address that the browser is sent to.
//!
//! SAML core, section 3.4.1 (`AuthnRequest`); SAML bindings, section 3.4 (`HTTP-Redirect`, with DEFLATE).
//! Requests are not signed: they ask for nothing but a response to the address that the provider knows anyway.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use url::Url;

use crate::names::{ASSERTION, HTTP_POST, PROTOCOL};
use crate::provider::IdentityProvider;
use crate::service::{ServiceProvider, escape};
use crate::times;
use crate::xml::shown;

/// How long a relay state may be (SAML bindings, section 3.4.3).
pub const RELAY_STATE_BYTES_MAX: usize = 80;
/// How long the identifier of a request may be.
const ID_BYTES_MAX: usize = 128;

/// Why no request is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The identifier is not one of XML that is hard to guess.
    #[error(
        "the identifier of the request is `{id}`; it has to be `_` and then letters, digits, `-`, `_` or `.`, at \
         most {ID_BYTES_MAX} bytes"
    )]
    Id {
        /// The identifier.
        id: String,
    },
    /// The relay state is longer than a provider has to accept.
    #[error("the relay state has {bytes} bytes; at most {RELAY_STATE_BYTES_MAX} are allowed")]
    RelayState {
        /// Its size.
        bytes: usize,
    },
}

/// A request to sign somebody in.
#[derive(Clone, Copy, Debug)]
pub struct SignInRequest<'a> {
    /// Whom we ask.
    pub provider: &'a IdentityProvider,
    /// Who we are.
    pub service: &'a ServiceProvider,
    /// Its identifier: `_` and then something that nobody can guess, used once.
    pub id: &'a str,
    /// What the provider hands back as it is.
    pub relay_state: Option<&'a str>,
}

impl SignInRequest<'_> {
    /// The address that the browser is sent to.
    pub fn url(&self, now: Timestamp) -> Result<Url, RequestError> {
        check_id(self.id)?;
        let mut url = self.provider.sign_in_url.clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("SAMLRequest", &STANDARD.encode(deflate(self.xml(now).as_bytes())));
            if let Some(relay_state) = self.relay_state {
                if relay_state.len() > RELAY_STATE_BYTES_MAX {
                    return Err(RequestError::RelayState { bytes: relay_state.len() });
                }
                query.append_pair("RelayState", relay_state);
            }
        }
        Ok(url)
    }

    fn xml(&self, now: Timestamp) -> String {
        let id = self.id;
        let now = times::format(now);
        let destination = escape(self.provider.sign_in_url.as_str());
        let acs_url = escape(&self.service.acs_url);
        let issuer = escape(&self.service.entity_id);
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" \
             Version=\"2.0\" IssueInstant=\"{now}\" Destination=\"{destination}\" \
             ProtocolBinding=\"{HTTP_POST}\" AssertionConsumerServiceURL=\"{acs_url}\">\
             <saml:Issuer>{issuer}</saml:Issuer><samlp:NameIDPolicy AllowCreate=\"true\"/></samlp:AuthnRequest>"
        )
    }
}

fn check_id(id: &str) -> Result<(), RequestError> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    let is_legal =
        id.len() > 1 && id.len() <= ID_BYTES_MAX && id.starts_with('_') && id.chars().all(is_plain);
    if is_legal { Ok(()) } else { Err(RequestError::Id { id: shown(id) }) }
}

/// DEFLATE without a header (RFC 1951).
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to memory cannot fail");
    encoder.finish().expect("writing to memory cannot fail")
}
