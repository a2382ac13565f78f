//! The unit tests of a detection, as its YAML has them.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::few;
use super::scene::{Notes, Scene, Subject};
use crate::check::near_miss;
use crate::codes;
use crate::yaml::{Mapping, Node, Span, Yaml};

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    let models = models(scene);
    for subject in &scene.subjects {
        if subject.is_detection() || subject.analysis_type() == "correlation_rule" {
            check_presence(subject, notes);
            check_names(subject, notes);
        }
        if subject.analysis_type() == "rule" {
            check_log_types(subject, notes);
            check_data_model(scene, subject, &models, notes);
        }
    }
}

fn check_presence(subject: &Subject<'_>, notes: &mut Notes) {
    let inherits = subject.map.contains_key("BaseDetection") && !subject.map.contains_key("Tests");
    let expected: Vec<bool> = subject.tests().filter_map(|(test, _)| expected(test)).collect();
    if subject.tests().next().is_none() {
        // Without a key of its own, a derived detection has the tests of its base.
        if !inherits {
            let hint = Some("add one test that matches and one that does not under `Tests`".to_owned());
            let message = format!("`{}` has no unit tests", subject.item.id);
            notes.yaml(subject, &codes::NO_TESTS, subject.id_span(), message, hint);
        }
        return;
    }
    let (Some(first), span) =
        (expected.first(), subject.map.get("Tests").map_or(Span::START, |field| field.key))
    else {
        return;
    };
    if expected.iter().all(|result| result == first) {
        let message = format!("every unit test expects `{first}`");
        let hint = format!("add a test that expects `{}`", !first);
        notes.yaml(subject, &codes::ONE_SIDED_TESTS, span, message, Some(hint));
    }
}

fn expected(test: &Mapping) -> Option<bool> {
    match test.get("ExpectedResult")?.value.value {
        Yaml::Bool(expected) => Some(expected),
        _ => None,
    }
}

fn check_names(subject: &Subject<'_>, notes: &mut Notes) {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for (test, _) in subject.tests() {
        let Some((name, span)) =
            test.get("Name").and_then(|field| Some((field.value.as_text()?, field.value.span)))
        else {
            continue;
        };
        if let Some(line) = seen.get(name) {
            let message = format!("another test is called `{name}`, in line {line}");
            let hint = Some("give each test a name of its own, so that a failure can be found".to_owned());
            notes.yaml(subject, &codes::TEST_NAME_TWICE, span, message, hint);
        } else {
            seen.insert(name, span.line);
        }
    }
}

/// `p_log_type` of the event of a test.
fn log_type(test: &Mapping) -> Option<(&str, Span)> {
    let node: &Node = &test.get("Log")?.value.as_map()?.get("p_log_type")?.value;
    Some((node.as_text()?, node.span))
}

fn check_log_types(subject: &Subject<'_>, notes: &mut Notes) {
    let listed: BTreeSet<&str> = subject.texts("LogTypes").map(|(name, _)| name).collect();
    if listed.is_empty() {
        return;
    }
    for (test, _) in subject.tests() {
        let Some((name, span)) = log_type(test).filter(|(name, _)| !listed.contains(name)) else { continue };
        let message = format!("the rule is not for events of the log type `{name}`");
        let hint = match near_miss(name, listed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`LogTypes` lists {}", few(listed.iter().copied())),
        };
        notes.yaml(subject, &codes::TEST_FOREIGN_LOG_TYPE, span, message, Some(hint));
    }
}

/// The names that the enabled data model of a log type maps.
fn models<'a>(scene: &Scene<'a>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut models: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for subject in scene.subjects.iter().filter(|subject| subject.analysis_type() == "datamodel") {
        if !subject.is_enabled() || subject.item.is_invalid() {
            continue;
        }
        let names: BTreeSet<&str> = super::data_models::mappings(subject)
            .filter_map(|mapping| mapping.get("Name").and_then(|field| field.value.as_text()))
            .collect();
        for (log_type, _) in subject.texts("LogTypes") {
            models.entry(log_type).or_insert_with(|| names.clone());
        }
    }
    models
}

/// What a rule reads through `udm`, against the data models of its log types.
fn check_data_model(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    models: &BTreeMap<&str, BTreeSet<&str>>,
    notes: &mut Notes,
) {
    let Some(Ok(module)) = scene.module(subject) else { return };
    if module.udm_names.is_empty() {
        return;
    }
    let log_types: Vec<&str> = subject.texts("LogTypes").map(|(name, _)| name).collect();
    let of_rule: Vec<&BTreeSet<&str>> = log_types.iter().filter_map(|name| models.get(name)).collect();
    if of_rule.is_empty() {
        return;
    }
    let is_mapped = |name: &str| of_rule.iter().any(|names| names.contains(name));
    for (name, span) in module.udm_names.iter().filter(|(name, _)| !is_mapped(name)) {
        let known = of_rule.iter().flat_map(|names| names.iter().copied());
        if let Some(near) = near_miss(name, known) {
            let message = format!("no data model of {} maps `{name}`", few(log_types.iter().copied()));
            notes.code(
                subject,
                &codes::UNKNOWN_UDM_NAME,
                *span,
                message,
                Some(format!("did you mean `{near}`?")),
            );
        }
    }
    let Some((name, _)) = module.udm_names.iter().find(|(name, _)| is_mapped(name)) else { return };
    let without: Vec<Span> =
        subject.tests().filter(|(test, _)| log_type(test).is_none()).map(|(_, span)| span).collect();
    if let Some(first) = without.first() {
        let tests = if without.len() == 1 {
            "this test has".to_owned()
        } else {
            format!("{} tests have", without.len())
        };
        let message = format!(
            "{tests} no `p_log_type`, so that `event.udm(\"{name}\")` is answered without the data model that production uses"
        );
        let hint = format!("add `p_log_type: {}` to the event", log_types.first().unwrap_or(&"…"));
        notes.yaml(subject, &codes::TEST_WITHOUT_LOG_TYPE, *first, message, Some(hint));
    }
}
