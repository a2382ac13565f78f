//! Detections as a table and as JSON.

use comfy_table::Table;
use content::{Override, OverrideWhat, Scope};
use serde_json::{Value, json};

use super::shown::Shown;

/// A table for people.
pub(super) fn text(shown: &[Shown<'_>]) -> String {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["ID", "KIND", "RUNS", "SEVERITY", "SEES", "TAGS", "FROM", "NAME"]);
    for shown in shown {
        let Some(detection) = shown.detection else {
            table.add_row([&shown.item.id, shown.kind, "no (invalid)", "", "", "", &origin(shown), ""]);
            continue;
        };
        table.add_row([
            detection.id.as_str(),
            shown.kind,
            &runs(shown),
            detection.severity.as_str(),
            &sees(shown).join(","),
            &detection.tags.join(","),
            &origin(shown),
            detection.display_name.as_deref().unwrap_or_default(),
        ]);
    }
    format!("{table}\n")
}

fn runs(shown: &Shown<'_>) -> String {
    if !shown.is_run_at_all() {
        return "no: not run yet".to_owned();
    }
    let mut word = match (shown.switched(), shown.runs()) {
        (Some(true), _) => "yes (switched on)",
        (Some(false), _) => "no (switched off)",
        (None, true) => "yes",
        (None, false) => "no",
    }
    .to_owned();
    if shown.detection.is_some_and(|detection| !detection.create_alert) {
        word += ", signals only";
    }
    if shown.is_limited() {
        word += ", alerts off (limit reached)";
    }
    word
}

/// Log types, queries or resource types.
fn sees(shown: &Shown<'_>) -> Vec<String> {
    let log_types = || {
        let log_types = shown.detection.into_iter().flat_map(|detection| &detection.log_types);
        log_types.map(ToString::to_string).collect()
    };
    match shown.item.rule().map(|rule| &rule.scope) {
        Some(Scope::ScheduledQueries(queries)) => queries.clone(),
        Some(Scope::Resources { types, .. }) => types.clone(),
        Some(Scope::LogTypes) => log_types(),
        None => match shown.item.correlation_rule() {
            Some(rule) => rule.correlation.steps.iter().map(|step| step.rule_id.to_string()).collect(),
            None => log_types(),
        },
    }
}

/// `file:line`, then what it is derived from and what overrides it; for a broken file the reason.
fn origin(shown: &Shown<'_>) -> String {
    let file = shown.item.file.display();
    if let Some((reason, line)) = shown.fault() {
        return format!("{file}:{line}: {reason}");
    }
    let mut notes: Vec<String> = shown.base.iter().map(|base| format!("derived from {base}")).collect();
    notes.extend(shown.overrides.iter().map(|step| note(step)));
    let place = format!("{file}:{}", shown.item.line);
    if notes.is_empty() { place } else { format!("{place} ({})", notes.join("; ")) }
}

fn note(step: &Override) -> String {
    match step.what {
        OverrideWhat::Replaced => format!("replaces {}:{}", step.from.file.display(), step.from.line),
        OverrideWhat::Changed => {
            let keys: Vec<&str> = step.changes.iter().map(|change| change.key).collect();
            format!("{} from {}:{}", keys.join(", "), step.to.file.display(), step.to.line)
        }
    }
}

/// The same for programs.
pub(super) fn json(shown: &[Shown<'_>]) -> Value {
    json!({ "detections": shown.iter().map(detection_json).collect::<Vec<_>>() })
}

fn detection_json(shown: &Shown<'_>) -> Value {
    let detection = shown.detection;
    json!({
        "id": shown.item.id,
        "kind": shown.kind,
        "displayName": detection.and_then(|detection| detection.display_name.as_deref()),
        "enabled": detection.map(|detection| detection.enabled),
        "switched": shown.switched(),
        "limited": shown.is_limited(),
        "runs": shown.runs(),
        "severity": detection.map(|detection| detection.severity.as_str()),
        "sees": sees(shown),
        "tags": detection.map_or(&[][..], |detection| &detection.tags),
        "createAlert": detection.map(|detection| detection.create_alert),
        "file": shown.item.file,
        "line": shown.item.line,
        "code": shown.code_file(),
        "base": shown.base,
        "overrides": shown.overrides,
        "fault": shown.fault().map(|(reason, line)| json!({ "reason": reason, "line": line })),
    })
}
