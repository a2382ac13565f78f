//! The table of destination types: one line each.

use std::sync::Arc;

use serde_json::Value;

use crate::config::{ConfigError, ConfigReader};
use crate::destination::Destination;
use crate::{slack, tines, webhook};

/// One destination type.
#[derive(Debug)]
pub struct TypeEntry {
    /// The word in configuration, API and links.
    pub kind: &'static str,
    /// The name people know.
    pub label: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Where its guide is, relative to the documentation's root.
    pub docs_url: &'static str,
    /// JSON Schema of `config`; secrets are marked `writeOnly`.
    pub config_schema: fn() -> Value,
    build: BuildFn,
}

pub(crate) type BuildFn = fn(ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError>;

#[rustfmt::skip]
static REGISTRY: &[TypeEntry] = &[
    TypeEntry { kind: slack::KIND, label: "Slack", description: "A message in one Slack channel, by an incoming webhook.", docs_url: "docs/destinations/slack.md", config_schema: slack::schema, build: slack::build },
    TypeEntry { kind: tines::KIND, label: "Tines", description: "Starts a Tines story with the alert as JSON.", docs_url: "docs/destinations/tines.md", config_schema: tines::schema, build: tines::build },
    TypeEntry { kind: webhook::KIND, label: "Custom Webhook", description: "The alert as JSON to any HTTP address.", docs_url: "docs/destinations/webhook.md", config_schema: webhook::schema, build: webhook::build },
];

/// All destination types, by type word.
pub fn registry() -> &'static [TypeEntry] {
    REGISTRY
}

/// One destination type, or `None`.
pub fn find_type(kind: &str) -> Option<&'static TypeEntry> {
    REGISTRY.iter().find(|entry| entry.kind == kind)
}

/// Checks `config` and makes the destination; secrets must be in clear.
///
/// # Errors
///
/// When the type is unknown, a key is unknown, missing or wrong; the error never holds a value.
pub fn build(kind: &str, config: &Value) -> Result<Arc<dyn Destination>, ConfigError> {
    let entry = find_type(kind).ok_or_else(|| ConfigError::new("", unknown_type(kind)))?;
    (entry.build)(ConfigReader::open(&(entry.config_schema)(), config)?)
}

fn unknown_type(kind: &str) -> String {
    let near = REGISTRY
        .iter()
        .map(|entry| (strsim::damerau_levenshtein(entry.kind, kind), entry.kind))
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, known)) => format!("unknown destination type `{kind}`; did you mean `{known}`?"),
        None => {
            let known: Vec<String> = REGISTRY.iter().map(|entry| format!("`{}`", entry.kind)).collect();
            format!("unknown destination type `{kind}`; known types are {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_described_and_keeps_its_address_secret() {
        for entry in registry() {
            let schema = (entry.config_schema)();
            assert_eq!(schema["type"], "object", "{}", entry.kind);
            assert_eq!(schema["additionalProperties"], false, "{}", entry.kind);
            assert_eq!(schema["properties"]["webhook_url"]["writeOnly"], true, "{}", entry.kind);
            assert!(schema["properties"]["base_url"].get("writeOnly").is_none(), "{}", entry.kind);
            assert!(entry.description.ends_with('.') && !entry.label.is_empty());
        }
    }
}
