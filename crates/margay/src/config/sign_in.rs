//! How people sign in: identity providers of the file, and those of a form.

use std::path::{Path, PathBuf};

use api::{AnyProvider, OidcProvider, Provider, SamlMetadata, SignInSettings};
use api_types::{GroupRole, IdentityProviderForm, OidcForm};
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
/// Most domains of mail addresses of one provider.
const EMAIL_DOMAINS_MAX: usize = 1_000;
/// Longest form but for its metadata, in bytes.
const FORM_BYTES_MAX: usize = 256 << 10;
/// Keys of the file that a form has beside `oidc` and `saml`, not inside them.
const COMMON: [&str; 4] = ["id", "label", "role_map", "email_domains"];

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignInWire {
    pub(super) enforce_sso: Option<bool>,
    pub(super) default_role: Option<String>,
    oidc: Vec<OidcWire>,
    saml: Vec<SamlWire>,
}

#[derive(Debug, Default, Deserialize)]
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
    let secret = values::secret(
        &format!("{path}.client_secret"),
        wire.client_secret.as_deref(),
        wire.client_secret_file.as_deref(),
        base,
        environment,
    )?;
    oidc_of(wire, secret, path)
}

/// Checks everything; the secret is in clear.
fn oidc_of(wire: OidcWire, secret: Option<String>, path: &str) -> Result<OidcProvider, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let OidcWire {
        id,
        label,
        issuer,
        client_id,
        client_secret: _,
        client_secret_file: _,
        scopes,
        groups_claim,
        role_map,
        email_domains,
    } = wire;
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

/// A provider of a form. Its secret is in clear: nothing is read from files or the environment of the server, which are
/// not the caller's.
pub(crate) fn of_form(
    form: IdentityProviderForm,
    id: &str,
    secret: Option<String>,
) -> Result<AnyProvider, ConfigError> {
    let bytes = form_bytes(&form);
    if bytes > FORM_BYTES_MAX {
        return Err(ConfigError::at("", format!("the form has {bytes} bytes; {FORM_BYTES_MAX} is the most")));
    }
    let IdentityProviderForm { id: _, label, role_map, email_domains, oidc, saml } = form;
    let label = label.filter(|label| !label.is_empty());
    let role_map = map_of(role_map)?;
    let built = match (oidc, saml) {
        (Some(oidc), None) => {
            let OidcForm { issuer, client_id, client_secret: _, scopes, groups_claim } = oidc;
            let id = id.to_owned();
            let wire = OidcWire {
                id,
                label,
                issuer,
                client_id,
                scopes,
                groups_claim,
                role_map,
                email_domains,
                ..OidcWire::default()
            };
            oidc_of(wire, secret, "oidc").map(AnyProvider::Oidc)
        }
        (None, Some(form)) => {
            let common = saml::Common { id: id.to_owned(), label, role_map, email_domains };
            saml::of_form(form, common).map(AnyProvider::Saml)
        }
        _ => return Err(ConfigError::at("", "give either `oidc` or `saml`".to_owned())),
    };
    built.map_err(|error| ConfigError { path: form_path(&error.path), ..error })
}

/// How long a form is; its metadata has a limit of its own.
fn form_bytes(form: &IdentityProviderForm) -> usize {
    let metadata = form.saml.as_ref().and_then(|saml| saml.metadata.as_ref()).map_or(0, String::len);
    serde_json::to_vec(form).map_or(0, |json| json.len()).saturating_sub(metadata)
}

fn map_of(entries: Vec<GroupRole>) -> Result<IndexMap<String, String>, ConfigError> {
    let mut map = IndexMap::new();
    for (index, GroupRole { group, role }) in entries.into_iter().enumerate() {
        let path = format!("roleMap[{index}].group");
        if group.is_empty() {
            return Err(ConfigError::at(&path, "is empty; name a group".to_owned()));
        }
        if map.contains_key(&group) {
            return Err(ConfigError::at(&path, format!("`{group}` is there twice; keep one")));
        }
        map.insert(group, role);
    }
    Ok(map)
}

/// The path of a key of the file as the API calls it.
fn form_path(path: &str) -> String {
    let Some((kind, rest)) = path.split_once('.') else { return path.to_owned() };
    let (name, more) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, others) = word.split_at(word.len().min(1));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(others);
    }
    match COMMON.contains(&name) {
        true => format!("{camel}{more}"),
        false => format!("{kind}.{camel}{more}"),
    }
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
    if email_domains.len() > EMAIL_DOMAINS_MAX {
        let message = format!("has {} entries; {EMAIL_DOMAINS_MAX} is the most", email_domains.len());
        return Err(ConfigError::at(&key("email_domains"), message));
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

/// The name of a role; whether there is such a role, only the database knows.
pub(crate) fn role_name(path: &str, name: String) -> Result<String, ConfigError> {
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
