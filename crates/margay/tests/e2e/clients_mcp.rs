//! The public MCP server, unchanged, between a language model's calls and our server.

use serde_json::{Value, json};

use crate::clients::{interpreter, limited, told};
use crate::harness::{Server, Site, TOKEN, okta_event, wait_until};

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/testdata/mcp_tools.py");

/// Calls tools in one session, and answers with what each said.
fn call(server: &Server, calls: &Value) -> Value {
    let mut command = limited(&interpreter("mcp"));
    command.arg(DRIVER).env("PANTHER_INSTANCE_URL", &server.base).env("PANTHER_API_TOKEN", TOKEN);
    let told = told(&mut command, &calls.to_string());
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {}", told.text))
}

#[test]
fn every_tool_with_a_counterpart_works() {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    let server = site.start();
    let form = json!({"id": "Okta.Locked", "displayName": "Locked out", "severity": "HIGH", "enabled": true,
        "logTypes": ["Okta.SystemLog"], "body": "def rule(event):\n    return True\n"});
    assert_eq!(server.change("POST", "/rules", &form).status, 200);
    server.send_events(&[okta_event("lock-1", "mira@example.com", "LOCKED")]);
    wait_until("the alert", || !server.alerts("ALERT").is_empty());

    let alert = "$list_alerts.alerts.0.id";
    let answers = call(
        &server,
        &json!([
            ["get_permissions", {}],
            ["list_alerts", {}],
            ["get_alert", {"alert_id": alert}],
            ["get_alert_events", {"alert_id": alert}],
            ["add_alert_comment", {"alert_id": alert, "comment": "seen"}],
            ["list_alert_comments", {"alert_id": alert}],
            ["list_log_sources", {}],
            ["get_http_log_source", {"source_id": "okta"}],
            ["list_log_type_schemas", {}],
            ["get_log_type_schema_details", {"schema_names": ["Okta.SystemLog"]}],
            ["get_severity_alert_metrics", {}],
            ["get_rule_alert_metrics", {}],
            ["list_detections", {}],
            ["get_detection", {"detection_id": "Okta.Locked", "detection_type": ["rules"]}],
            ["disable_detection", {"detection_id": "Okta.Locked", "detection_type": "rules"}],
            ["list_global_helpers", {}],
            ["list_data_models", {}],
            ["list_scheduled_queries", {}],
            ["list_roles", {}],
            ["get_role", {"role_id": "$list_roles.roles.0.id"}],
            ["list_users", {}],
        ]),
    );
    for (tool, answer) in answers.as_object().unwrap() {
        assert_eq!(answer["success"], true, "{tool}: {answer}");
    }
    assert_eq!(answers["get_severity_alert_metrics"]["total_alerts"], 1);
    assert_eq!(answers["list_alert_comments"]["comments"][0]["body"], "seen");
    assert_eq!(answers["list_log_sources"]["sources"][0]["integrationId"], "okta");
    assert_eq!(server.get_json("/rules/Okta.Locked")["enabled"], false, "it was switched off");
}

/// What this server does not have is a failure that says so, and none that looks like an empty answer.
#[test]
fn tools_without_a_counterpart_say_so() {
    let site = Site::new("");
    let server = site.start();
    let sql = "SELECT 1 FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d')";
    let answers = call(
        &server,
        &json!([
            ["get_bytes_processed_metrics", {}],
            ["list_databases", {}],
            ["list_database_tables", {"database": "panther_logs.public"}],
            ["query_data_lake", {"sql": sql}],
            ["start_ai_alert_triage", {"alert_id": "x"}],
        ]),
    );
    for (tool, answer) in answers.as_object().unwrap() {
        assert_eq!(answer["success"], false, "{tool}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains("is not available"), "{tool}: {answer}");
    }
}
