//! The keys beside `Detection` that make the texts of alerts. Source: `detections.md` §4.7.

use std::collections::BTreeMap;

use super::ast::{ContextEntry, DynamicSeverity, Piece, SimpleDetection, Template};
use super::expression::{Dialect, Reader};
use super::key;
use super::path::{KeyPath, Names};
use crate::check::{check_shape, parse_severity};
use crate::codes;
use crate::keys::{Kind, Shape, must, shape};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node};

static CONTEXT_ENTRY: Shape = shape(&[must("KeyName", Kind::Text), must("KeyValue", Kind::Any)]);
static SEVERITY_ENTRY: Shape = shape(&[must("ChangeTo", Kind::Severity), must("Conditions", Kind::Any)]);

/// Reads the alert keys; `expressions` stays empty.
pub(super) fn read(map: &Mapping, report: &mut Report<'_>) -> SimpleDetection {
    SimpleDetection {
        expressions: Vec::new(),
        title: map.get("AlertTitle").and_then(|field| template(&field.value, report)),
        group_by: group_by(map, report),
        context: context(map, report),
        severities: severities(map, report),
    }
}

fn entries<'m>(map: &'m Mapping, name: &str, report: &mut Report<'_>) -> &'m [Node] {
    let Some(Field { value, .. }) = map.get(name) else { return &[] };
    value.as_list().unwrap_or_else(|| {
        let message = format!("`{name}` must be a list, not {}", value.kind_name());
        report.add_with_hint(
            &codes::SIMPLE_ALERT_KEY,
            value.span,
            message,
            Some("begin each entry with `- `".to_owned()),
        );
        &[]
    })
}

fn group_by(map: &Mapping, report: &mut Report<'_>) -> Vec<KeyPath> {
    let keys = entries(map, "GroupBy", report).iter().enumerate();
    keys.filter_map(|(index, entry)| key::read_alone(entry, &format!("GroupBy[{index}]"), report)).collect()
}

fn context(map: &Mapping, report: &mut Report<'_>) -> Vec<ContextEntry> {
    let mut lines: BTreeMap<&str, u32> = BTreeMap::new();
    let mut context = Vec::new();
    for (index, entry) in entries(map, "AlertContext", report).iter().enumerate() {
        let path = format!("AlertContext[{index}]");
        let Some(fields) = mapping(entry, &CONTEXT_ENTRY, &path, report) else { continue };
        let (Some(name), Some(value)) = (fields.get("KeyName"), fields.get("KeyValue")) else { continue };
        let key = key::read_alone(&value.value, &format!("{path}.KeyValue"), report);
        let (Some(text), Some(key)) = (name.value.as_text(), key) else { continue };
        if let Some(line) = lines.insert(text, name.value.span.line) {
            let message = format!("`{path}.KeyName`: the name `{text}` is already given in line {line}");
            let hint = Some("only one value can stand under a name".to_owned());
            report.add_with_hint(&codes::SIMPLE_CONTEXT_NAME, name.value.span, message, hint);
        }
        context.push(ContextEntry { name: text.to_owned(), key });
    }
    context
}

fn severities(map: &Mapping, report: &mut Report<'_>) -> Vec<DynamicSeverity> {
    let mut severities = Vec::new();
    for (index, entry) in entries(map, "DynamicSeverities", report).iter().enumerate() {
        let path = format!("DynamicSeverities[{index}]");
        let Some(fields) = mapping(entry, &SEVERITY_ENTRY, &path, report) else { continue };
        let severity = fields.get("ChangeTo").and_then(|field| parse_severity(field.value.as_text()?));
        let Some(conditions) = fields.get("Conditions") else { continue };
        let path = format!("{path}.Conditions");
        let conditions = Reader::new(Dialect::Detection, report).list(&conditions.value, &path);
        severities.extend(severity.map(|severity| DynamicSeverity { severity, conditions }));
    }
    severities
}

/// The fields of an entry, checked against their shape.
fn mapping<'n>(
    node: &'n Node,
    shape: &'static Shape,
    path: &str,
    report: &mut Report<'_>,
) -> Option<&'n Mapping> {
    let Some(map) = node.as_map() else {
        let message = format!("`{path}` must be a mapping, not {}", node.kind_name());
        report.add(&codes::SIMPLE_ALERT_KEY, node.span, message);
        return None;
    };
    check_shape(map, shape, path, node.span, report);
    Some(map)
}

/// `{actor.name} did it`: between braces stands a key path; braces have no escape.
fn template(node: &Node, report: &mut Report<'_>) -> Option<Template> {
    // Anything but a text is reported by the table of keys.
    let text = node.as_text()?;
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let Some((inside, behind)) = after.split_once('}') else {
            let message = "`AlertTitle`: a `{` is not closed".to_owned();
            return refuse_title(
                node,
                message,
                "write `{key}`; a brace that is text is not possible",
                report,
            );
        };
        match KeyPath::parse(inside.trim(), Names::Lenient) {
            Ok(path) => pieces.push(Piece::Value(path)),
            Err(error) => {
                let message = format!("`AlertTitle`: `{{{inside}}}` is no key: {}", error.message);
                return refuse_title(node, message, &error.hint, report);
            }
        }
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(Template(pieces))
}

fn refuse_title(node: &Node, message: String, hint: &str, report: &mut Report<'_>) -> Option<Template> {
    report.add_with_hint(&codes::SIMPLE_TITLE, node.span, message, Some(hint.to_owned()));
    None
}
