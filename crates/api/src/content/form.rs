//! From the body of a request to the keys of an item.

use api_types::{DataModelForm, DetectionForm, GlobalForm, QueryForm, UnitTest};
use serde_json::{Map, Value, json};

use crate::content_admin::{ContentItem, ContentKind, FormValue, ItemForm};
use crate::error::ApiError;

/// Keys that the form of a detection of any kind can have.
const DETECTION_KEYS: &[&str] = &[
    "Enabled",
    "Severity",
    "DisplayName",
    "Description",
    "LogTypes",
    "ScheduledQueries",
    "ResourceTypes",
    "Suppressions",
    "DedupPeriodMinutes",
    "Threshold",
    "Tags",
    "Runbook",
    "Reference",
    "Reports",
    "SummaryAttributes",
    "OutputIds",
    "InlineFilters",
    "CreateAlert",
    "Detection",
    "AlertTitle",
    "AlertContext",
    "DynamicSeverities",
    "GroupBy",
    "Tests",
];
const DATA_MODEL_KEYS: &[&str] = &["Enabled", "DisplayName", "Description", "LogTypes", "Mappings"];
const GLOBAL_KEYS: &[&str] = &["Description", "Tags"];
const QUERY_KEYS: &[&str] =
    &["Enabled", "Description", "Query", "AthenaQuery", "SnowflakeQuery", "DatabricksQuery", "Schedule"];

/// Keys in the order in which they are written; what is empty is left out.
#[derive(Default)]
struct Keys(Vec<(&'static str, FormValue)>);

impl Keys {
    fn json(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push((key, FormValue::Json(value.into())));
    }

    fn text(&mut self, key: &'static str, text: Option<String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.json(key, text);
        }
    }

    fn list(&mut self, key: &'static str, list: Option<Vec<String>>) {
        if let Some(list) = list.filter(|list| !list.is_empty()) {
            self.json(key, list);
        }
    }

    fn yaml(&mut self, key: &'static str, yaml: Option<String>) {
        if let Some(yaml) = yaml.filter(|yaml| !yaml.trim().is_empty()) {
            self.0.push((key, FormValue::Yaml(yaml)));
        }
    }
}

/// A detection; `existing` says whether it runs when the form does not.
pub(super) fn detection(
    id: String,
    kind: ContentKind,
    form: DetectionForm,
    existing: Option<&ContentItem>,
) -> Result<ItemForm, ApiError> {
    use ContentKind::{CorrelationRule, Policy, Rule, ScheduledRule, SimpleRule};
    let mut keys = Keys::default();
    keys.json("Enabled", form.enabled.or(existing.map(|item| item.enabled)).unwrap_or(true));
    keys.json("Severity", severity(form.severity.as_deref())?);
    keys.text("DisplayName", form.display_name);
    keys.text("Description", form.description);
    if matches!(kind, Rule | SimpleRule) {
        keys.json("LogTypes", form.log_types.unwrap_or_default());
    }
    if kind == ScheduledRule {
        keys.json("ScheduledQueries", form.scheduled_queries.unwrap_or_default());
    }
    if kind == Policy {
        keys.list("ResourceTypes", form.resource_types);
        keys.list("Suppressions", form.suppressions);
    }
    if matches!(kind, Rule | ScheduledRule | SimpleRule) {
        for (key, name, number) in [
            ("DedupPeriodMinutes", "dedupPeriodMinutes", form.dedup_period_minutes),
            ("Threshold", "threshold", form.threshold),
        ] {
            match number {
                Some(0) => {
                    return Err(ApiError::bad_request(format!("`{name}` is 0; it must be at least 1")));
                }
                Some(number) => keys.json(key, number),
                None => {}
            }
        }
    }
    keys.list("Tags", form.tags);
    keys.text("Runbook", form.runbook);
    keys.text("Reference", form.reference);
    if let Some(reports) = form.reports.filter(|reports| !reports.is_empty()) {
        keys.json("Reports", json!(reports));
    }
    if kind != Policy {
        keys.list("SummaryAttributes", form.summary_attributes);
    }
    keys.list("OutputIds", form.output_ids);
    if matches!(kind, Rule | SimpleRule) {
        keys.yaml("InlineFilters", form.inline_filters);
    }
    if let Some(create_alert) = form.create_alert.filter(|_| kind != Policy) {
        keys.json("CreateAlert", create_alert);
    }
    if matches!(kind, SimpleRule | CorrelationRule) {
        let detection = form.detection.filter(|text| !text.trim().is_empty());
        keys.yaml("Detection", Some(needed("detection", detection)?));
    }
    if kind == SimpleRule {
        keys.text("AlertTitle", form.alert_title);
        keys.yaml("AlertContext", form.alert_context);
        keys.yaml("DynamicSeverities", form.dynamic_severities);
        keys.yaml("GroupBy", form.group_by);
    }
    let tests = form.tests.unwrap_or_default();
    if !tests.is_empty() {
        let tests = tests.into_iter().enumerate().map(|(index, test)| unit_test(kind, index, test));
        keys.json("Tests", tests.collect::<Result<Vec<Value>, _>>()?);
    }
    let has_python = matches!(kind, Rule | ScheduledRule | Policy);
    let python = if has_python { Some(needed("body", form.body)?) } else { None };
    Ok(ItemForm { id, kind, keys: keys.0, owned: DETECTION_KEYS, python })
}

/// A data model; `existing` says whether it is used when the form does not.
pub(super) fn data_model(
    id: String,
    form: DataModelForm,
    existing: Option<&ContentItem>,
) -> Result<ItemForm, ApiError> {
    let DataModelForm { id: _, display_name, description, enabled, log_types, body, mappings } = form;
    let mut keys = Keys::default();
    keys.text("DisplayName", display_name);
    if let Some(text) = description.filter(|text| !text.is_empty()) {
        keys.0.push(("Description", FormValue::Beside(text)));
    }
    keys.json("Enabled", enabled.or(existing.map(|item| item.enabled)).unwrap_or(true));
    keys.json("LogTypes", log_types.unwrap_or_default());
    let mapping = |mapping: api_types::DataModelMapping| {
        let mut entry = Map::new();
        entry.insert("Name".to_owned(), mapping.name.into());
        for (key, value) in [("Path", mapping.path), ("Method", mapping.method)] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                entry.insert(key.to_owned(), value.into());
            }
        }
        Value::Object(entry)
    };
    keys.json("Mappings", mappings.unwrap_or_default().into_iter().map(mapping).collect::<Vec<_>>());
    let python = body.filter(|body| !body.is_empty());
    Ok(ItemForm { id, kind: ContentKind::DataModel, keys: keys.0, owned: DATA_MODEL_KEYS, python })
}

/// A global.
pub(super) fn global(id: String, form: GlobalForm) -> Result<ItemForm, ApiError> {
    let GlobalForm { id: _, body, description, tags } = form;
    let mut keys = Keys::default();
    keys.text("Description", description);
    keys.list("Tags", tags);
    let python = Some(needed("body", body)?);
    Ok(ItemForm { id, kind: ContentKind::Global, keys: keys.0, owned: GLOBAL_KEYS, python })
}

/// A query, saved or scheduled.
pub(super) fn query(form: QueryForm) -> Result<ItemForm, ApiError> {
    let QueryForm { name, sql, description, schedule } = form;
    let id = super::write::id_of(None, name.as_deref()).map_err(|_| {
        ApiError::bad_request("`name` is missing or longer than 1000 characters; give it one")
    })?;
    let mut keys = Keys::default();
    let kind = if schedule.is_some() { ContentKind::ScheduledQuery } else { ContentKind::SavedQuery };
    if let Some(schedule) = &schedule {
        keys.json("Enabled", !schedule.disabled);
    }
    keys.text("Description", description);
    keys.json("Query", needed("sql", sql)?);
    if let Some(schedule) = schedule {
        let mut entry = Map::new();
        if schedule.rate_minutes > 0 {
            entry.insert("RateMinutes".to_owned(), schedule.rate_minutes.into());
        }
        if !schedule.cron.is_empty() {
            entry.insert("CronExpression".to_owned(), schedule.cron.into());
        }
        entry.insert("TimeoutMinutes".to_owned(), schedule.timeout_minutes.into());
        keys.json("Schedule", Value::Object(entry));
    }
    Ok(ItemForm { id, kind, keys: keys.0, owned: QUERY_KEYS, python: None })
}

fn needed(name: &str, value: Option<String>) -> Result<String, ApiError> {
    value.ok_or_else(|| ApiError::bad_request(format!("`{name}` is missing; it is needed")))
}

/// The word of the YAML for a severity of the API.
fn severity(word: Option<&str>) -> Result<&'static str, ApiError> {
    let words =
        [("INFO", "Info"), ("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High"), ("CRITICAL", "Critical")];
    let word = word.ok_or_else(|| ApiError::bad_request("`severity` is missing; it is needed"))?;
    let found = words.iter().find(|(name, _)| *name == word);
    found.map(|(_, yaml)| *yaml).ok_or_else(|| {
        ApiError::bad_request(format!("`severity`: `{word}` is not one of INFO, LOW, MEDIUM, HIGH, CRITICAL"))
    })
}

fn unit_test(kind: ContentKind, index: usize, test: UnitTest) -> Result<Value, ApiError> {
    let UnitTest { name, expected_result, resource, mocks } = test;
    let data: Value = serde_json::from_str(&resource).map_err(|error| {
        ApiError::bad_request(format!(
            "`tests[{index}].resource` is no JSON: {error}; give the event as JSON text"
        ))
    })?;
    let data_key = match kind {
        ContentKind::Policy => "Resource",
        ContentKind::CorrelationRule => "RuleOutputs",
        _ => "Log",
    };
    let mut keys = Map::new();
    keys.insert("Name".to_owned(), name.into());
    keys.insert("ExpectedResult".to_owned(), expected_result.into());
    keys.insert(data_key.to_owned(), data);
    if !mocks.is_empty() {
        keys.insert("Mocks".to_owned(), json!(mocks));
    }
    Ok(Value::Object(keys))
}
