//! Reading the credentials file: a service account's key, or a workload identity federation.
//!
//! The file comes from a form: it names addresses and files, and may name neither inner addresses nor files
//! of the server. Google's hosts only, token files only below `token_folder`, programs never.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;
use url::Url;

use crate::config::{ConfigError, ConfigReader};

const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
const STS_URL: &str = "https://sts.googleapis.com/v1/token";

/// How tokens are had.
pub(super) enum Credentials {
    /// A key of a service account signs a request for a token.
    ServiceAccount {
        client_email: String,
        key: Box<jsonwebtoken::EncodingKey>,
        key_id: Option<String>,
        /// As the signed request names it, whatever the address that it is sent to.
        audience: String,
        token_url: Url,
    },
    /// A token of another identity provider is exchanged.
    External {
        audience: String,
        subject_token_type: String,
        source: SubjectSource,
        token_url: Url,
        impersonation_url: Option<Url>,
    },
}

/// Where the other provider's token comes from.
pub(super) enum SubjectSource {
    File { path: PathBuf, field: Option<String> },
    Url { url: Url, headers: Vec<(String, String)>, field: Option<String> },
}

/// Reads the file; also gives the secrets in it, to be masked.
pub(super) fn read(
    text: &str,
    folder: Option<&Path>,
    config: &ConfigReader<'_>,
) -> Result<(Credentials, Vec<String>), ConfigError> {
    let file: Value = serde_json::from_str(text)
        .map_err(|_| wrong("`credentials` is no JSON; give the whole file as a text"))?;
    match file.get("type").and_then(Value::as_str) {
        Some("service_account") => service_account(&file, config),
        Some("external_account") => external_account(&file, folder, config),
        _ => Err(wrong("`credentials` must have the type `service_account` or `external_account`")),
    }
}

fn wrong(message: impl Into<String>) -> ConfigError {
    ConfigError::new("credentials", message)
}

fn field<'a>(file: &'a Value, name: &str) -> Result<&'a str, ConfigError> {
    let text = file.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| wrong(format!("`credentials` lacks `{name}`")))
}

fn service_account(
    file: &Value,
    config: &ConfigReader<'_>,
) -> Result<(Credentials, Vec<String>), ConfigError> {
    let pem = field(file, "private_key")?;
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes())
        .map_err(|_| wrong("`private_key` of `credentials` is no RSA key in PEM form"))?;
    let audience = file.get("token_uri").and_then(Value::as_str).unwrap_or(TOKEN_URL);
    let credentials = Credentials::ServiceAccount {
        client_email: field(file, "client_email")?.to_owned(),
        key: Box::new(key),
        key_id: file.get("private_key_id").and_then(Value::as_str).map(str::to_owned),
        audience: audience.to_owned(),
        token_url: google_url(audience, "token_uri", config)?,
    };
    // Of the key each line is a secret: a reply may repeat a part.
    let lines = pem.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned).collect();
    Ok((credentials, lines))
}

fn external_account(
    file: &Value,
    folder: Option<&Path>,
    config: &ConfigReader<'_>,
) -> Result<(Credentials, Vec<String>), ConfigError> {
    let source =
        file.get("credential_source").ok_or_else(|| wrong("`credentials` lacks `credential_source`"))?;
    let token_field =
        source.pointer("/format/subject_token_field_name").and_then(Value::as_str).map(str::to_owned);
    let subject = if let Some(path) = source.get("file").and_then(Value::as_str) {
        SubjectSource::File { path: token_file(path, folder)?, field: token_field }
    } else if let Some(url) = source.get("url").and_then(Value::as_str) {
        let url = Url::parse(url).map_err(|_| wrong("`credential_source.url` of `credentials` is no URL"))?;
        let headers = source.get("headers").and_then(Value::as_object);
        let header = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        let headers = headers.into_iter().flatten().filter_map(header).collect();
        SubjectSource::Url { url, headers, field: token_field }
    } else {
        return Err(wrong(
            "`credential_source` of `credentials` must name a `file` or a `url`; programs are never run",
        ));
    };
    let impersonation = file.get("service_account_impersonation_url").and_then(Value::as_str);
    let token_url = file.get("token_url").and_then(Value::as_str).unwrap_or(STS_URL);
    let credentials = Credentials::External {
        audience: field(file, "audience")?.to_owned(),
        subject_token_type: field(file, "subject_token_type")?.to_owned(),
        source: subject,
        token_url: google_url(token_url, "token_url", config)?,
        impersonation_url: impersonation
            .map(|url| google_url(url, "service_account_impersonation_url", config))
            .transpose()?,
    };
    Ok((credentials, Vec::new()))
}

/// An address at Google, over TLS; `base_url` stands in for its host in tests and gateways.
fn google_url(text: &str, name: &str, config: &ConfigReader<'_>) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| wrong(format!("`{name}` of `credentials` is no URL")))?;
    let host = url.host_str().unwrap_or_default();
    let is_google = host == "googleapis.com" || host.ends_with(".googleapis.com");
    if url.scheme() != "https" || !is_google || url.port().is_some() {
        return Err(wrong(format!("`{name}` of `credentials` must be an https address of googleapis.com")));
    }
    config.rebased(url)
}

/// A token file below the folder that the operator opened for it.
fn token_file(path: &str, folder: Option<&Path>) -> Result<PathBuf, ConfigError> {
    let Some(folder) = folder else {
        let message = "`credentials` names a token file; name its folder in `token_folder` to allow that";
        return Err(ConfigError::new("token_folder", message));
    };
    let path = PathBuf::from(path);
    let climbs = path.components().any(|part| matches!(part, Component::ParentDir));
    if climbs || !path.starts_with(folder) {
        return Err(wrong("the token file of `credentials` must lie below `token_folder`"));
    }
    Ok(path)
}
