//! Key specifiers: `Key`, `DeepKey`, `KeyPath`, `Enrichment`.

use super::path::{KeyPath, Names, Step};
use crate::check::check_shape;
use crate::codes;
use crate::keys::{Kind, Shape, must, shape};
use crate::report::Report;
use crate::yaml::{Mapping, Node, Yaml};

/// The words that name a key.
pub(super) const WORDS: [&str; 4] = ["Key", "DeepKey", "KeyPath", "Enrichment"];

static ENRICHMENT: Shape =
    shape(&[must("Table", Kind::Text), must("Selector", Kind::Text), must("FieldPath", Kind::Text)]);

/// Reads the key that `word` names; whatever is wrong is reported.
pub(super) fn read(
    word: &str,
    node: &Node,
    path: &str,
    names: Names,
    report: &mut Report<'_>,
) -> Option<KeyPath> {
    match word {
        "Key" => {
            let name = text(node, path, report)?;
            if name.is_empty() {
                report_path(node, path, "the name is empty", "name a field of the event", report);
                return None;
            }
            Some(KeyPath::field(name))
        }
        "DeepKey" => deep_key(node, path, report),
        "KeyPath" => key_path(node, path, names, report),
        _ => enrichment(node, path, names, report),
    }
}

/// Reads a mapping that is a key specifier and nothing else: an entry of `GroupBy` and the like.
pub(super) fn read_alone(node: &Node, path: &str, report: &mut Report<'_>) -> Option<KeyPath> {
    let known = &WORDS[..3];
    let word = node.as_map().and_then(|map| single_word(map, known));
    let (Some(word), Some(map)) = (word, node.as_map()) else {
        let message = format!("`{path}` must be one of `Key`, `DeepKey` and `KeyPath`, and nothing else");
        let hint = Some("write `{KeyPath: a.b}`".to_owned());
        report.add_with_hint(&codes::SIMPLE_KEY, node.span, message, hint);
        return None;
    };
    read(word, &map[word].value, &format!("{path}.{word}"), Names::Lenient, report)
}

fn single_word<'w>(map: &Mapping, known: &[&'w str]) -> Option<&'w str> {
    known.iter().copied().find(|word| map.len() == 1 && map.contains_key(*word))
}

fn key_path(node: &Node, path: &str, names: Names, report: &mut Report<'_>) -> Option<KeyPath> {
    let written = text(node, path, report)?;
    KeyPath::parse(written, names)
        .map_err(|error| report_path(node, path, &error.message, &error.hint, report))
        .ok()
}

/// A list of names and positions.
fn deep_key(node: &Node, path: &str, report: &mut Report<'_>) -> Option<KeyPath> {
    let Some(entries) = node.as_list().filter(|entries| !entries.is_empty()) else {
        let hint = "write a list of names and positions, such as `[a, b, 0]`";
        report_path(node, path, "this is no list of names and positions", hint, report);
        return None;
    };
    let mut steps = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let step = match &entry.value {
            Yaml::Text(name) => Some(Step::Field(name.clone())),
            Yaml::Int(number) => number.as_i64().map(Step::Index),
            _ => None,
        };
        let Some(step) = step else {
            let message = format!("{} is neither a name nor a position", entry.kind_name());
            let hint = "put names that look like something else in quotes";
            report_path(entry, &format!("{path}[{index}]"), &message, hint, report);
            return None;
        };
        steps.push(step);
    }
    Some(KeyPath::of_steps(steps))
}

fn enrichment(node: &Node, path: &str, names: Names, report: &mut Report<'_>) -> Option<KeyPath> {
    let Some(map) = node.as_map() else {
        let message = format!("`{path}` must be a mapping, not {}", node.kind_name());
        let hint = Some("write `{Table: name, Selector: field, FieldPath: a.b}`".to_owned());
        report.add_with_hint(&codes::SIMPLE_KEY, node.span, message, hint);
        return None;
    };
    check_shape(map, &ENRICHMENT, path, node.span, report);
    let member = |name: &str| map.get(name).and_then(|field| Some((field.value.as_text()?, &field.value)));
    let ((table, _), (selector, _), (_, field)) =
        (member("Table")?, member("Selector")?, member("FieldPath")?);
    let field = key_path(field, &format!("{path}.FieldPath"), names, report)?;
    Some(KeyPath::enrichment(table, selector, field))
}

fn text<'n>(node: &'n Node, path: &str, report: &mut Report<'_>) -> Option<&'n str> {
    let text = node.as_text();
    if text.is_none() {
        let message = format!("`{path}` must be a text, not {}", node.kind_name());
        let hint = Some("put it in quotes".to_owned());
        report.add_with_hint(&codes::SIMPLE_KEY, node.span, message, hint);
    }
    text
}

fn report_path(node: &Node, path: &str, message: &str, hint: &str, report: &mut Report<'_>) {
    let message = format!("`{path}`: {message}");
    report.add_with_hint(&codes::SIMPLE_PATH, node.span, message, Some(hint.to_owned()));
}
