//! Reads `overrides.yml`: a list of entries, each the id of an item and the keys that get other values.

use std::collections::HashMap;
use std::path::Path;

use super::OVERRIDES_FILE;
use crate::build::{dedup_period, threshold};
use crate::check::check_shape;
use crate::codes;
use crate::item::SourceFile;
use crate::keys::{Kind, Shape, may, must};
use crate::report::Report;
use crate::simple::read_filters;
use crate::yaml::{self, Mapping, Node, Span};

/// An entry.
static ENTRY: Shape = Shape {
    keys: &[
        must("id", Kind::Name),
        may("enabled", Kind::Bool),
        may("severity", Kind::Severity),
        may("threshold", Kind::Int),
        may("dedup_period_minutes", Kind::Int),
        may("output_ids", Kind::UniqueTexts { case: true }),
        may("tags", Kind::UniqueTexts { case: false }),
        may("inline_filters", Kind::Any),
    ],
    choices: &[],
};

/// What one file says, and what was found about it.
pub(crate) struct OverridesFile<'a> {
    /// The index of its root.
    pub(crate) root: usize,
    /// Entries that are sound, in file order.
    pub(crate) entries: Vec<Entry>,
    pub(crate) report: Report<'a>,
}

/// One sound entry.
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) id_span: Span,
    /// Its keys, `id` included.
    pub(crate) keys: Mapping,
}

/// Reads the file of a root.
pub(crate) fn read(file: &SourceFile, root: usize) -> OverridesFile<'_> {
    let mut report = Report::new(&file.path);
    let node = match yaml::read(&file.text) {
        Ok(node) => node,
        Err(error) => {
            report.add_yaml(error);
            None
        }
    };
    let entries = node.map(|node| read_entries(&node, &mut report)).unwrap_or_default();
    OverridesFile { root, entries, report }
}

fn read_entries(node: &Node, report: &mut Report<'_>) -> Vec<Entry> {
    let Some(nodes) = node.as_list() else {
        let message = format!("overrides are a list of mappings, not {}", node.kind_name());
        let hint = "write entries like `- { id: My.Rule, severity: High }`".to_owned();
        report.add_with_hint(&codes::WRONG_TYPE, node.span, message, Some(hint));
        return Vec::new();
    };
    let mut lines: HashMap<String, u32> = HashMap::new();
    let mut entries = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(entry) = read_entry(node, report) else { continue };
        if let Some(line) = lines.get(&entry.id) {
            let message = format!("`{}` has an entry in line {line} already", entry.id);
            let hint = "make one entry of the two; where both have a key, the later one counts".to_owned();
            report.add_with_hint(&codes::OVERRIDE_TWICE, entry.id_span, message, Some(hint));
        } else {
            lines.insert(entry.id.clone(), entry.id_span.line);
        }
        entries.push(entry);
    }
    report.item_id = None;
    entries
}

/// `None` when there is an error in the entry.
fn read_entry(node: &Node, report: &mut Report<'_>) -> Option<Entry> {
    report.item_id = None;
    let Some(keys) = node.as_map() else {
        let message = format!("an override is a mapping, not {}", node.kind_name());
        report.add(&codes::WRONG_TYPE, node.span, message);
        return None;
    };
    let id = keys.get("id").and_then(|field| Some((field.value.as_text()?, field.value.span)));
    report.item_id = id.map(|(id, _)| id.to_owned());
    let errors_before = report.error_count();
    check_shape(keys, &ENTRY, "", node.span, report);
    threshold(keys, "threshold", report);
    dedup_period(keys, "dedup_period_minutes", report);
    if let Some(field) = keys.get("inline_filters") {
        read_filters(&field.value, report);
    }
    let (id, id_span) = id.filter(|_| report.error_count() == errors_before)?;
    Some(Entry { id: id.to_owned(), id_span, keys: keys.clone() })
}

/// Warns of a file that looks like overrides but is not where they are read.
pub(crate) fn check_misplaced(file: &SourceFile, node: &Node, report: &mut Report<'_>) {
    let is_named_so = |name: &str| name == OVERRIDES_FILE || name == "overrides.yaml";
    let name = file.path.file_name().and_then(|name| name.to_str());
    let first = node.as_list().and_then(<[Node]>::first).and_then(Node::as_map);
    if !name.is_some_and(is_named_so) || !first.is_some_and(|entry| entry.contains_key("id")) {
        return;
    }
    let message =
        format!("the overrides of this file do not count: `{}` is not read as such", shown(&file.path));
    let hint = format!("call it `{OVERRIDES_FILE}` and put it into the top folder of its content root");
    report.add_with_hint(&codes::OVERRIDES_MISPLACED, node.span, message, Some(hint));
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
