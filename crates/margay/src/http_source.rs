//! HTTP sources that are made while the server runs: from what a person writes to what is stored, and back to
//! what takes logs.

use api::AdminRefusal;
use api_types::{HttpSource, HttpSourceForm, LogStreamTypeOptions};
use model::SourceId;
use parsers::StreamType;
use serde::{Deserialize, Serialize};
use sources::{Auth, HmacAlgorithm, HttpSourceConfig};
use store::{KeyRing, SecretsError, SourceSettings, StoredSource, StreamOptions};

use crate::config::BODY_BYTES_MAX_DEFAULT;

/// Longest label.
const LABEL_CHARS_MAX: usize = 255;
/// Log types of one source.
const LOG_TYPES_MAX: usize = 100;
/// Longest of the texts that are not checked otherwise: secrets, user names, paths.
const TEXT_BYTES_MAX: usize = 4_096;

/// A source that can take logs.
pub(crate) struct Inlet {
    /// Who may send what.
    pub(crate) config: HttpSourceConfig,
    /// Path of the array inside a document, for [`StreamType::JsonArray`].
    pub(crate) envelope: Vec<String>,
}

/// What is secret about a source; one of them is set, or none.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceSecrets {
    secret_value: Option<String>,
    password: Option<String>,
    bearer_token: Option<String>,
}

impl SourceSecrets {
    /// As it is sealed.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts can be written as JSON")
    }

    /// Opens what is stored.
    pub(crate) fn open(ring: &KeyRing, row: &StoredSource) -> Result<SourceSecrets, SecretsError> {
        let bytes = ring.open(&StoredSource::owner(&row.id), &row.secrets)?;
        serde_json::from_slice(&bytes).map_err(|_| SecretsError::Damaged)
    }

    /// These, and where they say nothing, the old ones.
    fn or(self, old: SourceSecrets) -> SourceSecrets {
        SourceSecrets {
            secret_value: self.secret_value.or(old.secret_value),
            password: self.password.or(old.password),
            bearer_token: self.bearer_token.or(old.bearer_token),
        }
    }
}

/// A form, cut into what is public and what is not.
pub(crate) struct Draft {
    pub(crate) label: String,
    pub(crate) settings: SourceSettings,
    pub(crate) secrets: SourceSecrets,
}

/// Takes a form apart; secrets that it leaves out are those of `old` while the method stays.
pub(crate) fn draft(form: HttpSourceForm, old: Option<(&SourceSettings, SourceSecrets)>) -> Draft {
    let HttpSourceForm {
        integration_label,
        log_stream_type,
        log_stream_type_options,
        log_types,
        auth_method,
        auth_header_key,
        auth_secret_value,
        auth_hmac_alg,
        auth_username,
        auth_password,
        auth_bearer_token,
    } = form;
    let given = |secret: Option<String>| secret.filter(|text| !text.is_empty());
    let secrets = SourceSecrets {
        secret_value: given(auth_secret_value),
        password: given(auth_password),
        bearer_token: given(auth_bearer_token),
    };
    let kept = old.filter(|(settings, _)| settings.auth_method == auth_method);
    let secrets = secrets.or(kept.map(|(_, secrets)| secrets).unwrap_or_default());
    let settings = SourceSettings {
        log_types,
        stream_type: log_stream_type,
        stream_options: log_stream_type_options.map(|options| StreamOptions {
            json_array_envelope_field: options.json_array_envelope_field,
            xml_root_element: options.xml_root_element,
        }),
        auth_method,
        auth_header_key: auth_header_key.unwrap_or_default(),
        auth_hmac_alg: auth_hmac_alg.unwrap_or_default(),
        auth_username: auth_username.unwrap_or_default(),
    };
    Draft { label: integration_label, settings, secrets }
}

/// What takes logs by these settings; the error names the field of the API.
pub(crate) fn inlet(
    id: &SourceId,
    label: &str,
    settings: &SourceSettings,
    secrets: &SourceSecrets,
) -> Result<Inlet, AdminRefusal> {
    let is_line = (1..=LABEL_CHARS_MAX).contains(&label.chars().count())
        && label.trim().len() == label.len()
        && !label.chars().any(char::is_control);
    if !is_line {
        return Err(refuse(
            "integrationLabel",
            "is not a line of 1 to 255 characters without spaces around it",
        ));
    }
    if settings.log_types.is_empty() || settings.log_types.len() > LOG_TYPES_MAX {
        return Err(refuse("logTypes", "does not name 1 to 100 log types"));
    }
    if settings.log_types.iter().any(|log_type| !(1..=LABEL_CHARS_MAX).contains(&log_type.as_str().len())) {
        return Err(refuse("logTypes", "holds a name that is not of 1 to 255 characters"));
    }
    let stream_type = stream_type(&settings.stream_type)?;
    let options = settings.stream_options.clone().unwrap_or_default();
    for (key, text) in [
        ("authUsername", &settings.auth_username),
        ("logStreamTypeOptions.jsonArrayEnvelopeField", &options.json_array_envelope_field),
        ("logStreamTypeOptions.xmlRootElement", &options.xml_root_element),
    ] {
        if text.len() > TEXT_BYTES_MAX {
            return Err(refuse(key, "is longer than 4096 bytes"));
        }
    }
    let path = options.json_array_envelope_field.as_str();
    let envelope = if stream_type == StreamType::JsonArray && !path.is_empty() {
        path.split('.').map(str::to_owned).collect()
    } else {
        Vec::new()
    };
    let config = HttpSourceConfig {
        id: id.clone(),
        label: label.to_owned(),
        log_types: settings.log_types.clone(),
        stream_type,
        body_bytes_max: BODY_BYTES_MAX_DEFAULT,
        no_data_alarm: None,
        auth: auth(settings, secrets)?,
    };
    Ok(Inlet { config, envelope })
}

fn stream_type(word: &str) -> Result<StreamType, AdminRefusal> {
    match word {
        "Auto" => Ok(StreamType::Auto),
        "JSON" => Ok(StreamType::Json),
        "JsonArray" => Ok(StreamType::JsonArray),
        "Lines" => Ok(StreamType::Lines),
        "XML" => Err(refuse(
            "logStreamType",
            "`XML` is not available yet; use `Auto`, `JSON`, `JsonArray` or `Lines`",
        )),
        other => {
            let problem = format!("`{other}` is not one of `Auto`, `JSON`, `JsonArray`, `Lines`");
            Err(refuse("logStreamType", &problem))
        }
    }
}

fn auth(settings: &SourceSettings, secrets: &SourceSecrets) -> Result<Auth, AdminRefusal> {
    let method = settings.auth_method.as_str();
    let secret = |key: &str, value: &Option<String>| {
        let value = value.clone().ok_or_else(|| refuse(key, &format!("is needed for `{method}`")))?;
        if value.len() > TEXT_BYTES_MAX {
            return Err(refuse(key, "is longer than 4096 bytes"));
        }
        Ok(value.into())
    };
    let header = || {
        let name = &settings.auth_header_key;
        name.parse().map_err(|_| refuse("authHeaderKey", &format!("`{name}` is not a legal header name")))
    };
    Ok(match method {
        "None" => Auth::None,
        "Bearer" => Auth::Bearer { token: secret("authBearerToken", &secrets.bearer_token)? },
        "Basic" => {
            let username = settings.auth_username.clone();
            if username.is_empty() || username.contains(':') {
                return Err(refuse("authUsername", "is empty or has a colon"));
            }
            Auth::Basic { username, password: secret("authPassword", &secrets.password)? }
        }
        "SharedSecret" => Auth::SharedSecret {
            header: header()?,
            secret: secret("authSecretValue", &secrets.secret_value)?,
        },
        "HMAC" => Auth::Hmac {
            header: header()?,
            secret: secret("authSecretValue", &secrets.secret_value)?,
            algorithm: match settings.auth_hmac_alg.to_ascii_lowercase().as_str() {
                "" | "sha256" | "sha-256" => HmacAlgorithm::Sha256,
                "sha1" | "sha-1" => HmacAlgorithm::Sha1,
                other => return Err(refuse("authHmacAlg", &format!("`{other}` is not `sha256` or `sha1`"))),
            },
        },
        other => {
            let known = "`SharedSecret`, `HMAC`, `Bearer`, `Basic`, `None`";
            return Err(refuse("authMethod", &format!("`{other}` is not one of {known}")));
        }
    })
}

fn refuse(key: &str, problem: &str) -> AdminRefusal {
    AdminRefusal::Invalid(format!("`{key}`: {problem}"))
}

/// A stored source as the API shows it, exactly as it was written but for its secrets.
pub(crate) fn stored_to_wire(
    row: &StoredSource,
    problem: Option<String>,
    warnings: Vec<String>,
) -> HttpSource {
    let SourceSettings {
        log_types,
        stream_type,
        stream_options,
        auth_method,
        auth_header_key,
        auth_hmac_alg,
        auth_username,
    } = row.settings.clone();
    HttpSource {
        integration_id: row.id.to_string(),
        integration_label: row.label.clone(),
        log_stream_type: stream_type,
        log_stream_type_options: stream_options.map(|options| LogStreamTypeOptions {
            json_array_envelope_field: options.json_array_envelope_field,
            xml_root_element: options.xml_root_element,
        }),
        log_types,
        auth_method,
        auth_header_key,
        auth_secret_value: String::new(),
        auth_hmac_alg,
        auth_username,
        auth_password: String::new(),
        auth_bearer_token: String::new(),
        provisioned: false,
        problem,
        warnings,
        // How it does is known where it is shown.
        is_healthy: false,
        last_event_received_at_time: None,
        last_event_processed_at_time: None,
    }
}

/// A source of the file as the API shows it.
pub(crate) fn declared_to_wire(source: &HttpSourceConfig, warnings: Vec<String>) -> HttpSource {
    let (method, header, algorithm, username) = match &source.auth {
        Auth::None => ("None", None, "", ""),
        Auth::Basic { username, .. } => ("Basic", None, "", username.as_str()),
        Auth::Bearer { .. } => ("Bearer", None, "", ""),
        Auth::SharedSecret { header, .. } => ("SharedSecret", Some(header), "", ""),
        Auth::Hmac { header, algorithm, .. } => ("HMAC", Some(header), hmac_word(*algorithm), ""),
    };
    HttpSource {
        integration_id: source.id.to_string(),
        integration_label: source.label.clone(),
        log_stream_type: match source.stream_type {
            StreamType::Auto => "Auto",
            StreamType::Lines => "Lines",
            StreamType::Json => "JSON",
            StreamType::JsonArray => "JsonArray",
        }
        .to_owned(),
        log_stream_type_options: None,
        log_types: source.log_types.clone(),
        auth_method: method.to_owned(),
        auth_header_key: header.map(ToString::to_string).unwrap_or_default(),
        auth_secret_value: String::new(),
        auth_hmac_alg: algorithm.to_owned(),
        auth_username: username.to_owned(),
        auth_password: String::new(),
        auth_bearer_token: String::new(),
        provisioned: true,
        problem: None,
        warnings,
        // How it does is known where it is shown.
        is_healthy: false,
        last_event_received_at_time: None,
        last_event_processed_at_time: None,
    }
}

fn hmac_word(algorithm: HmacAlgorithm) -> &'static str {
    match algorithm {
        HmacAlgorithm::Sha256 => "sha256",
        HmacAlgorithm::Sha1 => "sha1",
    }
}
