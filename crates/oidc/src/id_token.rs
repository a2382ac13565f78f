//! Whether an ID token holds.
//!
//! Source: OpenID Connect Core §3.1.3.7, RFC 8725. Signatures are checked by `openidconnect`; times, which it reads
//! from a clock, and `azp`, which it leaves open, are checked here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Alg,
};
use openidconnect::{ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError};
use serde_json::Value;

use crate::claims::{Claims, Wanted};
use crate::error::{OidcError, repeated};
use crate::metadata::{Keys, Metadata};
use crate::tokens::Tokens;

/// So far the clocks of both machines may be apart.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// Longest ID token.
const TOKEN_BYTES_MAX: usize = 256 << 10;
/// The algorithms that count: all of them have a key that the provider alone holds. With those of a shared secret,
/// whoever knows the secret, or makes the server take a public key for one, could sign.
const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// What an ID token has to say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Whom it is for.
    pub client_id: &'a str,
    /// What was sent along with the question.
    pub nonce: &'a str,
    /// The present.
    pub now: Timestamp,
}

/// What a token says of a person, after everything that speaks against it.
///
/// # Errors
/// [`OidcError::UnknownKey`], after which fresh keys may help; [`OidcError::Token`].
pub fn verify(
    metadata: &Metadata,
    keys: &Keys,
    tokens: &Tokens,
    expected: Expected<'_>,
    wanted: Wanted<'_>,
) -> Result<Claims, OidcError> {
    let text = tokens
        .id_token
        .as_deref()
        .ok_or_else(|| wrong("the provider sent none; ask for the scope `openid`"))?;
    if text.len() > TOKEN_BYTES_MAX {
        return Err(wrong(format!("it has more than {TOKEN_BYTES_MAX} bytes")));
    }
    let token: CoreIdToken = text.parse().map_err(|error: serde_json::Error| {
        wrong(format!("it cannot be read: {}", repeated(&error.to_string())))
    })?;
    let issuer =
        IssuerUrl::new(metadata.issuer.clone()).map_err(|_| OidcError::BadEndpoint { name: "issuer" })?;
    let client_id = ClientId::new(expected.client_id.to_owned());
    let verifier = CoreIdTokenVerifier::new_public_client(client_id, issuer, keys.0.clone())
        .set_allowed_algs(ALGORITHMS)
        // Whom else it is for, `azp` decides.
        .set_other_audience_verifier_fn(|_| true)
        // Times are looked at below.
        .set_time_fn(Default::default);
    let nonce = Nonce::new(expected.nonce.to_owned());
    let claims = token.claims(&verifier, &nonce).map_err(|error| explain(&error))?;
    check_times(claims, expected.now)?;
    check_party(claims, expected.client_id)?;
    Claims::read(&payload(text)?, wanted)
}

fn check_times(claims: &CoreIdTokenClaims, now: Timestamp) -> Result<(), OidcError> {
    let (now, leeway) = (now.as_second(), LEEWAY.as_secs());
    let (expires, issued) = (claims.expiration().timestamp(), claims.issue_time().timestamp());
    if expires.saturating_add(leeway) <= now {
        let ago = now.saturating_sub(expires);
        return Err(wrong(format!("it expired {ago} seconds ago; look at the clocks of both machines")));
    }
    if issued.saturating_sub(leeway) > now {
        let ahead = issued.saturating_sub(now);
        let problem =
            format!("it is issued {ahead} seconds in the future; look at the clocks of both machines");
        return Err(wrong(problem));
    }
    Ok(())
}

/// Refuses a token that was given to somebody else, though it is for this server too.
fn check_party(claims: &CoreIdTokenClaims, client_id: &str) -> Result<(), OidcError> {
    let party = claims.authorized_party().map(|party| party.as_str());
    match party {
        Some(party) if party != client_id => {
            Err(wrong(format!("it was given to `{}` (`azp`)", repeated(party))))
        }
        None if claims.audiences().len() > 1 => {
            Err(wrong("it is for several audiences, and does not say to whom it was given (`azp`)"))
        }
        _ => Ok(()),
    }
}

/// What a token says, once its signature holds.
fn payload(text: &str) -> Result<serde_json::Map<String, Value>, OidcError> {
    let part = text.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| wrong("its claims are no base64"))?;
    serde_json::from_slice(&bytes).map_err(|_| wrong("its claims are no JSON object"))
}

fn explain(error: &ClaimsVerificationError) -> OidcError {
    use ClaimsVerificationError as E;
    use SignatureVerificationError as S;
    match error {
        E::SignatureVerification(S::NoMatchingKey) => OidcError::UnknownKey,
        E::SignatureVerification(S::AmbiguousKeyId(_)) => {
            wrong("several keys of the provider fit, and it does not say which it is signed with (`kid`)")
        }
        E::SignatureVerification(S::DisallowedAlg(_) | S::UnsupportedAlg(_) | S::NoSignature) => {
            wrong("it is not signed with RS, PS, ES or EdDSA, whose keys the provider alone holds")
        }
        E::SignatureVerification(S::InvalidKey(_)) => {
            wrong("the key of the provider does not fit its algorithm")
        }
        E::SignatureVerification(_) => wrong("its signature is wrong"),
        E::InvalidIssuer(_) => wrong("it is of another issuer (`iss`)"),
        E::InvalidAudience(_) => wrong("it is for somebody else (`aud`); look at `client_id`"),
        E::InvalidNonce(_) => wrong("it is not the answer to this question (`nonce`)"),
        E::InvalidSubject(_) => wrong("it names nobody (`sub`)"),
        other => wrong(repeated(&other.to_string())),
    }
}

fn wrong(problem: impl Into<String>) -> OidcError {
    OidcError::Token { problem: problem.into() }
}
