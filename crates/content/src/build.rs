//! Builds the typed content of an item from its checked keys, and reports what the key tables cannot see.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use model::{Detection, DetectionKind, LogType, RuleId, Severity};
use sha2::{Digest, Sha256};

use crate::check::{near_miss, parse_severity};
use crate::codes;
use crate::correlation;
use crate::item;
use crate::item::{
    DataModel, Global, ItemBody, ItemState, LoadOptions, Logic, MappingTarget, PythonFile, Rule, Scope,
    SourceFile, UnitTest,
};
use crate::kinds;
use crate::lint::log_types;
use crate::report::Report;
use crate::simple::{self, InlineFilters};
use crate::yaml::{Field, Mapping, Node, Yaml};

/// `DedupPeriodMinutes` when absent or 0.
pub(crate) const DEDUP_MINUTES_DEFAULT: u64 = 60;
/// Shortest dedup window, in minutes.
pub(crate) const DEDUP_MINUTES_MIN: u64 = 5;
/// Longest dedup window, in minutes: ten years.
pub(crate) const DEDUP_MINUTES_MAX: u64 = 5_256_000;
/// Hex digits of a version.
pub(crate) const VERSION_DIGITS: usize = 12;

/// What an item is built from.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) yaml: &'a SourceFile,
    pub(crate) python: &'a HashMap<&'a Path, &'a SourceFile>,
    pub(crate) options: &'a LoadOptions,
}

/// Builds an item of a known type. When something needed is missing, that was reported, and the state
/// returned here does not count.
pub(crate) fn build(
    analysis_type: &str,
    map: &Mapping,
    context: &Context<'_>,
    report: &mut Report<'_>,
) -> ItemState {
    check_log_types(map, context, report);
    match analysis_type {
        "rule" => rule(DetectionKind::Rule, map, context, report),
        "scheduled_rule" => rule(DetectionKind::ScheduledRule, map, context, report),
        "policy" => rule(DetectionKind::Policy, map, context, report),
        "correlation_rule" => correlation::build(map, context, report),
        "global" => match python_file(map, context, report) {
            Some(python) => ItemState::Ready(ItemBody::Global(Global {
                id: text(map, "GlobalID").unwrap_or_default(),
                python,
            })),
            None => invalid(),
        },
        "datamodel" => data_model(map, context, report),
        _ => kinds::build(analysis_type, map, context, report).map_or_else(invalid, ItemState::Ready),
    }
}

/// A state to be replaced by the first reported error.
pub(crate) fn invalid() -> ItemState {
    ItemState::Invalid { reason: String::new(), line: 1 }
}

fn rule(kind: DetectionKind, map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) -> ItemState {
    let dedup_period = dedup_period(map, "DedupPeriodMinutes", report);
    let threshold = threshold(map, "Threshold", report);
    let id_key = if kind == DetectionKind::Policy { "PolicyID" } else { "RuleID" };
    // Filters of scheduled rules are ignored, as in the reference product.
    let filters = match map.get("InlineFilters") {
        Some(field) if kind == DetectionKind::Rule => simple::read_filters(&field.value, report),
        _ => InlineFilters::default(),
    };
    // Of both, which is reported, the file is looked at.
    let logic = match map.get("Detection").filter(|_| !map.contains_key("Filename")) {
        Some(field) => simple_logic(kind, map, field, report),
        None => match python_file(map, context, report) {
            Some(python) => {
                simple::check_idle_keys(map, report);
                Logic::Python(python)
            }
            None => return invalid(),
        },
    };
    let severity = map.get("Severity").and_then(|field| parse_severity(field.value.as_text()?));
    let detection = Detection {
        id: RuleId::from(text(map, id_key).unwrap_or_default()),
        kind,
        display_name: non_empty(map, "DisplayName"),
        enabled: flag(map, "Enabled").unwrap_or(false),
        severity: severity.unwrap_or(Severity::Info),
        log_types: log_types(map),
        dedup_period,
        threshold,
        create_alert: flag(map, "CreateAlert").unwrap_or(true),
        description: non_empty(map, "Description"),
        reference: non_empty(map, "Reference"),
        runbook: non_empty(map, "Runbook"),
        tags: texts(map, "Tags"),
        reports: reports(map),
        output_ids: texts(map, "OutputIds"),
        summary_attributes: texts(map, "SummaryAttributes"),
        version: version(&context.yaml.text, logic.python().map_or("", |python| &python.text)),
    };
    let rule = Rule { detection, logic, filters, scope: scope(kind, map), tests: unit_tests(map) };
    ItemState::Ready(ItemBody::Rule(Box::new(rule)))
}

/// A detection in YAML. What stands in its way was or is reported.
fn simple_logic(kind: DetectionKind, map: &Mapping, field: &Field, report: &mut Report<'_>) -> Logic {
    if kind != DetectionKind::Rule {
        let message = "`Detection` is known in rules only; a scheduled rule is written in Python".to_owned();
        let hint = Some("name a Python file in `Filename`".to_owned());
        report.add_with_hint(&codes::SIMPLE_NOT_HERE, field.key, message, hint);
    }
    let tests = map.get("Tests").and_then(|field| field.value.as_list()).unwrap_or_default();
    for mocks in tests.iter().filter_map(|test| test.as_map()?.get("Mocks")) {
        let message = "`Mocks` replace names of a Python module, and a detection in YAML has none".to_owned();
        let hint = Some("remove them, and put what the detection looks at into `Log`".to_owned());
        report.add_with_hint(&codes::SIMPLE_MOCKS, mocks.key, message, hint);
    }
    Logic::Simple(Box::new(simple::read_detection(map, report)))
}

fn scope(kind: DetectionKind, map: &Mapping) -> Scope {
    if kind == DetectionKind::Policy {
        return Scope::Resources {
            types: texts(map, "ResourceTypes"),
            suppressions: texts(map, "Suppressions"),
        };
    }
    if map.contains_key("ScheduledQueries") {
        return Scope::ScheduledQueries(texts(map, "ScheduledQueries"));
    }
    Scope::LogTypes
}

fn data_model(map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) -> ItemState {
    let mappings = mappings(map);
    let python = if map.contains_key("Filename") {
        let python = python_file(map, context, report);
        if python.is_none() {
            return invalid();
        }
        python
    } else {
        None
    };
    let method = mappings.iter().find(|mapping| matches!(mapping.target, MappingTarget::Method(_)));
    if let (None, Some(method), Some(field)) = (&python, method, map.get("Mappings")) {
        let message = format!("the key `Filename` is missing; the mapping `{}` names a method", method.name);
        report.add(&codes::MISSING_KEY, field.key, message);
    }
    ItemState::Ready(ItemBody::DataModel(DataModel {
        id: text(map, "DataModelID").unwrap_or_default(),
        enabled: flag(map, "Enabled").unwrap_or(false),
        log_types: log_types(map),
        mappings,
        python,
    }))
}

fn mappings(map: &Mapping) -> Vec<item::Mapping> {
    let entries = map.get("Mappings").and_then(|field| field.value.as_list()).unwrap_or_default();
    let mapping = |entry: &Node| {
        let fields = entry.as_map()?;
        let target = match (text(fields, "Path"), text(fields, "Method")) {
            (Some(path), _) => MappingTarget::Path(path),
            (None, method) => MappingTarget::Method(method?),
        };
        Some(item::Mapping { name: text(fields, "Name")?, target })
    };
    entries.iter().filter_map(mapping).collect()
}

/// The Python file that `Filename` names; a missing one is reported.
fn python_file(map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) -> Option<PythonFile> {
    let field = map.get("Filename")?;
    let name = field.value.as_text()?;
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let path = context.yaml.path.with_file_name(base);
    let Some(python) = context.python.get(path.as_path()).filter(|_| !base.is_empty()) else {
        let message = format!("the file `{}` does not exist", path.display());
        let hint = Some("`Filename` names a Python file (`.py`) in the folder of this file".to_owned());
        report.add_with_hint(&codes::MISSING_FILE, field.value.span, message, hint);
        return None;
    };
    if base != name {
        let message =
            format!("`Filename` is `{name}`; its folder is ignored and `{}` is used", path.display());
        report.add(&codes::FILE_FOLDER, field.value.span, message);
    }
    // A byte order mark is no Python where a text is compiled.
    let text = python.text.strip_prefix('\u{feff}').unwrap_or(&python.text);
    Some(PythonFile { path, text: text.to_owned() })
}

fn check_log_types(map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) {
    let entries = map.get("LogTypes").and_then(|field| field.value.as_list()).unwrap_or_default();
    entries.iter().for_each(|entry| check_log_type(entry, context, report));
}

/// Warns of a log type that is not among the known ones.
pub(crate) fn check_log_type(entry: &Node, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(known) = &context.options.known_log_types else { return };
    let is_known = |name: &&str| known.contains(*name) || log_types::is_known(name);
    let Some(name) = entry.as_text().filter(|name| !is_known(name)) else { return };
    let mut names: Vec<&str> = log_types::names().collect();
    names.extend(known.iter().map(|known| known.as_str()));
    let hint = near_miss(name, names.into_iter()).map(|near| format!("did you mean `{near}`?"));
    report.add_with_hint(&codes::UNKNOWN_LOG_TYPE, entry.span, format!("unknown log type `{name}`"), hint);
}

/// A number that may not be negative, with its field; anything else was or is reported.
pub(crate) fn count<'m>(
    map: &'m Mapping,
    key: &str,
    max: u64,
    report: &mut Report<'_>,
) -> Option<(u64, &'m Field)> {
    let field = map.get(key)?;
    let Yaml::Int(number) = &field.value.value else { return None };
    match number.as_u64().filter(|count| *count <= max) {
        Some(count) => Some((count, field)),
        None => {
            let message = format!("`{key}` is {number}; it must be from 0 to {max}");
            report.add(&codes::ILLEGAL_VALUE, field.value.span, message);
            None
        }
    }
}

/// Reads a dedup period from a key.
pub(crate) fn dedup_period(map: &Mapping, key: &str, report: &mut Report<'_>) -> Duration {
    let minutes = match count(map, key, DEDUP_MINUTES_MAX, report) {
        None => DEDUP_MINUTES_DEFAULT,
        Some((0, field)) => {
            let message = format!("`{key}` 0 is ignored; {DEDUP_MINUTES_DEFAULT} is used");
            let hint = "to get an alert for every event, return `event.get(\"p_row_id\")` from `dedup`";
            report.add_with_hint(&codes::DEDUP_ZERO, field.value.span, message, Some(hint.to_owned()));
            DEDUP_MINUTES_DEFAULT
        }
        Some((minutes, field)) if minutes < DEDUP_MINUTES_MIN => {
            let message = format!("`{key}` {minutes} is treated as {DEDUP_MINUTES_MIN}");
            report.add(&codes::DEDUP_SHORT, field.value.span, message);
            DEDUP_MINUTES_MIN
        }
        Some((minutes, _)) => minutes,
    };
    Duration::from_secs(minutes * 60)
}

/// Reads a threshold from a key.
pub(crate) fn threshold(map: &Mapping, key: &str, report: &mut Report<'_>) -> u64 {
    let max = u64::from(u32::MAX);
    count(map, key, max, report).map_or(1, |(threshold, _)| threshold.max(1))
}

fn unit_tests(map: &Mapping) -> Vec<UnitTest> {
    let entries = map.get("Tests").and_then(|field| field.value.as_list()).unwrap_or_default();
    let test = |entry: &Node| {
        let fields = entry.as_map()?;
        Some(UnitTest {
            name: text(fields, "Name")?,
            expected: flag(fields, "ExpectedResult")?,
            log: fields.get("Log").or_else(|| fields.get("Resource"))?.value.to_json(),
            mocks: mocks(fields),
            expected_destinations: fields
                .get("ExpectedDestinations")
                .map(|_| texts(fields, "ExpectedDestinations")),
            file: None,
            line: entry.span.line,
        })
    };
    entries.iter().filter_map(test).collect()
}

fn mocks(test: &Mapping) -> Vec<(String, serde_json::Value)> {
    let entries = test.get("Mocks").and_then(|field| field.value.as_list()).unwrap_or_default();
    let mock = |entry: &Node| {
        let fields = entry.as_map()?;
        Some((text(fields, "objectName")?, fields.get("returnValue")?.value.to_json()))
    };
    entries.iter().filter_map(mock).collect()
}

pub(crate) fn reports(map: &Mapping) -> BTreeMap<String, Vec<String>> {
    let Some(frameworks) = map.get("Reports").and_then(|field| field.value.as_map()) else {
        return BTreeMap::new();
    };
    let entry_text = |entry: &Node| match &entry.value {
        Yaml::Text(text) => Some(text.clone()),
        Yaml::Int(number) | Yaml::Float(number) => Some(number.to_string()),
        _ => None,
    };
    let entries = |field: &Field| {
        field.value.as_list().unwrap_or_default().iter().filter_map(entry_text).collect::<Vec<_>>()
    };
    frameworks.iter().map(|(framework, field)| (framework.clone(), entries(field))).collect()
}

pub(crate) fn version(yaml: &str, python: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(yaml.as_bytes());
    digest.update([0]); // keeps a text that moves from one file to the other from going unnoticed
    digest.update(python.as_bytes());
    let mut version = hex::encode(digest.finalize());
    version.truncate(VERSION_DIGITS);
    version
}

pub(crate) fn text(map: &Mapping, key: &str) -> Option<String> {
    map.get(key)?.value.as_text().map(str::to_owned)
}

pub(crate) fn non_empty(map: &Mapping, key: &str) -> Option<String> {
    text(map, key).filter(|text| !text.is_empty())
}

pub(crate) fn flag(map: &Mapping, key: &str) -> Option<bool> {
    match map.get(key)?.value.value {
        Yaml::Bool(flag) => Some(flag),
        _ => None,
    }
}

pub(crate) fn texts(map: &Mapping, key: &str) -> Vec<String> {
    let entries = map.get(key).and_then(|field| field.value.as_list()).unwrap_or_default();
    entries.iter().filter_map(Node::as_text).map(str::to_owned).collect()
}

fn log_types(map: &Mapping) -> Vec<LogType> {
    texts(map, "LogTypes").into_iter().map(LogType::from).collect()
}
