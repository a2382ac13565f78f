//! Shows to people what later content roots make of earlier ones.

use content::{Change, Override, OverrideWhat, Place};
use serde_json::Value;

/// Longer values are cut, in characters.
const VALUE_CHARS_MAX: usize = 60;

/// A section with a line for each step; empty when there is none.
pub(super) fn section(overrides: &[Override]) -> String {
    if overrides.is_empty() {
        return String::new();
    }
    let rows: Vec<(&str, String, String)> = overrides
        .iter()
        .map(|step| (step.id.as_str(), what(step), format!("{} → {}", place(&step.from), place(&step.to))))
        .collect();
    let width = |cell: fn(&(&str, String, String)) -> usize| rows.iter().map(cell).max().unwrap_or_default();
    let id_width = width(|row| row.0.chars().count());
    let what_width = width(|row| row.1.chars().count());
    let mut text = "overrides\n".to_owned();
    for (id, what, places) in &rows {
        text += &format!("  {id:id_width$}  {what:what_width$}  {places}\n");
    }
    text + "\n"
}

fn place(place: &Place) -> String {
    format!("{}:{}", place.file.display(), place.line)
}

/// `replaced`, or the keys with their values.
fn what(step: &Override) -> String {
    match step.what {
        OverrideWhat::Replaced => "replaced".to_owned(),
        OverrideWhat::Changed => step.changes.iter().map(change).collect::<Vec<_>>().join(", "),
    }
}

/// `severity High → Low`; lists and filters are named only.
fn change(change: &Change) -> String {
    let Change { key, before, after } = change;
    match (scalar(before), scalar(after)) {
        (Some(before), Some(after)) => format!("{key} {before} → {after}"),
        _ => (*key).to_owned(),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("unset".to_owned()),
        Value::String(text) => Some(text.chars().take(VALUE_CHARS_MAX).collect()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(what: OverrideWhat, changes: Vec<Change>) -> Override {
        let place = |file: &str, line| Place { file: file.into(), line };
        Override {
            id: "My.Rule".to_owned(),
            what,
            changes,
            from: place("a/r.yml", 2),
            to: place("b/x.yml", 3),
        }
    }

    #[test]
    fn steps_are_lined_up() {
        let changes = vec![
            Change { key: "severity", before: json!("High"), after: json!("Low") },
            Change { key: "threshold", before: Value::Null, after: json!(5) },
            Change { key: "tags", before: json!(["a"]), after: json!([]) },
        ];
        let (first, second) = (step(OverrideWhat::Replaced, vec![]), step(OverrideWhat::Changed, changes));
        let expected = "overrides\n  \
            My.Rule  replaced                                        a/r.yml:2 → b/x.yml:3\n  \
            My.Rule  severity High → Low, threshold unset → 5, tags  a/r.yml:2 → b/x.yml:3\n\n";
        assert_eq!(section(&[first, second]), expected);
        assert_eq!(section(&[]), "");
    }
}
