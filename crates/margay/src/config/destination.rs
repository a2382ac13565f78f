//! Destinations of the file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use api_types::DestinationForm;
use delivery::DeliveryPolicy;
use destinations::Destination as Sender;
use model::{AlertType, Destination, DestinationId, DestinationType, LogType, Severity};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::validate::{delivery_override, delivery_policy, delivery_wire};
use super::values;
use super::wire::DestinationWire;
use super::{ConfigError, DeliveryDefault, Environment};

/// One destination, ready to send.
#[derive(Debug, Clone)]
pub(crate) struct DestinationConfig {
    /// What routing sees.
    pub(crate) record: Destination,
    /// Who sends.
    pub(crate) sender: Arc<dyn Sender>,
    /// `config` with every secret masked.
    pub(crate) masked_config: Value,
    /// How often, how long, how many at once.
    pub(crate) policy: DeliveryPolicy,
    /// The settings that differ from the default, as written.
    pub(crate) policy_override: api_types::DeliveryPolicy,
}

impl DestinationConfig {
    /// The same where what it does not set itself is another default.
    pub(crate) fn with_default(&self, default: &DeliveryDefault) -> Result<DestinationConfig, ConfigError> {
        let wire = delivery_wire(self.policy_override.clone());
        let path = format!("destinations.{}.delivery", self.record.display_name);
        let default = default.of_type(&self.record.destination_type.to_string());
        Ok(DestinationConfig { policy: delivery_policy(wire, &default, &path)?, ..self.clone() })
    }
}

/// A destination of the file.
pub(super) fn validate(
    mut wire: DestinationWire,
    path: &str,
    default: &DeliveryDefault,
    base: &Path,
    environment: &Environment,
) -> Result<DestinationConfig, ConfigError> {
    let schema = destinations::find_type(&wire.destination_type).map(|entry| (entry.config_schema)());
    let config = std::mem::take(&mut wire.config);
    let prefix = format!("{path}.");
    check_name(&wire.name, &format!("{prefix}name"))?;
    let source = SecretSource { base, environment };
    let config = source.clear(&format!("{prefix}config"), schema.as_ref(), Value::Object(config))?;
    built(wire, &config, &prefix, default, true)
}

/// A destination of a form. Its secrets are in clear: nothing is read from files or the environment of the
/// server, which are not the caller's.
pub(crate) fn of_form(
    form: DestinationForm,
    id: &DestinationId,
    default: &DeliveryDefault,
) -> Result<DestinationConfig, ConfigError> {
    let DestinationForm {
        id: _,
        display_name,
        destination_type,
        config,
        severities,
        alert_types,
        log_types,
        manual_dispatch,
        enabled,
        delivery,
    } = form;
    let wire = DestinationWire {
        name: display_name,
        id: Some(id.to_string()),
        destination_type,
        config: Map::new(),
        severities,
        alert_types,
        log_types,
        manual_dispatch,
        enabled,
        delivery: delivery_wire(delivery),
    };
    let built =
        check_name(&wire.name, "name").and_then(|()| built(wire, &Value::Object(config), "", default, false));
    built.map_err(|error| ConfigError { path: form_path(&error.path), ..error })
}

/// The path of a key of the file as the API calls it.
fn form_path(path: &str) -> String {
    let (head, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let head = match head {
        "name" => "displayName",
        "alert_types" => "alertTypes",
        "log_types" => "logTypes",
        other => other,
    };
    format!("{head}{rest}")
}

/// Checks everything but the name; secrets are in clear.
fn built(
    wire: DestinationWire,
    config: &Value,
    prefix: &str,
    default: &DeliveryDefault,
    provisioned: bool,
) -> Result<DestinationConfig, ConfigError> {
    let key = |name: &str| format!("{prefix}{name}");
    let sender = destinations::build(&wire.destination_type, config).map_err(|error| {
        let in_config = destinations::find_type(&wire.destination_type).is_some();
        let path = match (in_config, error.path.is_empty()) {
            (false, _) => key("type"),
            (true, true) => key("config"),
            (true, false) => format!("{}.{}", key("config"), error.path),
        };
        ConfigError::at(&path, error.message)
    })?;
    let id = wire.id.unwrap_or_else(|| {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("margay:destination:{}", wire.name).as_bytes()).to_string()
    });
    let record = Destination {
        id: DestinationId::new(id),
        display_name: wire.name,
        destination_type: DestinationType(wire.destination_type.as_str().into()),
        severities: words(&wire.severities, &key("severities"), severity)?,
        alert_types: words(&wire.alert_types, &key("alert_types"), alert_type)?,
        log_types: words(&wire.log_types, &key("log_types"), log_type)?,
        manual_dispatch: wire.manual_dispatch.unwrap_or(true),
        enabled: wire.enabled.unwrap_or(true),
        provisioned,
        mute: None,
    };
    let policy_override = delivery_override(&wire.delivery);
    let policy = delivery_policy(wire.delivery, &default.of_type(&wire.destination_type), &key("delivery"))?;
    let masked_config = destinations::mask_secrets(&wire.destination_type, config);
    Ok(DestinationConfig { record, sender, masked_config, policy, policy_override })
}

/// Longest name of a log type; all of its characters are ASCII.
const LOG_TYPE_BYTES_MAX: usize = 255;
/// Longest name of a destination, in characters.
const NAME_CHARS_MAX: usize = 255;

fn check_name(name: &str, path: &str) -> Result<(), ConfigError> {
    let length = name.chars().count();
    if length > NAME_CHARS_MAX {
        let message = format!("a name has at most {NAME_CHARS_MAX} characters, this one {length}");
        return Err(ConfigError::at(path, message));
    }
    let is_legal = |c: char| !c.is_control() && !['<', '>', '&', '"', '%', '\''].contains(&c);
    if name.is_empty() || !name.chars().all(is_legal) {
        let shown = name.escape_debug();
        let message =
            format!("`{shown}` is no legal name: not empty, no control characters, none of < > & \" % '");
        return Err(ConfigError::at(path, message));
    }
    Ok(())
}

fn severity(word: &str) -> Result<Severity, String> {
    Severity::ALL
        .into_iter()
        .find(|severity| severity.as_str() == word)
        .ok_or_else(|| "one of INFO, LOW, MEDIUM, HIGH, CRITICAL (upper case)".to_owned())
}

/// Whether there is a schema for it shows only when content is loaded; schemas may also come later.
fn log_type(word: &str) -> Result<LogType, String> {
    let is_bounded = (1..=LOG_TYPE_BYTES_MAX).contains(&word.len());
    if is_bounded && word.chars().all(|c| c.is_ascii_graphic()) {
        Ok(LogType::from(word))
    } else {
        Err(format!(
            "the name of a log type, such as Okta.SystemLog, of at most {LOG_TYPE_BYTES_MAX} characters"
        ))
    }
}

fn alert_type(word: &str) -> Result<AlertType, String> {
    word.parse().map_err(|error: model::UnknownWord| format!("one of {}", error.expected))
}

fn words<T: Ord>(
    texts: &[String],
    path: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<BTreeSet<T>, ConfigError> {
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            parse(text).map_err(|expected| ConfigError::value(&format!("{path}[{index}]"), text, &expected))
        })
        .collect()
}

/// Where secrets that are not written out come from.
#[derive(Clone, Copy)]
struct SecretSource<'a> {
    /// Files are relative to this folder.
    base: &'a Path,
    environment: &'a Environment,
}

impl SecretSource<'_> {
    /// A value with secrets in clear: `${NAME}` is replaced in every text, and where `schema` knows a secret
    /// `key`, `key_file` is read into it, at any depth. In an open map such as `headers` every name is a key
    /// of its own, `X-Key_file` too.
    fn clear(&self, path: &str, schema: Option<&Value>, value: Value) -> Result<Value, ConfigError> {
        Ok(match value {
            Value::String(text) => Value::String(values::expand(path, &text, self.environment)?),
            Value::Array(items) => {
                let schema = schema.and_then(|schema| schema.get("items"));
                let clear = |(index, item)| self.clear(&format!("{path}[{index}]"), schema, item);
                Value::Array(items.into_iter().enumerate().map(clear).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Value::Object(self.clear_map(path, schema, map)?),
            other => other,
        })
    }

    fn clear_map(
        &self,
        path: &str,
        schema: Option<&Value>,
        map: Map<String, Value>,
    ) -> Result<Map<String, Value>, ConfigError> {
        let named = |key: &str| schema?.get("properties")?.get(key);
        let is_secret = |key: &str| named(key).is_some_and(|node| node["writeOnly"] == true);
        let mut clear = Map::new();
        for (key, value) in map {
            let value_path = format!("{path}.{key}");
            let file_of = key.strip_suffix("_file").filter(|stem| is_secret(stem) && named(&key).is_none());
            let (key, value) = match (file_of, value) {
                (None, value) => {
                    let value = self.clear(&value_path, named(&key), value)?;
                    (key, value)
                }
                // `null` means absent everywhere in `config`.
                (Some(_), Value::Null) => continue,
                (Some(stem), Value::String(file)) => {
                    let text = values::secret_file(&format!("{path}.{stem}"), &self.base.join(file))?;
                    (stem.to_owned(), Value::String(text))
                }
                (Some(_), _) => {
                    return Err(ConfigError::at(&value_path, "must be the path of a file".to_owned()));
                }
            };
            if clear.insert(key.clone(), value).is_some() {
                let message = format!("`{key}` and `{key}_file` are both given; keep one");
                return Err(ConfigError::at(&value_path, message));
            }
        }
        Ok(clear)
    }
}
