//! Every key of every type with a value that it must not have: refused when it is saved, by key and rule.

use destinations::{build, find_type, registry};
use rstest::rstest;
use serde_json::{Map, Value, json};

use crate::kinds::cases;

/// A valid configuration of each type.
fn valid() -> Vec<(&'static str, Value)> {
    let mut valid: Vec<(&str, Value)> = cases().into_iter().map(|case| (case.kind, case.config)).collect();
    let keys = json!({"region": "eu-west-1", "access_key_id": "AKIA", "secret_access_key": "s3cret-key"});
    for (kind, key, address) in [
        ("sns", "topic_arn", "arn:aws:sns:eu-west-1:123456789012:alerts"),
        ("sqs", "queue_url", "https://sqs.eu-west-1.amazonaws.com/123456789012/alerts"),
    ] {
        let mut config = keys.clone();
        config[key] = Value::from(address);
        valid.push((kind, config));
    }
    valid
}

fn properties(kind: &str) -> Map<String, Value> {
    let schema = (find_type(kind).unwrap().config_schema)();
    schema["properties"].as_object().unwrap().clone()
}

/// A value of a type that the key's schema does not allow.
fn of_wrong_type(node: &Value) -> Value {
    match node["type"].as_str() {
        Some("object") => json!(7),
        _ => json!({"s3cret": "s3cret"}),
    }
}

#[test]
fn every_type_has_a_valid_configuration_here() {
    let mut kinds: Vec<&str> = valid().iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    let mut registered: Vec<&str> = registry().iter().map(|entry| entry.kind).collect();
    registered.sort_unstable();
    assert_eq!(kinds, registered);
    for (kind, config) in valid() {
        build(kind, &config).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_for_every_key() {
    for (kind, config) in valid() {
        for (key, node) in properties(kind) {
            let mut wrong = config.clone();
            if key == "basic" {
                // Another way to log in would be named first.
                wrong.as_object_mut().unwrap().remove("bearer");
            }
            wrong[&key] = of_wrong_type(&node);
            let error = build(kind, &wrong).expect_err(&format!("{kind}: `{key}` takes {}", wrong[&key]));
            let first = error.path.split(['.', '[']).next().unwrap();
            assert_eq!(first, key, "{kind}: {error}");
            assert!(error.message.contains(&format!("`{key}")), "{kind}: {error}");
            assert!(!error.message.contains("s3cret"), "{kind}: {error}");
        }
    }
}

#[test]
fn a_required_key_that_is_missing_null_or_empty_is_named() {
    for (kind, config) in valid() {
        let schema = (find_type(kind).unwrap().config_schema)();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for key in required.iter().map(|key| key.as_str().unwrap()) {
            for wrong in [None, Some(Value::Null), Some(json!("")), Some(json!("  "))] {
                let mut config = config.clone();
                let shown = format!("{kind}: `{key}` is {wrong:?}");
                match wrong {
                    None => drop(config.as_object_mut().unwrap().remove(key)),
                    Some(value) => config[key] = value,
                }
                let error = build(kind, &config).expect_err(&shown);
                assert_eq!(error.path, key, "{shown}: {error}");
                assert!(error.message.contains(&format!("`{key}`")), "{shown}: {error}");
            }
        }
    }
}

#[test]
fn what_a_way_of_servicenow_does_not_take_is_refused_with_it() {
    let schema = (find_type("servicenow").unwrap().config_schema)();
    let ways = [
        json!({"instance_url": "https://acme.example", "user_name": "margay", "password": "s3cret"}),
        json!({"webhook_url": "https://acme.example/api/alerts"}),
    ];
    for (way, config) in schema["oneOf"].as_array().unwrap().iter().zip(ways) {
        for key in way["properties"].as_object().unwrap().keys() {
            let mut wrong = config.clone();
            wrong[key] = json!("s3cret");
            let error = build("servicenow", &wrong).unwrap_err();
            assert_eq!(error.path, *key, "{error}");
        }
    }
}

#[test]
fn an_unknown_key_is_refused_by_every_type() {
    for (kind, config) in valid() {
        let known = properties(kind).keys().next().unwrap().clone();
        for (key, word) in [
            (format!("{known}x"), format!("did you mean `{known}`?")),
            ("zzzzzzzz".to_owned(), "known keys are".to_owned()),
        ] {
            let mut wrong = config.clone();
            wrong[&key] = json!("s3cret");
            let error = build(kind, &wrong).unwrap_err();
            assert_eq!(error.path, key, "{kind}: {error}");
            assert!(error.message.contains(&word), "{kind}: {error}");
        }
    }
}

#[rstest]
#[case("asana", json!({"project_gids": []}), "project_gids")]
#[case("asana", json!({"project_gids": ["alerts"]}), "project_gids[0]")]
#[case("github", json!({"repo_name": "alerts"}), "repo_name")]
#[case("github", json!({"repo_name": "https://github.com/acme/alerts"}), "repo_name")]
#[case("jira_cloud", json!({"org_domain": "not a domain"}), "org_domain")]
#[case("jira_cloud", json!({"labels": ["two words"]}), "labels[0]")]
#[case("opsgenie", json!({"service_region": "ASIA"}), "service_region")]
#[case("pagerduty", json!({"service_region": "ASIA"}), "service_region")]
#[case("pagerduty", json!({"integration_key": "short"}), "integration_key")]
#[case("pubsub", json!({"credentials": "{}"}), "credentials")]
#[case("slack_bot", json!({"channels": []}), "channels")]
#[case("slack_bot", json!({"bot_token": "xoxp-1"}), "bot_token")]
#[case("sns", json!({"topic_arn": "alerts"}), "topic_arn")]
#[case("sns", json!({"access_key_id": null}), "access_key_id")]
#[case("sqs", json!({"queue_url": "alerts"}), "queue_url")]
#[case("sqs", json!({"region": "Mars 1"}), "region")]
#[case("splunk", json!({"url": "splunk.example"}), "url")]
#[case("servicenow", json!({"webhook_url": "https://h.example/"}), "webhook_url")]
fn rules_of_one_type(#[case] kind: &str, #[case] change: Value, #[case] path: &str) {
    let mut config = valid().into_iter().find(|(it, _)| *it == kind).unwrap().1;
    config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let error = build(kind, &config).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    let key = path.split('[').next().unwrap();
    assert!(error.message.contains(&format!("`{key}")), "{error}");
}
