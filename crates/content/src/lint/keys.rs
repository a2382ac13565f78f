//! Keys that are missing although they help, and keys that do nothing where they stand.

use super::scene::{Notes, Scene, Subject};
use crate::check::parse_severity;
use crate::codes;
use crate::yaml::{Node, Yaml};
use model::Severity;

/// Keys of detections in YAML; the functions of a Python file take their place.
const YAML_ONLY: [(&str, &str); 4] = [
    ("AlertTitle", "title"),
    ("AlertContext", "alert_context"),
    ("GroupBy", "dedup"),
    ("DynamicSeverities", "severity"),
];

/// Words that are no names in Python.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in &scene.subjects {
        let is_correlation = subject.analysis_type() == "correlation_rule";
        if subject.is_detection() || is_correlation {
            check_texts(scene, subject, notes);
            check_effect(subject, notes);
        }
        if subject.analysis_type() == "global" {
            check_importable(subject, notes);
        }
    }
}

fn is_blank(subject: &Subject<'_>, key: &str) -> bool {
    subject.text(key).is_none_or(|text| text.trim().is_empty())
}

fn check_texts(scene: &Scene<'_>, subject: &Subject<'_>, notes: &mut Notes) {
    if !subject.is_enabled() || subject.map.contains_key("BaseDetection") {
        return;
    }
    let has_function = |name: &str| match scene.module(subject) {
        Some(Ok(module)) => module.names.contains(name),
        _ => false,
    };
    if is_blank(subject, "Description") && !has_function("description") {
        let message = format!("`{}` has no `Description`", subject.item.id);
        let hint = Some("say in a sentence what it finds and why that matters".to_owned());
        notes.yaml(subject, &codes::NO_DESCRIPTION, subject.id_span(), message, hint);
    }
    let severity = subject.text("Severity").and_then(parse_severity);
    let is_urgent = severity.is_some_and(|severity| severity >= Severity::High);
    let makes_alerts = subject.flag("CreateAlert") != Some(false);
    if is_urgent && makes_alerts && is_blank(subject, "Runbook") && !has_function("runbook") {
        let message = format!("`{}` is of high severity and has no `Runbook`", subject.item.id);
        let hint = Some("say what to look at first and what to do".to_owned());
        notes.yaml(subject, &codes::NO_RUNBOOK, subject.id_span(), message, hint);
    }
}

fn check_effect(subject: &Subject<'_>, notes: &mut Notes) {
    let mut report = |key: &str, why: String, hint: String| {
        let Some(field) = subject.map.get(key) else { return };
        let message = format!("`{key}` has no effect here: {why}");
        notes.yaml(subject, &codes::NO_EFFECT, field.key, message, Some(hint));
    };
    if subject.map.contains_key("Filename") {
        for (key, function) in YAML_ONLY {
            let why = "it is for detections in YAML".to_owned();
            report(key, why, format!("write a function `{function}` in the Python file"));
        }
    }
    match subject.analysis_type() {
        "scheduled_rule" => {
            if !subject.get("InlineFilters").is_some_and(is_no_op) {
                let hint = "put the condition into the query or into `rule`";
                report("InlineFilters", "filters are for rules".to_owned(), hint.to_owned());
            }
            let hint = "name the query under `ScheduledQueries`, or make it `AnalysisType: rule`";
            report("LogTypes", "a scheduled rule sees the rows of its queries".to_owned(), hint.to_owned());
        }
        "rule" => {
            let hint = "name log types under `LogTypes`, or make it `AnalysisType: scheduled_rule`";
            report("ScheduledQueries", "a rule sees events of log types".to_owned(), hint.to_owned());
        }
        _ => {}
    }
    if subject.flag("CreateAlert") == Some(false) {
        report("OutputIds", "`CreateAlert: false` makes no alert to send".to_owned(), "remove it".to_owned());
    }
    if let Some(node) = subject.get("Threshold").filter(|node| is_zero(node)) {
        let message = "`Threshold` 0 is treated as 1".to_owned();
        notes.yaml(subject, &codes::THRESHOLD_ZERO, node.span, message, Some("write 1 or more".to_owned()));
    }
}

/// Whether it is the number 0.
pub(super) fn is_zero(node: &Node) -> bool {
    matches!(&node.value, Yaml::Int(number) if number.as_u64() == Some(0))
}

/// Whether filters let everything through: none, or `All: []`.
fn is_no_op(filters: &Node) -> bool {
    let is_empty_all = |entry: &Node| {
        let all = entry.as_map().filter(|map| map.len() == 1).and_then(|map| map.get("All"));
        all.and_then(|field| field.value.as_list()).is_some_and(<[Node]>::is_empty)
    };
    filters.as_list().is_some_and(|entries| entries.iter().all(is_empty_all))
}

fn check_importable(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(id) = subject.text("GlobalID") else { return };
    let starts_well = id.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
    let is_name =
        starts_well && id.chars().all(|c| c == '_' || c.is_alphanumeric()) && !KEYWORDS.contains(&id);
    if !is_name {
        let message = format!("`import {id}` is no Python, so that nothing can import this global");
        let hint = Some("use letters, digits and `_`, beginning with a letter".to_owned());
        notes.yaml(subject, &codes::NOT_IMPORTABLE, subject.id_span(), message, hint);
    }
}
