//! Identity providers that speak SAML 2.0, of the file and of a form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::saml::{DOCUMENT_BYTES_MAX, IdentityProvider};
use api::{SamlMetadata, SamlProvider};
use api_types::SamlForm;
use indexmap::IndexMap;
use oidc::is_provider_url;
use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::sign_in::provider;

/// Longest name of an attribute in characters.
const ATTRIBUTE_CHARS_MAX: usize = 255;

/// A provider as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SamlWire {
    id: String,
    label: Option<String>,
    metadata_file: Option<PathBuf>,
    metadata_url: Option<String>,
    entity_id: Option<String>,
    email_attribute: Option<String>,
    first_name_attribute: Option<String>,
    last_name_attribute: Option<String>,
    role_attribute: Option<String>,
    #[serde(default)]
    role_map: IndexMap<String, String>,
    #[serde(default)]
    email_domains: Vec<String>,
}

/// What a form says beside its part about SAML.
pub(super) struct Common {
    pub(super) id: String,
    pub(super) label: Option<String>,
    pub(super) role_map: IndexMap<String, String>,
    pub(super) email_domains: Vec<String>,
}

pub(super) fn validate(mut wire: SamlWire, path: &str, base: &Path) -> Result<SamlProvider, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let (metadata_file, metadata_url) = (wire.metadata_file.take(), wire.metadata_url.take());
    let metadata = match (metadata_file, metadata_url) {
        (Some(file), None) => SamlMetadata::File(read(&key("metadata_file"), &base.join(file))?),
        (None, Some(url)) => SamlMetadata::Url(metadata_address(&key("metadata_url"), &url)?),
        (Some(_), Some(_)) => {
            let message = "`metadata_file` and `metadata_url` are both given; keep one".to_owned();
            return Err(ConfigError::at(&key("metadata_file"), message));
        }
        (None, None) => {
            let message = "is missing, and so is `metadata_url`; the provider gives its metadata as a file or an address";
            return Err(ConfigError::at(&key("metadata_file"), message.to_owned()));
        }
    };
    built(wire, metadata, path)
}

/// A provider of a form, whose metadata is in it.
pub(super) fn of_form(form: SamlForm, common: Common) -> Result<SamlProvider, ConfigError> {
    let SamlForm {
        metadata_url,
        metadata,
        entity_id,
        email_attribute,
        first_name_attribute,
        last_name_attribute,
        role_attribute,
    } = form;
    let Common { id, label, role_map, email_domains } = common;
    let metadata = match (metadata.filter(|it| !it.is_empty()), metadata_url.filter(|it| !it.is_empty())) {
        (Some(document), None) => SamlMetadata::File(
            read_document(document.as_bytes())
                .map_err(|problem| ConfigError::at("saml.metadata", problem))?,
        ),
        (None, Some(url)) => SamlMetadata::Url(metadata_address("saml.metadata_url", &url)?),
        _ => {
            let message = "give either it, or `metadataUrl`; the provider has one of them".to_owned();
            return Err(ConfigError::at("saml.metadata", message));
        }
    };
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let wire = SamlWire {
        id,
        label,
        metadata_file: None,
        metadata_url: None,
        entity_id: given(entity_id),
        email_attribute: given(email_attribute),
        first_name_attribute: given(first_name_attribute),
        last_name_attribute: given(last_name_attribute),
        role_attribute: given(role_attribute),
        role_map,
        email_domains,
    };
    built(wire, metadata, "saml")
}

/// Checks everything but where the metadata comes from.
fn built(wire: SamlWire, metadata: SamlMetadata, path: &str) -> Result<SamlProvider, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let SamlWire {
        id,
        label,
        metadata_file: _,
        metadata_url: _,
        entity_id,
        email_attribute,
        first_name_attribute,
        last_name_attribute,
        role_attribute,
        role_map,
        email_domains,
    } = wire;
    if let (SamlMetadata::File(found), Some(wanted)) = (&metadata, &entity_id)
        && found.entity_id != *wanted
    {
        let expected = format!("the name in the metadata, which is `{}`", found.entity_id);
        return Err(ConfigError::value(&key("entity_id"), wanted, &expected));
    }
    let attribute = |name: &str, given: Option<String>, usual: &str| {
        let given = given.unwrap_or_else(|| usual.to_owned());
        match (1..=ATTRIBUTE_CHARS_MAX).contains(&given.chars().count()) {
            true => Ok(given),
            false => {
                let expected = format!("the name of an attribute, of 1 to {ATTRIBUTE_CHARS_MAX} characters");
                Err(ConfigError::value(&key(name), &given, &expected))
            }
        }
    };
    Ok(SamlProvider {
        provider: provider(path, id, label, role_map, &email_domains)?,
        metadata,
        entity_id,
        email_attribute: attribute("email_attribute", email_attribute, "PantherEmail")?,
        first_name_attribute: attribute("first_name_attribute", first_name_attribute, "PantherFirstName")?,
        last_name_attribute: attribute("last_name_attribute", last_name_attribute, "PantherLastName")?,
        role_attribute: attribute("role_attribute", role_attribute, "PantherRole")?,
    })
}

/// Reads metadata from a file.
fn read(path: &str, file: &Path) -> Result<Arc<IdentityProvider>, ConfigError> {
    let unusable = |problem: String| ConfigError::at(path, format!("`{}`: {problem}", file.display()));
    let bytes = std::fs::metadata(file).map_err(|error| unusable(format!("cannot be read: {error}")))?.len();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > DOCUMENT_BYTES_MAX) {
        return Err(unusable(format!("has {bytes} bytes; {DOCUMENT_BYTES_MAX} is the most")));
    }
    let document = std::fs::read(file).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    read_document(&document).map_err(unusable)
}

/// Reads metadata, or says what is wrong with it.
fn read_document(document: &[u8]) -> Result<Arc<IdentityProvider>, String> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return Err(format!("has {} bytes; {DOCUMENT_BYTES_MAX} is the most", document.len()));
    }
    IdentityProvider::from_metadata(document).map(Arc::new).map_err(|error| error.to_string())
}

fn metadata_address(path: &str, text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).ok().filter(|url| is_provider_url(url) && url.fragment().is_none());
    url.ok_or_else(|| ConfigError::value(path, text, "an https URL without `#` (http on this machine alone)"))
}
