//! The schema language as its users see it: YAML in, events out.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod builtin;
mod coercions;
mod documents;
mod indicators;
mod properties;
mod times;

use schema::{Mismatch, Normalised, SchemaSet};
use serde_json::Value;

/// Normalises one JSON text with a custom schema of the given YAML (`schema:` is put in front).
fn normalise(yaml: &str, entry: &str) -> Result<Normalised, Mismatch> {
    let mut set = SchemaSet::default();
    let name = set.add("test.yml", &format!("schema: Custom.Test\n{yaml}")).unwrap_or_else(|e| panic!("{e}"));
    let entry = schema::parse_json(entry).unwrap();
    let mut outcome = set.get(name.as_str()).unwrap().normalise(entry)?;
    assert!(outcome.rejected.is_empty());
    Ok(outcome.events.remove(0))
}

/// The one field `f`, declared by a flow mapping, when the entry holds `value` in it; `absent` when it is left out.
fn field(declaration: &str, value: &str) -> String {
    let yaml = format!("fields: [{{name: f, {declaration}}}]");
    match normalise(&yaml, &format!(r#"{{"f":{value}}}"#)) {
        Ok(event) => event.fields.get("f").map_or("absent".to_owned(), Value::to_string),
        Err(mismatch) => mismatch.to_string(),
    }
}

/// The error of a document, `schema:` included in the text.
fn error_of(yaml: &str) -> String {
    SchemaSet::default()
        .add("test.yml", yaml)
        .map_or_else(|e| e.to_string(), |name| format!("accepted {name}"))
}
