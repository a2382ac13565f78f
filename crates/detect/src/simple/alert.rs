//! What a match of a detection in YAML says: title, dedup string, context, severity.
//! Source: `detections.md` §2.1 (limits) and §4.7.

use content::simple::{self as ast, KeyPath, SimpleDetection};
use model::{MatchFinding, RuleId, Severity};
use serde_json::{Map, Value};
use stdx::truncate_generated;

use super::expression::{Compiled, Mode, Scope, all, compile};
use super::fault::EvaluationError;
use super::lookup::Path;
use super::python_text::write_str;

/// Longest title and dedup string, in characters.
const TEXT_CHARS_MAX: usize = 1000;
/// Largest alert context, in characters of the JSON that Python writes.
const CONTEXT_CHARS_MAX: usize = 204_800;

/// The alert keys, compiled.
#[derive(Debug)]
pub(super) struct AlertKeys {
    title: Option<Vec<Piece>>,
    group_by: Vec<Path>,
    context: Vec<(String, Path)>,
    severities: Vec<(Severity, Vec<Compiled>)>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Value(Path),
}

impl AlertKeys {
    pub(super) fn compile(detection: &SimpleDetection, mode: Mode) -> AlertKeys {
        let path = |key: &KeyPath| Path::compile(key, mode.case);
        let piece = |piece: &ast::Piece| match piece {
            ast::Piece::Text(text) => Piece::Text(text.clone()),
            ast::Piece::Value(key) => Piece::Value(path(key)),
        };
        AlertKeys {
            title: detection.title.as_ref().map(|template| template.0.iter().map(piece).collect()),
            group_by: detection.group_by.iter().map(path).collect(),
            context: detection.context.iter().map(|entry| (entry.name.clone(), path(&entry.key))).collect(),
            severities: detection
                .severities
                .iter()
                .map(|entry| (entry.severity, compile(&entry.conditions, mode)))
                .collect(),
        }
    }

    /// Whether `DynamicSeverities` is given.
    pub(super) fn has_severities(&self) -> bool {
        !self.severities.is_empty()
    }

    /// Title with all of its values; `None` without `AlertTitle`.
    pub(super) fn title(&self, scope: Scope<'_>) -> Option<String> {
        let mut text = String::new();
        for piece in self.title.as_ref()? {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Value(path) => {
                    if let Some(view) = scope.find(path).view() {
                        write_str(&mut text, view);
                    }
                }
            }
        }
        Some(truncate_generated(&text, TEXT_CHARS_MAX))
    }

    /// The values of `GroupBy` as a JSON array, so that different values never give the same text; else the
    /// title; else a text of the rule.
    pub(super) fn dedup(&self, rule_id: &RuleId, title: Option<&str>, scope: Scope<'_>) -> String {
        if self.group_by.is_empty() {
            return match title {
                Some(title) if !title.is_empty() => title.to_owned(),
                _ => format!("defaultDedupString:{rule_id}"),
            };
        }
        let values = self.group_by.iter().map(|path| value(path, scope)).collect();
        truncate_generated(&Value::Array(values).to_string(), TEXT_CHARS_MAX)
    }

    /// `None` without `AlertContext`.
    pub(super) fn context(&self, scope: Scope<'_>) -> Option<Map<String, Value>> {
        if self.context.is_empty() {
            return None;
        }
        let entries = self.context.iter().map(|(name, path)| (name.clone(), value(path, scope)));
        let context: Map<String, Value> = entries.collect();
        let length = python_length_of_object(&context);
        if length <= CONTEXT_CHARS_MAX {
            return Some(context);
        }
        let note = format!(
            "alert_context size is [{length}] characters, bigger than maximum of [{CONTEXT_CHARS_MAX}] characters"
        );
        Some(Map::from_iter([("_error".to_owned(), Value::String(note))]))
    }

    /// The severity of the first entry whose conditions hold; `None` when none does.
    pub(super) fn severity(&self, scope: Scope<'_>) -> Result<Option<Severity>, EvaluationError> {
        for (severity, conditions) in &self.severities {
            if all(conditions, scope)? {
                return Ok(Some(*severity));
            }
        }
        Ok(None)
    }

    /// Everything that a match says. A severity that cannot be found out leaves the configured one, with a
    /// warning.
    pub(super) fn describe(&self, rule_id: &RuleId, scope: Scope<'_>) -> MatchFinding {
        let title = self.title(scope);
        let mut warnings = Vec::new();
        let severity = self.severity(scope).unwrap_or_else(|error| {
            warnings.push(format!("DynamicSeverities failed: {error}; the configured severity is used"));
            None
        });
        MatchFinding {
            rule_id: rule_id.clone(),
            dedup: self.dedup(rule_id, title.as_deref(), scope),
            title,
            description: None,
            reference: None,
            runbook: None,
            severity,
            destinations: None,
            alert_context: self.context(scope),
            unique: None,
            counts_unique: false,
            warnings,
        }
    }
}

fn value(path: &Path, scope: Scope<'_>) -> Value {
    scope.find(path).view().map_or(Value::Null, super::view::View::to_json)
}

/// Characters of what Python's `json.dumps` writes: blanks behind `,` and `:`, everything that is not ASCII
/// as `\uXXXX`. The depth is that of an event.
fn python_length(value: &Value) -> usize {
    match value {
        Value::Array(list) => 2 + separators(list.len()) + list.iter().map(python_length).sum::<usize>(),
        Value::Object(object) => python_length_of_object(object),
        Value::String(text) => python_length_of_text(text),
        other => other.to_string().len(),
    }
}

fn python_length_of_object(object: &Map<String, Value>) -> usize {
    let entry = |(key, value): (&String, &Value)| python_length_of_text(key) + 2 + python_length(value);
    2 + separators(object.len()) + object.iter().map(entry).sum::<usize>()
}

fn separators(count: usize) -> usize {
    2 * count.saturating_sub(1)
}

fn python_length_of_text(text: &str) -> usize {
    let length = |character: char| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        ' '..='~' => 1,
        other => 6 * other.len_utf16(),
    };
    2 + text.chars().map(length).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_python() {
        for (json, expected) in [
            (r#"{}"#, 2),
            (r#"{"a":1}"#, 8),
            (r#"{"a":[1,2,{"b":null}],"c":"x"}"#, 36),
            (r#"["a\"b\\c\n\u0001\u007fé😀"]"#, 43),
            ("[true,false,1.5]", 18),
        ] {
            assert_eq!(python_length(&model::json::parse_json(json).unwrap()), expected, "{json}");
        }
    }
}
