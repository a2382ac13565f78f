//! How people sign in: identity providers of the file.

use std::path::{Path, PathBuf};

use api::{OidcProvider, Provider, SamlMetadata, SignInSettings};
use indexmap::IndexMap;
use oidc::is_provider_url;
use serde::Deserialize;
use url::Url;

use super::saml::{self, SamlWire};
use super::{ConfigError, Environment, values};

/// Most providers.
const PROVIDERS_MAX: usize = 20;
/// Most entries of a map of roles.
const ROLE_MAP_MAX: usize = 1_000;
/// Longest label in characters.
const LABEL_CHARS_MAX: usize = 100;

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignInWire {
    enforce_sso: Option<bool>,
    default_role: Option<String>,
    oidc: Vec<OidcWire>,
    saml: Vec<SamlWire>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OidcWire {
    id: String,
    label: Option<String>,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    client_secret_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
    groups_claim: Option<String>,
    #[serde(default)]
    role_map: IndexMap<String, String>,
    #[serde(default)]
    email_domains: Vec<String>,
}

pub(super) fn validate(
    wire: SignInWire,
    base: &Path,
    environment: &Environment,
) -> Result<SignInSettings, ConfigError> {
    let SignInWire { enforce_sso, default_role, oidc, saml } = wire;
    let mut settings = SignInSettings::default();
    settings.enforce_sso = enforce_sso.unwrap_or(settings.enforce_sso);
    if let Some(role) = default_role {
        settings.default_role = role_name("sign_in.default_role", role)?;
    }
    let count = oidc.len() + saml.len();
    if count > PROVIDERS_MAX {
        let message = format!("there are {count} providers; {PROVIDERS_MAX} is the most");
        return Err(ConfigError::at("sign_in", message));
    }
    for (index, wire) in oidc.into_iter().enumerate() {
        let path = format!("sign_in.oidc[{index}]");
        settings.oidc.push(validate_oidc(wire, &path, base, environment)?);
    }
    let ids = settings.oidc.iter().map(|oidc| oidc.provider.id.as_str());
    super::validate::refuse_doubles("sign_in.oidc", "id", ids)?;
    for (index, wire) in saml.into_iter().enumerate() {
        let path = format!("sign_in.saml[{index}]");
        let provider = saml::validate(wire, &path, base)?;
        refuse_known(&settings, &provider, &path)?;
        settings.saml.push(provider);
    }
    if settings.enforce_sso && !settings.has_providers() {
        let message =
            "nobody could sign in: no provider is configured; add one under `sign_in.oidc` or `sign_in.saml`";
        return Err(ConfigError::at("sign_in.enforce_sso", message.to_owned()));
    }
    Ok(settings)
}

/// Refuses a second provider under the same id, or one that vouches for the same people as another one: under the
/// other one's rules somebody would be let in who is not under its own.
fn refuse_known(settings: &SignInSettings, new: &api::SamlProvider, path: &str) -> Result<(), ConfigError> {
    let id = &new.provider.id;
    if settings.has_provider(id) {
        let message = format!("`{id}` is used twice; each id must be unique");
        return Err(ConfigError::at(&format!("{path}.id"), message));
    }
    let SamlMetadata::File(metadata) = &new.metadata else { return Ok(()) };
    if let Some(other) = settings.other_vouching(&metadata.entity_id, id) {
        let message = format!(
            "describes `{}`, and so does the provider `{}`; keep one of them",
            metadata.entity_id, other.id
        );
        return Err(ConfigError::at(&format!("{path}.metadata_file"), message));
    }
    Ok(())
}

fn validate_oidc(
    wire: OidcWire,
    path: &str,
    base: &Path,
    environment: &Environment,
) -> Result<OidcProvider, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let OidcWire {
        id,
        label,
        issuer,
        client_id,
        client_secret,
        client_secret_file,
        scopes,
        groups_claim,
        role_map,
        email_domains,
    } = wire;
    let secret = values::secret(
        &key("client_secret"),
        client_secret.as_deref(),
        client_secret_file.as_deref(),
        base,
        environment,
    )?;
    if secret.as_deref() == Some("") {
        let message = "is empty; remove the key if the provider gave no secret".to_owned();
        return Err(ConfigError::at(&key("client_secret"), message));
    }
    let issuer_key = key("issuer");
    let is_issuer = |url: &Url| is_provider_url(url) && url.query().is_none() && url.fragment().is_none();
    if !Url::parse(&issuer).is_ok_and(|url| is_issuer(&url)) {
        let expected = "an https URL without `?` and `#`, as the provider's documents name it \
                        (http on this machine alone)";
        return Err(ConfigError::value(&issuer_key, &issuer, expected));
    }
    if client_id.is_empty() {
        return Err(ConfigError::at(&key("client_id"), "is empty; the provider gives it".to_owned()));
    }
    let groups_claim = groups_claim.unwrap_or_else(|| "groups".to_owned());
    if groups_claim.is_empty() {
        return Err(ConfigError::at(&key("groups_claim"), "is empty; name a claim".to_owned()));
    }
    Ok(OidcProvider {
        provider: provider(path, id, label, role_map, &email_domains)?,
        issuer,
        client_id,
        client_secret: secret.map(Into::into),
        scopes: scopes_of(&key("scopes"), scopes)?,
        groups_claim,
    })
}

/// What all kinds of providers have.
pub(super) fn provider(
    path: &str,
    id: String,
    label: Option<String>,
    role_map: IndexMap<String, String>,
    email_domains: &[String],
) -> Result<Provider, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    super::source::check_shape(&id, &key("id"))?;
    let label = label.unwrap_or_else(|| id.clone());
    let is_label = !label.trim().is_empty()
        && label.chars().count() <= LABEL_CHARS_MAX
        && !label.chars().any(char::is_control);
    if !is_label {
        let expected = format!("a text of 1 to {LABEL_CHARS_MAX} characters on one line");
        return Err(ConfigError::value(&key("label"), &label, &expected));
    }
    if role_map.len() > ROLE_MAP_MAX {
        let message = format!("has {} entries; {ROLE_MAP_MAX} is the most", role_map.len());
        return Err(ConfigError::at(&key("role_map"), message));
    }
    let mut roles = Vec::new();
    for (group, role) in role_map {
        let role = role_name(&format!("{path}.role_map.{group}"), role)?;
        roles.push((group, role));
    }
    let mut domains = Vec::new();
    for (index, domain) in email_domains.iter().enumerate() {
        if !model::is_email(&format!("x@{domain}")) {
            let path = format!("{path}.email_domains[{index}]");
            return Err(ConfigError::value(&path, domain, "what stands behind `@`, such as `example.com`"));
        }
        domains.push(domain.to_lowercase());
    }
    Ok(Provider { id, label, role_map: roles, email_domains: domains })
}

/// Whether there is such a role, only the database knows.
fn role_name(path: &str, name: String) -> Result<String, ConfigError> {
    match name.trim().is_empty() {
        false => Ok(name),
        true => Err(ConfigError::at(path, "is empty; name a role, such as `AnalystReadOnly`".to_owned())),
    }
}

fn scopes_of(path: &str, scopes: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let usual = || ["openid", "profile", "email"].map(str::to_owned).to_vec();
    let scopes = scopes.unwrap_or_else(usual);
    // Source: RFC 6749 §3.3.
    let is_token = |scope: &str| {
        !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    };
    for (index, scope) in scopes.iter().enumerate() {
        if !is_token(scope) {
            return Err(ConfigError::value(&format!("{path}[{index}]"), scope, "one word, such as `email`"));
        }
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(ConfigError::at(path, "lacks `openid`, without which nobody is named".to_owned()));
    }
    Ok(scopes)
}
