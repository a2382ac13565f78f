//! Keeping secrets secret: masks in messages and API answers, and what an update keeps of them.
//!
//! What is secret is said once, by `writeOnly` in the type's configuration schema.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use crate::registry::find_type;

/// What stands in the place of a secret.
pub const MASK: &str = "********";
/// Shorter secrets are not looked for in replies: they would match by chance.
const SECRET_CHARS_MIN: usize = 4;
/// Path segments from this length on are looked for on their own.
const SEGMENT_CHARS_MIN: usize = 16;

/// The secret texts of one destination, to be masked wherever a reply or an error repeats them.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Adds a text.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() >= SECRET_CHARS_MIN && !self.0.iter().any(|known| known == secret) {
            self.0.push(secret.to_owned());
            // The longest first, so that a part never spoils the whole.
            self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// Adds a URL: whole, its path and query, and its long path segments.
    pub(crate) fn add_url(&mut self, url: &Url) {
        self.add(url.as_str());
        let path = url.path();
        match url.query() {
            Some(query) => {
                self.add(&format!("{path}?{query}"));
                self.add(query);
            }
            None => self.add(path),
        }
        for segment in path.split('/').filter(|segment| segment.len() >= SEGMENT_CHARS_MIN) {
            self.add(segment);
        }
    }

    /// Replaces every secret in `text`.
    pub(crate) fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// A URL that is a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretUrl(pub(crate) Url);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The configuration of a destination as the API shows it: secrets read as [`MASK`].
///
/// Of an unknown type every text is masked.
pub fn mask_secrets(kind: &str, config: &Value) -> Value {
    match find_type(kind) {
        Some(entry) => mask_node(&(entry.config_schema)(), config),
        None => mask_all(config),
    }
}

/// What an update makes of a stored configuration: a secret that is absent or [`MASK`] keeps its value,
/// `null` clears it, anything else replaces it. Keys that are no secrets are as `update` says.
pub fn merge_secrets(kind: &str, stored: &Value, update: &Value) -> Value {
    match find_type(kind) {
        Some(entry) => merge_node(&(entry.config_schema)(), Some(stored), update),
        None => update.clone(),
    }
}

fn mask_node(schema: &Value, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ if is_secret(schema) => Value::from(MASK),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| {
                let masked =
                    property(schema, key).map_or_else(|| mask_all(value), |node| mask_node(node, value));
                (key.clone(), masked)
            })
            .collect(),
        other => other.clone(),
    }
}

fn mask_all(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::from(MASK),
        Value::Array(items) => items.iter().map(mask_all).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), mask_all(value))).collect(),
        other => other.clone(),
    }
}

fn merge_node(schema: &Value, stored: Option<&Value>, update: &Value) -> Value {
    if is_secret(schema) {
        return if *update == MASK { stored.cloned().unwrap_or(Value::Null) } else { update.clone() };
    }
    let Value::Object(update) = update else {
        return update.clone();
    };
    let empty = Map::new();
    let stored = stored.and_then(Value::as_object).unwrap_or(&empty);
    let mut merged = Map::new();
    for (key, value) in update {
        let value = match property(schema, key) {
            Some(node) => merge_node(node, stored.get(key), value),
            None => value.clone(),
        };
        if !value.is_null() {
            merged.insert(key.clone(), value);
        }
    }
    for (key, value) in stored {
        let keeps = !update.contains_key(key) && property(schema, key).is_some_and(holds_secret);
        if keeps {
            merged.insert(key.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

fn is_secret(schema: &Value) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
}

fn holds_secret(schema: &Value) -> bool {
    let inside = schema.get("properties").and_then(Value::as_object);
    is_secret(schema)
        || inside.is_some_and(|properties| properties.values().any(holds_secret))
        || schema.get("additionalProperties").is_some_and(holds_secret)
}

/// The schema of one key of an object: a named property, or what is said of all others.
pub(crate) fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let named = schema.get("properties").and_then(|properties| properties.get(key));
    named.or_else(|| schema.get("additionalProperties").filter(|others| others.is_object()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn api_answers_show_no_secret() {
        let config = json!({
            "webhook_url": "https://h.example/secret", "base_url": "https://proxy.example",
            "headers": {"X-Key": "s3cret"}, "basic": {"username": "u", "password": "p"},
            "bearer": null, "method": "PUT", "left_over": "s3cret",
        });
        assert_eq!(
            mask_secrets("webhook", &config),
            json!({
                "webhook_url": MASK, "base_url": "https://proxy.example",
                "headers": {"X-Key": MASK}, "basic": {"username": "u", "password": MASK},
                "bearer": null, "method": "PUT", "left_over": MASK,
            })
        );
        assert_eq!(mask_secrets("nope", &json!({"a": ["b", 1]})), json!({"a": [MASK, 1]}));
    }

    #[test]
    fn updates_keep_clear_and_replace_secrets() {
        let stored = json!({
            "webhook_url": "https://h.example/secret", "method": "PUT",
            "headers": {"A": "1", "B": "2", "C": "3"}, "basic": {"username": "u", "password": "p"},
        });
        let update = json!({
            "webhook_url": MASK, "headers": {"A": MASK, "B": null, "D": "4"}, "basic": {"username": "v"},
        });
        assert_eq!(
            merge_secrets("webhook", &stored, &update),
            json!({
                "webhook_url": "https://h.example/secret",
                "headers": {"A": "1", "D": "4", "C": "3"}, "basic": {"username": "v", "password": "p"},
            })
        );
        let cleared = merge_secrets("webhook", &stored, &json!({"basic": null, "headers": null}));
        assert_eq!(cleared, json!({"webhook_url": "https://h.example/secret"}));
    }

    #[test]
    fn replies_that_repeat_a_secret_are_masked() {
        let mut secrets = Secrets::default();
        secrets.add_url(&Url::parse("https://h.example/services/T0/abcdefghijklmnopqrstuvwx").unwrap());
        secrets.add("tok-123456");
        let text = "POST /services/T0/abcdefghijklmnopqrstuvwx (abcdefghijklmnopqrstuvwx) with tok-123456";
        assert_eq!(secrets.mask(text), "POST ******** (********) with ********");
        assert_eq!(format!("{secrets:?}"), "Secrets(4)");
    }
}
