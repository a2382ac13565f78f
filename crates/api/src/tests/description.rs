//! The description of the API is committed, so that a change of it is seen in review. `UPDATE_DOCS=1` writes it
//! anew.

use api_types::words;
use serde_json::{Map, Value, json};

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "asked for on the command line of the test, not by the product"
)]
fn the_committed_description_is_that_of_the_router() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let (_, description) = crate::router::described();
    let fresh = description.to_pretty_json().unwrap() + "\n";
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    // Too long to be shown.
    assert!(committed == fresh, "docs/openapi.json is old; run UPDATE_DOCS=1 cargo nextest run -p api");
}

/// Every object of a JSON value, however deep.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a Map<String, Value>>) {
    match value {
        Value::Object(object) => {
            found.push(object);
            object.values().for_each(|inner| objects(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| objects(inner, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let description = serde_json::to_value(crate::router::described().1).unwrap();
    let mut all = Vec::new();
    objects(&description, &mut all);
    let references: Vec<&str> = all.iter().filter_map(|object| object.get("$ref")?.as_str()).collect();
    assert!(references.len() > 100, "{references:?}");
    for reference in references {
        let place = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(place).is_some(), "{reference} leads nowhere");
    }
}

/// Programs that make clients from the description name functions by it.
#[test]
fn every_operation_has_a_name_of_its_own() {
    let description = serde_json::to_value(crate::router::described().1).unwrap();
    let methods =
        description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for (_, operation) in methods {
        let name = operation["operationId"].as_str().unwrap();
        assert!(
            seen.insert(name.to_owned()),
            "two are called `{name}`; give one an `operation_id` of its own"
        );
    }
    assert!(seen.len() > 100, "{seen:?}");
}

/// What every route can answer beside its own words: a test fails for a handler that is described without it.
#[test]
fn every_route_describes_the_refusals_that_it_shares() {
    let description = serde_json::to_value(crate::router::described().1).unwrap();
    let open =
        ["/healthz", "/readyz", "/metrics", "/destinations/{id}/callback", "/scim/v2/ServiceProviderConfig"];
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answers = |status: &str| operation["responses"].get(status).is_some();
            let is_console = path.starts_with("/internal/");
            let is_open = operation.get("security").is_some_and(|security| *security == json!([{}]));
            assert!(is_open == open.contains(&path.as_str()) || is_console, "{method} {path}");
            assert!(is_open || ["401", "403", "503"].into_iter().all(answers), "{method} {path}");
            let is_read = operation.get("parameters").is_some() || operation.get("requestBody").is_some();
            assert!(!is_read || answers("400"), "{method} {path}");
            assert!(operation.get("requestBody").is_none() || answers("413"), "{method} {path}");
            assert!(!answers("500"), "{method} {path}: no answer is meant to be a fault");
        }
    }
}

/// The words that are written in the description alone are those of the types behind them.
#[test]
fn the_described_words_are_those_that_are_understood() {
    fn understood<T: std::str::FromStr>(words: &[&str]) -> bool {
        words.iter().all(|word| word.parse::<T>().is_ok())
    }
    assert!(understood::<model::DeliveryState>(&words::DeliveryState::list()));
    assert!(understood::<model::Trigger>(&words::DeliveryTrigger::list()));
    assert!(understood::<model::AlertType>(&words::DetectionKind::list()));
    let origins = crate::ContentOrigin::ALL.map(crate::ContentOrigin::as_str);
    assert_eq!(origins.to_vec(), words::ContentOrigin::list());
}
