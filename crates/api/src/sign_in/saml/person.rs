//! Who somebody is whom a provider vouches for over SAML: from an assertion to what all protocols share.

use ::saml::SignedIn;

use crate::sign_in::settings::SamlProvider;
use crate::sign_in::single_sign_on::arrival::Verified;
use crate::sign_in::single_sign_on::refusal::{Refusal, Why};

/// A name for one session alone. Source: SAML core §8.3.8.
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// A mail address as the name. Source: SAML core §8.3.2.
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// Who is known by an address; no name of another kind can be written so as to be this one.
fn by_address(address: &str) -> String {
    format!("email:{}", address.to_lowercase())
}

/// What an assertion says of somebody.
///
/// Somebody is known by the name that the provider gives, as it is written. Where that is a mail address, letter case
/// does not count; where it is another one each time, the address from the attribute stands for it, which then has to
/// stay with one person.
pub(super) fn verified_of(provider: &SamlProvider, signed_in: &SignedIn) -> Result<Verified, Refusal> {
    let first = |name: &str| signed_in.values(name).iter().find(|value| !value.is_empty()).cloned();
    let is = |format: &str| signed_in.name_id_format.as_deref() == Some(format);
    let by_name = || is(EMAIL).then(|| signed_in.name_id.clone());
    let email = first(&provider.email_attribute).or_else(by_name);
    let subject = match &email {
        _ if is(EMAIL) => by_address(&signed_in.name_id),
        _ if signed_in.name_id.starts_with("email:") && !is(TRANSIENT) => {
            let reason = "the provider gives a name that begins with `email:`, which is kept for addresses";
            return Err(Refusal::new(Why::ProviderWrong, reason));
        }
        _ if !is(TRANSIENT) => signed_in.name_id.clone(),
        Some(email) => by_address(email),
        None => {
            let reason = format!(
                "the provider gives a name for this session alone (`transient`) and no attribute `{}`; have it send a \
                 persistent name, or the attribute",
                provider.email_attribute
            );
            return Err(Refusal::new(Why::NoEmail, reason));
        }
    };
    let groups: Vec<String> = signed_in.values(&provider.role_attribute).to_vec();
    let is_mapped = !provider.provider.role_map.is_empty();
    Ok(Verified {
        issuer: signed_in.provider.clone(),
        subject,
        email,
        is_email_verified: None,
        given_name: first(&provider.first_name_attribute),
        family_name: first(&provider.last_name_attribute),
        role: first(&provider.role_attribute).filter(|_| !is_mapped),
        groups: if is_mapped { groups } else { Vec::new() },
        session_until: signed_in.session_not_on_or_after,
    })
}
