//! From a form of the API to the texts of an item, as if they had come in a zip.

use std::collections::BTreeMap;

use api::{ContentIssue, ContentItem, ContentKind, ContentOrigin, ContentRefusal, FormValue, ItemForm};
use content::{KeyValue, write_item};
use serde_json::{Map, Value, json};
use store::{ContentFileData, ContentText};

use super::stored::join;

/// Keys of a test that a form says; others of a test with the same name stay.
const TEST_KEYS: [&str; 6] = ["Name", "ExpectedResult", "Log", "Resource", "Mocks", "RuleOutputs"];

/// How the items of a kind are written.
struct Shape {
    analysis_type: &'static str,
    id_key: &'static str,
    folder: &'static str,
}

fn shape(kind: ContentKind) -> Shape {
    let (analysis_type, id_key, folder) = match kind {
        ContentKind::Rule | ContentKind::SimpleRule => ("rule", "RuleID", "rules"),
        ContentKind::ScheduledRule => ("scheduled_rule", "RuleID", "rules"),
        ContentKind::CorrelationRule => ("correlation_rule", "RuleID", "correlation_rules"),
        ContentKind::Policy => ("policy", "PolicyID", "policies"),
        ContentKind::DataModel => ("datamodel", "DataModelID", "data_models"),
        ContentKind::Global => ("global", "GlobalID", "global_helpers"),
        ContentKind::SavedQuery => ("saved_query", "QueryName", "queries"),
        ContentKind::ScheduledQuery => ("scheduled_query", "QueryName", "queries"),
        ContentKind::LookupTable => ("lookup_table", "LookupName", "lookup_tables"),
        ContentKind::ScheduledPrompt => ("scheduled_prompt", "PromptName", "prompts"),
        ContentKind::Pack => ("pack", "PackID", "packs"),
    };
    Shape { analysis_type, id_key, folder }
}

/// The texts of an item; `existing` lends what a form cannot say.
pub(super) fn text_of_form(
    form: &ItemForm,
    existing: Option<&ContentItem>,
) -> Result<ContentText, ContentRefusal> {
    let Shape { analysis_type, id_key, .. } = shape(form.kind);
    let path = path_of(form.kind, &form.id, existing);
    let name = python_name(&form.id, existing);
    let file = form
        .python
        .as_ref()
        .map(|text| ContentFileData { name: name.clone(), data: text.clone().into_bytes() });
    let json = |key: &str, value: Value| (key.to_owned(), KeyValue::Json(value));
    let mut keys = vec![json("AnalysisType", analysis_type.into()), json(id_key, form.id.as_str().into())];
    if file.is_some() {
        keys.push(json("Filename", name.into()));
    }
    let mut texts = BTreeMap::new();
    for (key, value) in &form.keys {
        match value {
            FormValue::Json(tests) if *key == "Tests" => keys.push(json(key, merged_tests(tests, existing))),
            FormValue::Json(value) => keys.push(json(key, value.clone())),
            FormValue::Beside(text) => drop(texts.insert((*key).to_owned(), text.clone())),
            FormValue::Yaml(yaml) => {
                texts.insert((*key).to_owned(), yaml.clone());
                keys.push(((*key).to_owned(), KeyValue::Yaml(yaml.clone())));
            }
        }
    }
    let said: Vec<String> = keys.iter().map(|(key, _)| key.clone()).collect();
    let is_kept = |key: &str| {
        !said.iter().any(|said| said == key)
            && !form.owned.contains(&key)
            && !["AnalysisType", "Filename", "BaseDetection", "Tests", "Detection"].contains(&key)
    };
    let kept = existing.into_iter().flat_map(|item| &item.keys).filter(|(key, _)| is_kept(key));
    let behind: Vec<_> = kept.map(|(key, value)| json(key, value.clone())).collect();
    let tests_at = keys.iter().position(|(key, _)| key == "Tests").unwrap_or(keys.len());
    keys.splice(tests_at..tests_at, behind);
    let yaml = write_item(&keys).map_err(|fault| ContentRefusal::Invalid {
        message: fault.to_string(),
        issues: vec![ContentIssue { path: path.clone(), message: fault.to_string() }],
    })?;
    Ok(ContentText { analysis_type: analysis_type.to_owned(), path, yaml, file, form: texts })
}

/// Where the YAML of an item lies: where it did, else in the folder of its kind.
pub(super) fn path_of(kind: ContentKind, id: &str, existing: Option<&ContentItem>) -> String {
    let own = existing.filter(|item| item.origin == ContentOrigin::Api);
    own.map_or_else(|| join(shape(kind).folder, &format!("{}.yml", file_stem(id))), |item| item.path.clone())
}

/// What the Python file of an item is called: as it was, else by the id.
pub(super) fn python_name(id: &str, existing: Option<&ContentItem>) -> String {
    let name = existing.and_then(|item| item.python.as_ref()).map(|python| python.name.clone());
    name.unwrap_or_else(|| format!("{}.py", file_stem(id)))
}

/// `AnalysisType` of a kind, and the key of its id.
pub(super) fn type_of(kind: ContentKind) -> (&'static str, &'static str) {
    let Shape { analysis_type, id_key, .. } = shape(kind);
    (analysis_type, id_key)
}

/// The tests of a form, with what only the file of a test of the same name says.
fn merged_tests(tests: &Value, existing: Option<&ContentItem>) -> Value {
    let before = existing.and_then(|item| item.keys.get("Tests")?.as_array());
    let mut tests = tests.clone();
    for test in tests.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let is_same = |other: &&Map<String, Value>| other.get("Name") == test.get("Name");
        let others = before.into_iter().flatten().filter_map(Value::as_object);
        let Some(other) = others.clone().find(is_same) else { continue };
        for (key, value) in other.iter().filter(|(key, _)| !TEST_KEYS.contains(&key.as_str())) {
            test.insert(key.clone(), value.clone());
        }
        keep_values(test, other);
    }
    tests
}

/// A form shows the value of a mock as text; a value that reads the same stays what it was.
fn keep_values(test: &mut Map<String, Value>, other: &Map<String, Value>) {
    let before = other.get("Mocks").and_then(Value::as_array);
    let mocks = test.get_mut("Mocks").and_then(Value::as_array_mut);
    for mock in mocks.into_iter().flatten().filter_map(Value::as_object_mut) {
        let same = before.into_iter().flatten().find(|old| {
            let shown = old.get("returnValue").map(|value| match value {
                Value::String(text) => json!(text),
                value => json!(value.to_string()),
            });
            old.get("objectName") == mock.get("objectName") && shown.as_ref() == mock.get("returnValue")
        });
        if let Some(value) = same.and_then(|old| old.get("returnValue")) {
            mock.insert("returnValue".to_owned(), value.clone());
        }
    }
}

/// A name for the files of an item.
fn file_stem(id: &str) -> String {
    const CHARS_MAX: usize = 100;
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    let stem: String = id.chars().take(CHARS_MAX).map(letter).collect();
    if stem.is_empty() { "item".to_owned() } else { stem }
}
