//! Log sources of the file.

use std::path::Path;
use std::time::Duration;

use model::{LogType, SourceId};
use parsers::StreamType;
use sources::{Auth, HmacAlgorithm, HttpSourceConfig};

use super::wire::{AuthWire, SourceWire};
use super::{ConfigError, Environment, values};

/// Ids that other kinds of source will use in paths.
const RESERVED_IDS: [&str; 4] = ["http", "s3", "gcs", "pubsub"];
/// Body limit of a source that sets none: 1 MB.
pub(crate) const BODY_BYTES_MAX_DEFAULT: u64 = 1_000_000;
/// A body cannot inflate beyond 64 MiB, so a larger limit makes no sense.
const BODY_BYTES_MAX_MAX: u64 = 64 << 20;
/// Shortest and longest silence of a source that can be allowed.
const SILENCE_MIN: Duration = Duration::from_secs(15 * 60);
const SILENCE_MAX: Duration = Duration::from_secs(30 * 24 * 3_600);

pub(super) fn validate(
    wire: SourceWire,
    path: &str,
    base: &Path,
    environment: &Environment,
) -> Result<HttpSourceConfig, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    check_id(&wire.id, &key("id"))?;
    if wire.source_type != "http" {
        return Err(ConfigError::value(&key("type"), &wire.source_type, "a known source type; use `http`"));
    }
    if wire.log_types.is_empty() {
        return Err(ConfigError::at(&key("log_types"), "name at least one log type".to_owned()));
    }
    let stream_type = match wire.stream_type.as_deref().unwrap_or("auto") {
        "auto" => StreamType::Auto,
        "lines" => StreamType::Lines,
        "json" => StreamType::Json,
        "json_array" => StreamType::JsonArray,
        other => {
            let expected = "one of `auto`, `lines`, `json`, `json_array`";
            return Err(ConfigError::value(&key("stream_type"), other, expected));
        }
    };
    let body_bytes_max = match &wire.body_max {
        Some(text) => values::size(&key("body_max"), text)?,
        None => BODY_BYTES_MAX_DEFAULT,
    };
    if body_bytes_max == 0 || body_bytes_max > BODY_BYTES_MAX_MAX {
        let message = "must be between 1 byte and 64MiB".to_owned();
        return Err(ConfigError::at(&key("body_max"), message));
    }
    let no_data_alarm = match &wire.no_data_alarm {
        Some(text) => Some(silence(&key("no_data_alarm"), text)?),
        None => None,
    };
    let auth = match wire.auth {
        Some(auth) => validate_auth(&auth, &key("auth"), base, environment)?,
        None => Auth::None,
    };
    Ok(HttpSourceConfig {
        label: wire.label.unwrap_or_else(|| wire.id.clone()),
        id: SourceId::new(wire.id),
        log_types: wire.log_types.into_iter().map(LogType::from).collect(),
        stream_type,
        body_bytes_max,
        no_data_alarm,
        auth,
    })
}

/// How long a source may be silent: whole minutes, from 15 minutes to 30 days.
fn silence(path: &str, text: &str) -> Result<Duration, ConfigError> {
    let silence = values::duration(path, text)?;
    let is_whole = silence.as_secs().is_multiple_of(60) && silence.subsec_nanos() == 0;
    if !is_whole || !(SILENCE_MIN..=SILENCE_MAX).contains(&silence) {
        return Err(ConfigError::value(path, text, "whole minutes from `15m` to `30d`"));
    }
    Ok(silence)
}

fn check_id(id: &str, path: &str) -> Result<(), ConfigError> {
    check_shape(id, path)?;
    if RESERVED_IDS.contains(&id) {
        return Err(ConfigError::at(path, format!("`{id}` is reserved; choose another id")));
    }
    Ok(())
}

/// An id that can be part of a path.
pub(super) fn check_shape(id: &str, path: &str) -> Result<(), ConfigError> {
    let legal_first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let legal = |c: char| legal_first(c) || c == '_' || c == '-';
    let shape = id.len() <= 63 && id.starts_with(legal_first) && id.chars().all(legal);
    if !shape {
        let expected =
            "a legal id: lower-case letters, digits, `_` and `-`, at most 63, a letter or digit first";
        return Err(ConfigError::value(path, id, expected));
    }
    Ok(())
}

fn validate_auth(
    wire: &AuthWire,
    path: &str,
    base: &Path,
    environment: &Environment,
) -> Result<Auth, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let required = |name: &str, value: Option<String>| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| {
            ConfigError::at(&key(name), format!("`{name}` is needed for auth type `{}`", wire.auth_type))
        })
    };
    let secret = |name: &str, inline: Option<&String>, file: Option<&std::path::PathBuf>| {
        let path = key(name);
        let value = values::secret(
            &path,
            inline.map(String::as_str),
            file.map(std::path::PathBuf::as_path),
            base,
            environment,
        )?;
        required(name, value).map(Into::into)
    };
    refuse_foreign_keys(wire, path)?;
    let header = || {
        let name = required("header", wire.header.clone())?;
        name.parse().map_err(|_| ConfigError::value(&key("header"), &name, "a legal header name"))
    };
    Ok(match wire.auth_type.as_str() {
        "none" => Auth::None,
        "basic" => Auth::Basic {
            username: required("username", wire.username.clone())?,
            password: secret("password", wire.password.as_ref(), wire.password_file.as_ref())?,
        },
        "bearer" => Auth::Bearer { token: secret("token", wire.token.as_ref(), wire.token_file.as_ref())? },
        "shared_secret" => Auth::SharedSecret {
            header: header()?,
            secret: secret("secret", wire.secret.as_ref(), wire.secret_file.as_ref())?,
        },
        "hmac" => Auth::Hmac {
            header: header()?,
            secret: secret("secret", wire.secret.as_ref(), wire.secret_file.as_ref())?,
            algorithm: match wire.algorithm.as_deref().unwrap_or("sha256").to_ascii_lowercase().as_str() {
                "sha256" | "sha-256" => HmacAlgorithm::Sha256,
                "sha1" | "sha-1" => HmacAlgorithm::Sha1,
                other => {
                    return Err(ConfigError::value(&key("algorithm"), other, "`sha256` or `sha1`"));
                }
            },
        },
        other => {
            let expected = "one of `none`, `basic`, `bearer`, `shared_secret`, `hmac`";
            return Err(ConfigError::value(&key("type"), other, expected));
        }
    })
}

/// A key that the chosen auth type does not read would be ignored in silence: refuse it.
fn refuse_foreign_keys(wire: &AuthWire, path: &str) -> Result<(), ConfigError> {
    let allowed: &[&str] = match wire.auth_type.as_str() {
        "basic" => &["username", "password", "password_file"],
        "bearer" => &["token", "token_file"],
        "shared_secret" => &["header", "secret", "secret_file"],
        "hmac" => &["header", "secret", "secret_file", "algorithm"],
        _ => &[],
    };
    let given = [
        ("username", wire.username.is_some()),
        ("password", wire.password.is_some()),
        ("password_file", wire.password_file.is_some()),
        ("token", wire.token.is_some()),
        ("token_file", wire.token_file.is_some()),
        ("header", wire.header.is_some()),
        ("secret", wire.secret.is_some()),
        ("secret_file", wire.secret_file.is_some()),
        ("algorithm", wire.algorithm.is_some()),
    ];
    match given.iter().find(|(name, is_given)| *is_given && !allowed.contains(name)) {
        None => Ok(()),
        Some((name, _)) => Err(ConfigError::at(
            &format!("{path}.{name}"),
            format!("auth type `{}` does not use `{name}`; remove it", wire.auth_type),
        )),
    }
}
