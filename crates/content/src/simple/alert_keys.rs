//! The keys beside `Detection`: title, grouping, context, severities. Source: `detections.md` §4.7.

use super::expression::{Place, Reader};
use super::{KeyPath, Piece, SimpleDetection, Template};
use crate::check::parse_severity;
use crate::codes;
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node};

/// Reads `Detection` and its alert keys.
pub(crate) fn read_detection(map: &Mapping, report: &mut Report<'_>) -> SimpleDetection {
    let mut detection = SimpleDetection {
        conditions: Vec::new(),
        title: map.get("AlertTitle").and_then(|field| template(field, report)),
        group_by: Vec::new(),
        context: Vec::new(),
        severities: Vec::new(),
    };
    if let Some(field) = map.get("Detection") {
        if field.value.as_list().is_some_and(<[Node]>::is_empty) {
            report.add(
                &codes::SIMPLE_NO_RULE,
                field.value.span,
                "`Detection` holds no expression".to_owned(),
            );
        }
        detection.conditions = Reader::new(Place::Detection, report).list(&field.value, "Detection", 0);
    }
    if let Some(field) = map.get("GroupBy") {
        for (index, entry) in entries(field, "GroupBy", report).iter().enumerate() {
            let path = format!("GroupBy[{index}]");
            detection.group_by.extend(Reader::new(Place::Detection, report).key_spec(entry, &path));
        }
    }
    if let Some(field) = map.get("AlertContext") {
        for (index, entry) in entries(field, "AlertContext", report).iter().enumerate() {
            detection.context.extend(context_entry(entry, &format!("AlertContext[{index}]"), report));
        }
    }
    if let Some(field) = map.get("DynamicSeverities") {
        for (index, entry) in entries(field, "DynamicSeverities", report).iter().enumerate() {
            let path = format!("DynamicSeverities[{index}]");
            detection.severities.extend(severity_entry(entry, &path, report));
        }
    }
    detection
}

fn entries<'n>(field: &'n Field, path: &str, report: &mut Report<'_>) -> &'n [Node] {
    field.value.as_list().unwrap_or_else(|| {
        let message = format!("`{path}` must be a list, not {}", field.value.kind_name());
        report.add(&codes::SIMPLE_ALERT_KEY, field.value.span, message);
        &[]
    })
}

/// The fields of an entry, which must be exactly these.
fn fields<'n>(
    node: &'n Node,
    names: [&str; 2],
    path: &str,
    report: &mut Report<'_>,
) -> Option<(&'n Field, &'n Field)> {
    let map = node.as_map();
    let pair = map.and_then(|map| Some((map.get(names[0])?, map.get(names[1])?)));
    if pair.is_none() || map.is_some_and(|map| map.len() != 2) {
        let message = format!("`{path}` must be a mapping of `{}` and `{}`", names[0], names[1]);
        report.add(&codes::SIMPLE_ALERT_KEY, node.span, message);
        return None;
    }
    pair
}

fn context_entry(node: &Node, path: &str, report: &mut Report<'_>) -> Option<(String, KeyPath)> {
    let (name, value) = fields(node, ["KeyName", "KeyValue"], path, report)?;
    let Some(text) = name.value.as_text() else {
        let message = format!("`{path}.KeyName` must be a text, not {}", name.value.kind_name());
        report.add(&codes::SIMPLE_ALERT_KEY, name.value.span, message);
        return None;
    };
    let key = Reader::new(Place::Detection, report).key_spec(&value.value, &format!("{path}.KeyValue"))?;
    Some((text.to_owned(), key))
}

fn severity_entry(
    node: &Node,
    path: &str,
    report: &mut Report<'_>,
) -> Option<(model::Severity, Vec<super::Expression>)> {
    let (change_to, conditions) = fields(node, ["ChangeTo", "Conditions"], path, report)?;
    let severity = change_to.value.as_text().and_then(parse_severity);
    if severity.is_none() {
        let message = format!("`{path}.ChangeTo` must be one of Info, Low, Medium, High, Critical");
        report.add(&codes::SIMPLE_ALERT_KEY, change_to.value.span, message);
    }
    let conditions =
        Reader::new(Place::Detection, report).list(&conditions.value, &format!("{path}.Conditions"), 0);
    Some((severity?, conditions))
}

/// `Sign-in of {actor.name}`; braces have no escape.
fn template(field: &Field, report: &mut Report<'_>) -> Option<Template> {
    let text = field.value.as_text()?;
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if open > 0 {
            pieces.push(Piece::Text(rest[..open].to_owned()));
        }
        let Some(length) = rest[open..].find('}') else {
            report.add(
                &codes::SIMPLE_TITLE,
                field.value.span,
                "`AlertTitle`: a `{` is not closed".to_owned(),
            );
            return None;
        };
        let inside = rest[open + 1..open + length].trim();
        match KeyPath::parse(inside) {
            Ok(path) => pieces.push(Piece::Value(path)),
            Err((_, problem)) => {
                let message = format!("`AlertTitle`: `{{{inside}}}` is no key path: {problem}");
                report.add(&codes::SIMPLE_TITLE, field.value.span, message);
                return None;
            }
        }
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(Template(pieces))
}
