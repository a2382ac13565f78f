//! One destination of each type, whose every secret is a canary, and a vendor that repeats what it is sent.

use serde_json::{Value, json};
use test_support::Receiver;

use super::canaries::Canaries;
use super::change;
use crate::harness::{Server, text};

/// What each type needs beside its secrets; `BASE` is the vendor's address.
const CONFIGS: &[(&str, &str)] = &[
    ("asana", r#"{"project_gids": ["1"], "base_url": "BASE"}"#),
    ("blinkops", "{}"),
    ("discord", "{}"),
    ("github", r#"{"repo_name": "a/b", "base_url": "BASE"}"#),
    ("incidentio", r#"{"alert_source_config_id": "x", "base_url": "BASE"}"#),
    (
        "jira_cloud",
        r#"{"org_domain": "https://x.atlassian.net", "user_name": "u@example.com", "project_key": "AB", "issue_type": "Task", "base_url": "BASE"}"#,
    ),
    ("jira_datacenter", r#"{"base_url": "BASE", "project_key": "AB", "issue_type": "Task"}"#),
    ("mindflow", "{}"),
    ("msteams", "{}"),
    ("opsgenie", r#"{"base_url": "BASE"}"#),
    ("pagerduty", r#"{"base_url": "BASE"}"#),
    ("pubsub", r#"{"project_id": "p", "topic_id": "t", "base_url": "BASE"}"#),
    ("rapid7", "{}"),
    ("servicenow", "{}"),
    ("slack", "{}"),
    ("slack_bot", r#"{"channels": ["C1"], "base_url": "BASE"}"#),
    (
        "sns",
        r#"{"topic_arn": "arn:aws:sns:eu-west-1:123456789012:t", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "endpoint_url": "BASE"}"#,
    ),
    (
        "sqs",
        r#"{"queue_url": "BASE/123456789012/q", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "region": "eu-west-1", "endpoint_url": "BASE"}"#,
    ),
    ("splunk", r#"{"url": "BASE"}"#),
    ("tines", "{}"),
    ("torq", "{}"),
    ("webhook", "{}"),
];

/// Makes one of each type; answers how many.
pub(super) fn make_all(server: &Server, canaries: &mut Canaries, echo: &Receiver) -> usize {
    let types = server.list("/destination-types");
    assert_eq!(types.len(), CONFIGS.len(), "each type has a row");
    for described in &types {
        let kind = text(&described["type"]);
        let (_, config) = CONFIGS.iter().find(|(name, _)| *name == kind).unwrap_or_else(|| panic!("{kind}"));
        let mut config: Value = serde_json::from_str(&config.replace("BASE", &echo.url(""))).unwrap();
        let mut secrets = Vec::new();
        for (key, schema) in described["configSchema"]["properties"].as_object().unwrap() {
            if schema["writeOnly"] != true {
                continue;
            }
            secrets.push(key.as_str());
            // Of several ways to prove who one is, one may be chosen; a proxy has a test of its own.
            if ["proxy", "credentials", "password"].contains(&key.as_str()) {
                continue;
            }
            let secret = canaries.make(&format!("`{key}` of {kind}"));
            config[key] = match schema["format"].as_str() {
                Some("uri") => echo.url(&format!("/{secret}")).into(),
                _ if key == "bot_token" => format!("xoxb-{secret}").into(),
                _ => secret.into(),
            };
        }
        let form = json!({
            "displayName": kind, "type": kind, "config": config, "severities": ["HIGH"], "alertTypes": ["RULE"],
            "delivery": { "timeout": "5s" },
        });
        let made = change(server, canaries, "POST", "/destinations", &form);
        let id = made["id"].as_str().unwrap_or_else(|| panic!("{kind}: {made}")).to_owned();
        change(server, canaries, "POST", &format!("/destinations/{id}/test"), &Value::Null);
        refusals(server, canaries, &secrets, &form);
    }
    types.len()
}

/// What is wrong with a form is said without what is in it.
fn refusals(server: &Server, canaries: &mut Canaries, secrets: &[&str], form: &Value) {
    let kind = text(&form["type"]);
    let secret = canaries.make(&format!("a secret in a refused form of {kind}"));
    for wrong in [json!([secret]), json!({ "a": secret })] {
        let mut form = form.clone();
        form["displayName"] = "refused".into();
        for key in secrets {
            form["config"][key] = wrong.clone();
        }
        refused(server, canaries, &form);
    }
    let mut typo = form.clone();
    typo["displayName"] = "refused".into();
    typo["config"][format!("{}s", secrets[0])] = secret.into();
    refused(server, canaries, &typo);
    let broken = form.to_string().replacen('}', "", 1);
    let answer = server.request(
        "POST",
        "/destinations",
        &[("X-API-Key", crate::harness::TOKEN)],
        Some(broken.as_bytes()),
    );
    canaries.answer(&kind, &answer.body);
}

fn refused(server: &Server, canaries: &mut Canaries, form: &Value) {
    for path in ["/destinations", "/destinations/test"] {
        let answer = change(server, canaries, "POST", path, form);
        assert!(answer["message"].is_string(), "{form}: {answer}");
    }
}
