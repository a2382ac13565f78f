//! Destinations of the file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use delivery::DeliveryPolicy;
use destinations::Destination as Sender;
use model::{AlertType, Destination, DestinationId, DestinationType, LogType, Severity};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::validate::{delivery_override, delivery_policy};
use super::values;
use super::wire::DestinationWire;
use super::{ConfigError, Environment};

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

pub(super) fn validate(
    wire: DestinationWire,
    path: &str,
    default: &DeliveryPolicy,
    base: &Path,
    environment: &Environment,
) -> Result<DestinationConfig, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    if wire.name.is_empty() || wire.name.contains(['<', '>', '&', '"', '%', '\'']) {
        let message = format!("`{}` is no legal name: not empty, none of < > & \" % '", wire.name);
        return Err(ConfigError::at(&key("name"), message));
    }
    let config = clear_config(&wire.destination_type, wire.config, &key("config"), base, environment)?;
    let sender = destinations::build(&wire.destination_type, &config).map_err(|error| {
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
        log_types: wire.log_types.into_iter().map(LogType::from).collect(),
        manual_dispatch: wire.manual_dispatch.unwrap_or(true),
        enabled: wire.enabled.unwrap_or(true),
        provisioned: true,
    };
    let policy_override = delivery_override(&wire.delivery);
    let policy = delivery_policy(wire.delivery, default, &key("delivery"))?;
    let masked_config = destinations::mask_secrets(&wire.destination_type, &config);
    Ok(DestinationConfig { record, sender, masked_config, policy, policy_override })
}

fn severity(word: &str) -> Result<Severity, String> {
    Severity::ALL
        .into_iter()
        .find(|severity| severity.as_str() == word)
        .ok_or_else(|| "one of INFO, LOW, MEDIUM, HIGH, CRITICAL (upper case)".to_owned())
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

/// `config` with secrets in clear: `key_file` is read into `key`, `${NAME}` is replaced everywhere.
fn clear_config(
    kind: &str,
    config: Map<String, Value>,
    path: &str,
    base: &Path,
    environment: &Environment,
) -> Result<Value, ConfigError> {
    let schema = destinations::find_type(kind).map(|entry| (entry.config_schema)());
    let is_key = |name: &str| schema.as_ref().is_some_and(|schema| schema["properties"].get(name).is_some());
    let mut clear = Map::new();
    for (name, value) in config {
        let value_path = format!("{path}.{name}");
        let from_file = name.strip_suffix("_file").filter(|stem| is_key(stem) && !is_key(&name));
        match (from_file, &value) {
            (Some(stem), Value::String(file)) => {
                let text = values::secret_file(&format!("{path}.{stem}"), &base.join(file))?;
                if clear.insert(stem.to_owned(), Value::String(text)).is_some() {
                    let message = format!("`{stem}` and `{name}` are both given; keep one");
                    return Err(ConfigError::at(&value_path, message));
                }
            }
            _ => {
                let expanded = expand_value(&value_path, value, environment)?;
                if clear.insert(name.clone(), expanded).is_some() {
                    let message = format!("`{name}` and `{name}_file` are both given; keep one");
                    return Err(ConfigError::at(&value_path, message));
                }
            }
        }
    }
    Ok(Value::Object(clear))
}

fn expand_value(path: &str, value: Value, environment: &Environment) -> Result<Value, ConfigError> {
    Ok(match value {
        Value::String(text) => Value::String(values::expand(path, &text, environment)?),
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| expand_value(&format!("{path}[{index}]"), item, environment))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, item)| {
                    let item = expand_value(&format!("{path}.{key}"), item, environment)?;
                    Ok((key, item))
                })
                .collect::<Result<_, ConfigError>>()?,
        ),
        other => other,
    })
}
