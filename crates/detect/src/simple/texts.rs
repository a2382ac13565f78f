//! What a match of a YAML detection says: title, dedup string, severity, context. Source: `detections.md`
//! §2.1 (limits) and §4.7.

use content::{Piece, SimpleDetection, Template};
use model::{MatchFinding, RuleId};
use serde_json::{Map, Value};
use stdx::truncate_generated;

use super::Simple;
use super::lookup::{Case, find};
use super::python_text::python_str;

/// Longest title and dedup string, in characters.
const TEXT_CHARS_MAX: usize = 1000;
/// Longest context, in characters of JSON with everything beyond ASCII escaped.
const CONTEXT_CHARS_MAX: usize = 204_800;

pub(super) fn describe(detection: &SimpleDetection, rule_id: &RuleId, event: &Value) -> MatchFinding {
    let title = detection.title.as_ref().map(|template| render(template, event));
    let default_dedup = format!("defaultDedupString:{rule_id}");
    let dedup = if detection.group_by.is_empty() {
        title.clone().filter(|title| !title.is_empty()).unwrap_or(default_dedup)
    } else {
        group(detection, event)
    };
    let mut warnings = Vec::new();
    let severity = Simple { detection }.severity(event).unwrap_or_else(|error| {
        warnings.push(format!("DynamicSeverities failed: {error}; the configured severity stands"));
        None
    });
    MatchFinding {
        rule_id: rule_id.clone(),
        title,
        description: None,
        reference: None,
        runbook: None,
        severity,
        destinations: None,
        dedup,
        alert_context: (!detection.context.is_empty()).then(|| context(detection, event)),
        unique: None,
        counts_unique: false,
        warnings,
    }
}

/// The title; a key that the event lacks is an empty text.
fn render(template: &Template, event: &Value) -> String {
    let mut text = String::new();
    for piece in &template.0 {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Value(path) => match find(path, event, Case::Insensitive) {
                super::Found::Missing => {}
                found => text.push_str(&python_str(found.value())),
            },
        }
    }
    truncate_generated(&text, TEXT_CHARS_MAX)
}

/// A JSON array of the values, so that no two combinations give the same text.
fn group(detection: &SimpleDetection, event: &Value) -> String {
    let value = |path| find(path, event, Case::Insensitive).value().clone();
    let values: Vec<Value> = detection.group_by.iter().map(value).collect();
    truncate_generated(&Value::Array(values).to_string(), TEXT_CHARS_MAX)
}

fn context(detection: &SimpleDetection, event: &Value) -> Map<String, Value> {
    let entry =
        |(name, path): &(String, _)| (name.clone(), find(path, event, Case::Insensitive).value().clone());
    let context: Map<String, Value> = detection.context.iter().map(entry).collect();
    let length = object_length(&context);
    if length <= CONTEXT_CHARS_MAX {
        return context;
    }
    let message = format!(
        "alert_context size is [{length}] characters, bigger than maximum of [{CONTEXT_CHARS_MAX}] characters"
    );
    Map::from_iter([("_error".to_owned(), Value::from(message))])
}

/// Characters of an object as Python's `json.dumps` writes it: escaped to ASCII, a space after `,` and `:`.
fn object_length(map: &Map<String, Value>) -> usize {
    let entries: usize = map.iter().map(|(key, value)| text_length(key) + 2 + value_length(value)).sum();
    2 + entries + 2 * map.len().saturating_sub(1)
}

fn value_length(value: &Value) -> usize {
    match value {
        Value::String(text) => text_length(text),
        Value::Array(elements) => {
            let inner: usize = elements.iter().map(value_length).sum();
            2 + inner + 2 * elements.len().saturating_sub(1)
        }
        Value::Object(map) => object_length(map),
        scalar => scalar.to_string().len(),
    }
}

fn text_length(text: &str) -> usize {
    2 + text.chars().map(escaped_length).sum::<usize>()
}

fn escaped_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        ' '..='\u{7f}' => 1,
        character => 6 * character.len_utf16(),
    }
}
