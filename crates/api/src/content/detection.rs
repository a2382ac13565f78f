//! Detections as they are read.

use std::collections::BTreeMap;

use api_types::{Detection, UnitTest, wire_time};
use serde_json::Value;

use crate::content_admin::{ContentItem, ContentKind};

/// A detection of any kind with the keys of its kind.
pub(super) fn to_wire(item: &ContentItem) -> Detection {
    use ContentKind::{CorrelationRule, Policy, Rule, ScheduledRule, SimpleRule};
    let kind = item.kind;
    let text = |key: &str| item.text(key).unwrap_or_default().to_owned();
    let yaml = |key: &str| item.texts.get(key).cloned().unwrap_or_default();
    let number = |key: &str, default: u64| item.keys.get(key).and_then(Value::as_u64).unwrap_or(default);
    let body = || item.python.as_ref().map(|python| python.text.to_string()).unwrap_or_default();
    let has_window = matches!(kind, Rule | ScheduledRule | SimpleRule);
    let has_yaml = matches!(kind, SimpleRule | CorrelationRule);
    let only = |condition: bool, value: String| condition.then_some(value);
    Detection {
        id: item.id.clone(),
        body: (!has_yaml).then(body),
        detection: only(has_yaml, yaml("Detection")),
        severity: text("Severity").to_uppercase(),
        display_name: text("DisplayName"),
        description: text("Description"),
        enabled: item.enabled,
        log_types: matches!(kind, Rule | SimpleRule).then(|| item.list("LogTypes")),
        scheduled_queries: (kind == ScheduledRule).then(|| item.list("ScheduledQueries")),
        resource_types: (kind == Policy).then(|| item.list("ResourceTypes")),
        suppressions: (kind == Policy).then(|| item.list("Suppressions")),
        dedup_period_minutes: has_window.then(|| number("DedupPeriodMinutes", 60)),
        threshold: has_window.then(|| number("Threshold", 1)),
        tags: item.list("Tags"),
        runbook: text("Runbook"),
        reference: text("Reference"),
        reports: reports(item),
        summary_attributes: (kind != Policy).then(|| item.list("SummaryAttributes")),
        output_ids: item.list("OutputIds"),
        inline_filters: only(matches!(kind, Rule | SimpleRule), yaml("InlineFilters")),
        create_alert: (kind != Policy)
            .then(|| item.keys.get("CreateAlert").and_then(Value::as_bool).unwrap_or(true)),
        alert_title: only(kind == SimpleRule, text("AlertTitle")),
        alert_context: only(kind == SimpleRule, yaml("AlertContext")),
        dynamic_severities: only(kind == SimpleRule, yaml("DynamicSeverities")),
        group_by: only(kind == SimpleRule, yaml("GroupBy")),
        python_body: None,
        tests: tests(item),
        managed: false,
        origin: item.origin.as_str().to_owned(),
        version: item.version,
        problem: item.problem.clone(),
        created_at: item.created_at.map(wire_time),
        last_modified: item.last_modified.map(wire_time),
        created_by: item.created_by.as_ref().map(api_types::Actor::from),
        last_modified_by: item.last_modified_by.as_ref().map(api_types::Actor::from),
        created_by_external: text("CreatedBy"),
    }
}

/// What a detection covers, by framework.
pub(crate) fn reports(item: &ContentItem) -> BTreeMap<String, Vec<String>> {
    let Some(Value::Object(frameworks)) = item.keys.get("Reports") else { return BTreeMap::new() };
    let entries = |value: &Value| -> Vec<String> {
        value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(shown).collect()
    };
    frameworks.iter().map(|(framework, value)| (framework.clone(), entries(value))).collect()
}

/// The tests of an item.
pub(super) fn tests(item: &ContentItem) -> Vec<UnitTest> {
    let tests = item.keys.get("Tests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    tests.iter().map(unit_test).collect()
}

fn unit_test(test: &Value) -> UnitTest {
    let data = ["Log", "Resource", "RuleOutputs"].iter().find_map(|key| test.get(key));
    let mocks = test.get("Mocks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mock = |mock: &Value| -> BTreeMap<String, String> {
        let keys = mock.as_object().into_iter().flatten();
        keys.map(|(key, value)| (key.clone(), shown(value))).collect()
    };
    UnitTest {
        name: test.get("Name").map(shown).unwrap_or_default(),
        expected_result: test.get("ExpectedResult").and_then(Value::as_bool).unwrap_or(false),
        resource: data.map(Value::to_string).unwrap_or_default(),
        mocks: mocks.iter().map(mock).collect(),
    }
}

/// A text as it is, anything else as JSON text.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
