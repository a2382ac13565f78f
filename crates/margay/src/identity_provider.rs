//! Identity providers that are made while the server runs: from what a person writes to what is stored, and back to
//! what people sign in through.

use api::{AdminRefusal, AnyProvider, OidcProvider, Provider, ProviderView, SamlMetadata, SamlProvider};
use api_types::{GroupRole, IdentityProviderForm, OidcOptions, ProviderAddresses, SamlOptions};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use store::{KeyRing, SecretsError, StoreError, StoredIdentityProvider};

use crate::config::provider_of_form;
use crate::stored::failed;

/// Longest secret of a client in bytes.
const SECRET_BYTES_MAX: usize = 4_096;

/// A stored provider, as far as it can be used.
pub(crate) struct Opened {
    /// What was written, without the secret.
    pub(crate) form: IdentityProviderForm,
    /// What people sign in through; else what is wrong, and what to do.
    pub(crate) provider: Result<AnyProvider, String>,
}

/// What a form says about the secret of the client.
pub(crate) enum SecretWord {
    /// The one that is stored.
    Keep,
    /// None, or this one.
    Set(Option<SecretString>),
}

/// Takes the secret out of a form.
pub(crate) fn take_secret(form: &mut IdentityProviderForm) -> Result<SecretWord, AdminRefusal> {
    let given = form.oidc.as_mut().and_then(|oidc| oidc.client_secret.take());
    Ok(match given {
        None => SecretWord::Keep,
        Some(Some(text)) if text == destinations::MASK => SecretWord::Keep,
        Some(text) => {
            if text.as_ref().is_some_and(|text| text.len() > SECRET_BYTES_MAX) {
                let message = format!("`oidc.clientSecret` has more than {SECRET_BYTES_MAX} bytes");
                return Err(AdminRefusal::Invalid(message));
            }
            SecretWord::Set(text.filter(|text| !text.is_empty()).map(SecretString::from))
        }
    })
}

/// Checks a form whose secret was taken out; `secret` is in clear.
pub(crate) fn checked(
    form: &IdentityProviderForm,
    id: &str,
    secret: Option<&SecretString>,
) -> Result<AnyProvider, AdminRefusal> {
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    provider_of_form(form.clone(), id, secret).map_err(|error| AdminRefusal::Invalid(error.to_string()))
}

/// What is stored of a form; its secret was taken out.
pub(crate) fn row_of(
    form: &IdentityProviderForm,
    id: &str,
    secret: Option<&SecretString>,
    ring: impl FnOnce() -> Result<KeyRing, AdminRefusal>,
    now: Timestamp,
) -> Result<StoredIdentityProvider, AdminRefusal> {
    let sealed = match secret {
        None => None,
        Some(secret) => {
            let sealed = ring()?.seal(&StoredIdentityProvider::owner(id), secret.expose_secret().as_bytes());
            Some(sealed.map_err(|error| failed(&StoreError::from(error)))?)
        }
    };
    let form = IdentityProviderForm { id: None, ..form.clone() };
    let settings = serde_json::to_value(&form);
    let settings =
        settings.map_err(|error| AdminRefusal::Invalid(format!("the form cannot be kept: {error}")))?;
    Ok(StoredIdentityProvider {
        id: id.to_owned(),
        settings,
        secret: sealed,
        revision: 1,
        created_at: now,
        updated_at: now,
    })
}

/// The secret of a stored provider, when it has one.
pub(crate) fn secret_of(
    ring: &Result<KeyRing, SecretsError>,
    row: &StoredIdentityProvider,
) -> Result<Option<SecretString>, SecretsError> {
    let Some(sealed) = &row.secret else { return Ok(None) };
    let ring = ring.as_ref().map_err(Clone::clone)?;
    let bytes = ring.open(&StoredIdentityProvider::owner(&row.id), sealed)?;
    let text = String::from_utf8(bytes).map_err(|_| SecretsError::Damaged)?;
    Ok(Some(text.into()))
}

/// Reads a stored provider.
pub(crate) fn open(ring: &Result<KeyRing, SecretsError>, row: &StoredIdentityProvider) -> Opened {
    let form = serde_json::from_value::<IdentityProviderForm>(row.settings.clone());
    let form = match form {
        Ok(form) => form,
        Err(error) => {
            let problem = format!("what is stored cannot be read ({error}); make it anew");
            return Opened { form: IdentityProviderForm::default(), provider: Err(problem) };
        }
    };
    let provider = match secret_of(ring, row) {
        Ok(secret) => checked(&form, &row.id, secret.as_ref()).map_err(sentence),
        Err(error) => Err(error.to_string()),
    };
    Opened { form, provider }
}

/// What a refusal says.
fn sentence(refusal: AdminRefusal) -> String {
    match refusal {
        AdminRefusal::Invalid(text)
        | AdminRefusal::NotFound(text)
        | AdminRefusal::Conflict(text)
        | AdminRefusal::Outdated(text)
        | AdminRefusal::Failed(text) => text,
    }
}

/// A provider as the API shows it.
pub(crate) fn to_wire(provider: &AnyProvider, document: Option<String>, provisioned: bool) -> ProviderView {
    let Provider { id, label, role_map, email_domains } = provider.common();
    let pair = |(group, role): &(String, String)| GroupRole { group: group.clone(), role: role.clone() };
    let (kind, oidc, saml) = match provider {
        AnyProvider::Oidc(oidc) => ("OIDC", Some(oidc_to_wire(oidc)), None),
        AnyProvider::Saml(saml) => ("SAML", None, Some(saml_to_wire(saml, document))),
    };
    ProviderView {
        id: id.clone(),
        label: label.clone(),
        kind: kind.to_owned(),
        provisioned,
        role_map: role_map.iter().map(pair).collect(),
        email_domains: email_domains.clone(),
        oidc,
        saml,
        issuer: provider.issuer().map(str::to_owned),
        addresses: ProviderAddresses::default(),
        problem: None,
        warnings: Vec::new(),
    }
}

fn oidc_to_wire(oidc: &OidcProvider) -> OidcOptions {
    let OidcProvider { provider: _, issuer, client_id, client_secret, scopes, groups_claim } = oidc;
    OidcOptions {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: client_secret.as_ref().map(|_| destinations::MASK.to_owned()),
        scopes: scopes.clone(),
        groups_claim: groups_claim.clone(),
    }
}

fn saml_to_wire(saml: &SamlProvider, document: Option<String>) -> SamlOptions {
    let SamlProvider {
        provider: _,
        metadata,
        entity_id,
        email_attribute,
        first_name_attribute,
        last_name_attribute,
        role_attribute,
    } = saml;
    SamlOptions {
        metadata_url: match metadata {
            SamlMetadata::File(_) => None,
            SamlMetadata::Url(url) => Some(url.to_string()),
        },
        metadata: document,
        entity_id: entity_id.clone(),
        email_attribute: email_attribute.clone(),
        first_name_attribute: first_name_attribute.clone(),
        last_name_attribute: last_name_attribute.clone(),
        role_attribute: role_attribute.clone(),
    }
}

/// A stored provider that nobody can sign in through, as the API shows it: what was written, and why.
pub(crate) fn broken_to_wire(
    row: &StoredIdentityProvider,
    form: IdentityProviderForm,
    problem: String,
) -> ProviderView {
    let IdentityProviderForm { id: _, label, role_map, email_domains, oidc, saml } = form;
    let text = |text: Option<String>| text.unwrap_or_default();
    ProviderView {
        id: row.id.clone(),
        label: label.unwrap_or_else(|| row.id.clone()),
        kind: if saml.is_some() { "SAML" } else { "OIDC" }.to_owned(),
        provisioned: false,
        role_map,
        email_domains,
        oidc: oidc.map(|oidc| OidcOptions {
            issuer: oidc.issuer,
            client_id: oidc.client_id,
            client_secret: row.secret.as_ref().map(|_| destinations::MASK.to_owned()),
            scopes: oidc.scopes.unwrap_or_default(),
            groups_claim: text(oidc.groups_claim),
        }),
        saml: saml.map(|saml| SamlOptions {
            metadata_url: saml.metadata_url,
            metadata: saml.metadata,
            entity_id: saml.entity_id,
            email_attribute: text(saml.email_attribute),
            first_name_attribute: text(saml.first_name_attribute),
            last_name_attribute: text(saml.last_name_attribute),
            role_attribute: text(saml.role_attribute),
        }),
        issuer: None,
        addresses: ProviderAddresses::default(),
        problem: Some(problem),
        warnings: Vec::new(),
    }
}

/// What is stored of how people sign in, beside the providers.
pub(crate) fn sign_on_of(stored: Option<Value>) -> api_types::SignOnForm {
    let empty = api_types::SignOnForm { enforce_sso: None, default_role: None };
    stored.and_then(|value| serde_json::from_value(value).ok()).unwrap_or(empty)
}
