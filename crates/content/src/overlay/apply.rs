//! Changes items as overrides of later roots say.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use super::overrides::{Entry, OverridesFile};
use super::{Change, Override, OverrideWhat, Place, Replaced};
use crate::build::{Context, DEDUP_MINUTES_DEFAULT, dedup_period, flag, texts, threshold};
use crate::check::{near_miss, parse_severity};
use crate::codes;
use crate::draft::Draft;
use crate::item::{ItemBody, ItemState};
use crate::keys::{self, Shape};
use crate::load::{fields, shape_of};
use crate::report::Report;
use crate::simple::read_filters;
use crate::yaml::{Mapping, Span};

/// Keys of an entry and the keys of items that they change.
const KEYS: [(&str, &str); 7] = [
    ("enabled", "Enabled"),
    ("severity", "Severity"),
    ("threshold", "Threshold"),
    ("dedup_period_minutes", "DedupPeriodMinutes"),
    ("output_ids", "OutputIds"),
    ("tags", "Tags"),
    ("inline_filters", "InlineFilters"),
];

/// Applies the files in the order of their roots; reports entries that reach nothing. When the items are only
/// `is_part` of what there is, an unknown id may be elsewhere.
pub(crate) fn apply(
    files: &mut [OverridesFile<'_>],
    drafts: &mut [Draft<'_>],
    replaced: &[Replaced],
    is_part: bool,
) -> Vec<Override> {
    let mut positions: HashMap<String, usize> = HashMap::with_capacity(drafts.len());
    for (position, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.id_span.is_some()) {
        positions.entry(draft.item.id.clone()).or_insert(position);
    }
    let mut steps = Vec::new();
    for OverridesFile { root, entries, report } in files {
        for entry in entries {
            report.item_id = Some(entry.id.clone());
            let position = positions.get(&entry.id).copied();
            if let Some(position) = position.filter(|position| drafts[*position].root < *root) {
                let inherited = inherited(&drafts[position], drafts, &positions);
                steps.extend(change(entry, &mut drafts[position], inherited.as_ref(), report));
                continue;
            }
            let was_there = replaced.iter().any(|other| other.step.id == entry.id && other.root < *root);
            match position {
                Some(position) => report_out_of_reach(entry, *root, &drafts[position], was_there, report),
                None if is_part => {}
                None => report_unknown(entry, *root, drafts, report),
            }
        }
        report.item_id = None;
    }
    steps
}

/// The keys of the base of a derived rule.
fn inherited(draft: &Draft<'_>, drafts: &[Draft<'_>], positions: &HashMap<String, usize>) -> Option<Mapping> {
    let base = draft.map()?.get("BaseDetection").filter(|_| draft.is_derived())?.value.as_text()?;
    drafts[*positions.get(base)?].map().cloned()
}

fn change(
    entry: &Entry,
    draft: &mut Draft<'_>,
    inherited: Option<&Mapping>,
    report: &mut Report<'_>,
) -> Option<Override> {
    let item_type = draft.item.analysis_type.clone();
    let shape = draft.map().map_or(&keys::RULE, |map| shape_of(&item_type, map).0);
    let mut changes = Vec::new();
    let mut fields = Mapping::new();
    for (key, field) in entry.keys.iter().filter(|(key, _)| *key != "id") {
        let Some((key, item_key)) = KEYS.iter().find(|(name, _)| name == key) else { continue };
        if !has_meaning(item_key, &item_type, shape) {
            let message = format!("`{key}` has no meaning for an item of the type `{item_type}`");
            report_idle(field.key, message, report);
            continue;
        }
        let before = written(item_key, draft, inherited);
        let after = field.value.to_json();
        if is_same(item_key, &before, &after, &item_type) {
            let message = format!("`{key}` of `{}` is {after} without this override", entry.id);
            report_idle(field.key, message, report);
            continue;
        }
        fields.insert((*item_key).to_owned(), field.clone());
        changes.push(Change { key, before, after });
    }
    if entry.keys.len() == 1 {
        report_idle(entry.id_span, format!("this override changes nothing of `{}`", entry.id), report);
    }
    if changes.is_empty() {
        return None;
    }
    draft.overridden.extend(changes.iter().map(|change| json!([change.key, change.after])));
    match draft.context {
        Some(context) => rebuild(entry, fields, draft, &context, report),
        None => change_rule(&fields, draft),
    }
    Some(Override {
        id: entry.id.clone(),
        what: OverrideWhat::Changed,
        changes,
        from: Place { file: draft.item.file.clone(), line: draft.item.line },
        to: Place { file: report.file.to_path_buf(), line: entry.id_span.line },
    })
}

fn report_idle(span: Span, message: String, report: &mut Report<'_>) {
    report.add_with_hint(&codes::OVERRIDE_IDLE, span, message, Some("remove it".to_owned()));
}

/// The value of an item, null when it has none.
fn written(item_key: &str, draft: &Draft<'_>, inherited: Option<&Mapping>) -> Value {
    let Some(map) = draft.map() else {
        return draft.item.fields.get(item_key).cloned().unwrap_or(Value::Null);
    };
    let field = map.get(item_key).or_else(|| inherited?.get(item_key));
    field.map_or(Value::Null, |field| field.value.to_json())
}

/// Builds an item anew with other values; a derived rule is built later.
fn rebuild(
    entry: &Entry,
    changed: Mapping,
    draft: &mut Draft<'_>,
    context: &Context<'_>,
    report: &mut Report<'_>,
) {
    let Some(mut map) = draft.map().cloned() else { return };
    map.extend(changed);
    draft.item.fields = fields(&map);
    if draft.is_sound() && !draft.is_derived() {
        if let Err(reason) = draft.build_from(&map, context) {
            let message = format!("`{}` with this override: {reason}", entry.id);
            report.add(&codes::ILLEGAL_VALUE, entry.id_span, message);
        }
        draft.stamp();
    }
    draft.changed = Some(map);
}

/// Changes a rule that is not written in YAML.
fn change_rule(changed: &Mapping, draft: &mut Draft<'_>) {
    // What there is to say about the values was said when the entry was read.
    let mut silent = Report::new(Path::new(""));
    for (item_key, field) in changed {
        draft.item.fields.insert(item_key.clone(), field.value.to_json());
    }
    let ItemState::Ready(ItemBody::Rule(rule)) = &mut draft.item.state else { return };
    let detection = &mut rule.detection;
    for (item_key, field) in changed {
        match item_key.as_str() {
            "Enabled" => detection.enabled = flag(changed, item_key).unwrap_or(detection.enabled),
            "Severity" => {
                let severity = field.value.as_text().and_then(parse_severity);
                detection.severity = severity.unwrap_or(detection.severity);
            }
            "Threshold" => detection.threshold = threshold(changed, item_key, &mut silent),
            "DedupPeriodMinutes" => detection.dedup_period = dedup_period(changed, item_key, &mut silent),
            "OutputIds" => detection.output_ids = texts(changed, item_key),
            "Tags" => detection.tags = texts(changed, item_key),
            _ => rule.filters = read_filters(&field.value, &mut silent),
        }
    }
    draft.stamp();
}

/// Whether an item of this type has the key, and it does something.
fn has_meaning(item_key: &str, analysis_type: &str, shape: &Shape) -> bool {
    let is_known = shape.keys.iter().any(|key| key.name == item_key);
    is_known && (item_key != "InlineFilters" || analysis_type == "rule")
}

/// Whether two values mean the same; `before` is null when the key is absent.
fn is_same(item_key: &str, before: &Value, after: &Value, analysis_type: &str) -> bool {
    let absent = match item_key {
        "Enabled" if analysis_type == "scheduled_prompt" => json!(true),
        "Threshold" => json!(1),
        "DedupPeriodMinutes" => json!(DEDUP_MINUTES_DEFAULT),
        "OutputIds" | "Tags" | "InlineFilters" => json!([]),
        _ => Value::Null,
    };
    let before = if before.is_null() { &absent } else { before };
    match (before.as_str(), after.as_str()) {
        (Some(before), Some(after)) => before.eq_ignore_ascii_case(after),
        _ => before == after,
    }
}

/// The item lies in the root of the override or in a later one.
fn report_out_of_reach(
    entry: &Entry,
    root: usize,
    found: &Draft<'_>,
    was_there: bool,
    report: &mut Report<'_>,
) {
    let id = &entry.id;
    let file = found.item.file.display();
    let (place, hint) = if found.root == root {
        ("this root", format!("change `{file}` instead"))
    } else {
        ("a later root", "move the override into a root behind that".to_owned())
    };
    let (code, message) = if was_there {
        let message = format!("`{file}` of {place} replaces `{id}`, so that this override changes nothing");
        (&codes::OVERRIDE_IDLE, message)
    } else {
        let message = format!("`{id}` is an item of {place}; overrides change items of earlier roots");
        (&codes::OVERRIDE_UNKNOWN, message)
    };
    report.add_with_hint(code, entry.id_span, message, Some(hint));
}

fn report_unknown(entry: &Entry, root: usize, drafts: &[Draft<'_>], report: &mut Report<'_>) {
    let earlier = drafts.iter().filter(|draft| draft.root < root && draft.id_span.is_some());
    let hint = match near_miss(&entry.id, earlier.map(|draft| draft.item.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None if root == 0 => {
            "overrides change items of earlier roots, and no root comes before this one".to_owned()
        }
        None => "remove the entry, or name the root that has the item before this one".to_owned(),
    };
    let message = format!("no earlier root has an item `{}`", entry.id);
    report.add_with_hint(&codes::OVERRIDE_UNKNOWN, entry.id_span, message, Some(hint));
}
