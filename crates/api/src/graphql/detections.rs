//! Rules and policies.

use std::sync::Arc;

use content::simple::keys_to_python;
use model::{Detection, DetectionKind, Permission, Severity};
use serde::Deserialize;
use serde_json::{Value, json};

use super::alerts::{page_info, page_size, time};
use super::call::{Answer, Call, Needs, Refusal, RootField};
use crate::content_admin::{ContentKind, ContentView};

const READ: Needs = Needs::All(&[Permission::RuleRead]);
/// Items of a page when nothing is said.
const FIRST_DEFAULT: i64 = 25;

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "detections", needs: READ, resolve: |call| Box::pin(detections(call)) },
    RootField { name: "rulePythonBody", needs: READ, resolve: |call| Box::pin(rule_python_body(call)) },
];

#[derive(Deserialize)]
struct DetectionsInput {
    first: Option<i64>,
    after: Option<String>,
    enabled: Option<bool>,
    #[serde(default)]
    severity: Vec<Severity>,
}

/// By id; a cursor is the id of the last one that was shown. Policies are left out for those who may not view
/// them.
async fn detections(mut call: Call<'_>) -> Answer {
    let input: DetectionsInput = call.input()?;
    let limit = page_size(input.first.unwrap_or(FIRST_DEFAULT))?;
    let after = input.after.filter(|after| !after.is_empty());
    let sees_policies = call.caller.holds(Permission::PolicyRead);
    let (served, view) = ((call.state.served)(), call.state.content.view());
    let fits = |detection: &&Arc<Detection>| {
        after.as_deref().is_none_or(|after| detection.id.as_str() > after)
            && input.enabled.is_none_or(|wanted| wanted == detection.enabled)
            && (input.severity.is_empty() || input.severity.contains(&detection.severity))
            && (sees_policies || detection.kind != DetectionKind::Policy)
    };
    let mut found: Vec<&Arc<Detection>> = served.detections.values().filter(fits).collect();
    found.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    let next = (found.len() > limit).then(|| found[limit - 1].id.to_string());
    let edges: Vec<Value> = found
        .iter()
        .take(limit)
        .map(|detection| json!({ "node": node(detection, &view), "cursor": detection.id.as_str() }))
        .collect();
    Ok(json!({ "edges": edges, "pageInfo": page_info(after.as_ref(), next.as_ref()) }))
}

fn node(detection: &Detection, view: &ContentView) -> Value {
    let item = view.find(detection.id.as_str());
    let is_policy = detection.kind == DetectionKind::Policy;
    let types: Vec<&str> = detection.log_types.iter().map(|log_type| log_type.as_str()).collect();
    json!({
        "__typename": if is_policy { "Policy" } else { "Rule" },
        "id": detection.id.as_str(),
        "displayName": detection.display_name,
        "severity": detection.severity.as_str(),
        "enabled": detection.enabled,
        "createdAt": item.and_then(|item| item.created_at).map(time),
        "updatedAt": item.and_then(|item| item.last_modified).map(time),
        if is_policy { "resourceTypes" } else { "logTypes" }: types,
    })
}

async fn rule_python_body(mut call: Call<'_>) -> Answer {
    let id: String = call.argument("input")?;
    let view = call.state.content.view();
    let found = view.find(&id).filter(|item| item.kind.is_detection());
    let item = found.ok_or_else(|| Refusal::not_found("rule", &id))?;
    if item.kind == ContentKind::Policy && !call.caller.holds(Permission::PolicyRead) {
        return Err(Refusal::not_found("rule", &id));
    }
    let tests = item.keys.get("Tests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let python = match item.kind {
        ContentKind::SimpleRule => keys_to_python(&item.keys).ok(),
        _ => item.python.as_ref().map(|file| file.text.to_string()),
    };
    Ok(json!({
        "pythonBody": python,
        "tests": tests.iter().map(test_json).collect::<Value>(),
    }))
}

/// A unit test as test tools read it.
fn test_json(test: &Value) -> Value {
    let mocks = test["Mocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mocks = mocks.iter().map(|mock| {
        let text = |key: &str| match &mock[key] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        json!({ "objectName": text("objectName"), "returnValue": text("returnValue") })
    });
    let resource = [&test["Log"], &test["Resource"]].into_iter().find(|value| !value.is_null());
    json!({
        "name": test["Name"].as_str().unwrap_or_default(),
        "expectedResult": test["ExpectedResult"].as_bool().unwrap_or_default(),
        "resource": resource.map_or_else(|| "{}".to_owned(), Value::to_string),
        "mocks": mocks.collect::<Value>(),
    })
}
