//! The public MCP server, unchanged, between a language model's calls and our server: every tool that it has.

use serde_json::{Value, json};

use crate::clients::{interpreter, limited, told};
use crate::harness::{Server, Site, TOKEN, okta_event, text, wait_until};

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/testdata/mcp_tools.py");

/// Tools whose counterpart is here. Each is called once, on real content.
const WORKS: [&str; 29] = [
    "add_alert_comment",
    "bulk_update_alerts",
    "disable_detection",
    "get_alert",
    "get_alert_events",
    "get_bytes_processed_metrics",
    "get_data_model",
    "get_detection",
    "get_global_helper",
    "get_http_log_source",
    "get_log_type_schema_details",
    "get_permissions",
    "get_role",
    "get_rule_alert_metrics",
    "get_scheduled_query",
    "get_severity_alert_metrics",
    "get_user",
    "list_alert_comments",
    "list_alerts",
    "list_data_models",
    "list_detections",
    "list_global_helpers",
    "list_log_sources",
    "list_log_type_schemas",
    "list_roles",
    "list_scheduled_queries",
    "list_users",
    "update_alert_assignee",
    "update_alert_status",
];

/// Tools that need what this server does not have, and a part of what they answer.
const NOT_AVAILABLE: [(&str, &str); 7] = [
    ("get_ai_alert_triage_summary", "this server asks no language model"),
    ("get_alert_event_stats", "this server has no data lake yet"),
    ("get_table_schema", "this server has no data lake yet"),
    ("list_database_tables", "this server has no data lake yet"),
    ("list_databases", "this server has no data lake yet"),
    ("query_data_lake", "this server has no data lake yet"),
    ("start_ai_alert_triage", "this server asks no language model"),
];

/// Calls tools in one session, and answers with what each said.
fn call(server: &Server, calls: &Value) -> Value {
    let mut command = limited(&interpreter("mcp"));
    command.arg(DRIVER).env("PANTHER_INSTANCE_URL", &server.base).env("PANTHER_API_TOKEN", TOKEN);
    let told = told(&mut command, &calls.to_string());
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {}", told.text))
}

/// Makes something, and gives what it became.
fn make(server: &Server, path: &str, form: &Value) -> Value {
    let made = server.change("POST", path, form);
    assert_eq!(made.status, 200, "{path}: {}", made.body);
    made.json()
}

/// One of everything that tools ask for, and three alerts of one rule.
fn fill(server: &Server) {
    let titled = "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\ndef dedup(event):\n    return event['uuid']\n";
    let yes = "def rule(event):\n    return True\n";
    make(
        server,
        "/rules",
        &json!({"id": "Okta.Locked", "displayName": "Locked out", "severity": "HIGH", "enabled": true,
            "logTypes": ["Okta.SystemLog"], "body": titled}),
    );
    make(
        server,
        "/scheduled-rules",
        &json!({"id": "Scheduled", "severity": "LOW", "enabled": true, "scheduledQueries": ["Locked users"],
            "body": yes}),
    );
    make(
        server,
        "/simple-rules",
        &json!({"id": "Simple", "severity": "LOW", "enabled": true, "logTypes": ["Okta.SystemLog"],
            "detection": "- {KeyPath: eventType, Condition: Equals, Value: never}\n"}),
    );
    make(
        server,
        "/policies",
        &json!({"id": "Policy", "severity": "LOW", "enabled": true, "resourceTypes": ["AWS.S3.Bucket"],
            "body": "def policy(resource):\n    return True\n"}),
    );
    make(server, "/globals", &json!({"id": "names", "description": "Names", "body": "WHO = 'x'\n"}));
    make(
        server,
        "/data-models",
        &json!({"id": "Okta.Model", "displayName": "Okta", "enabled": true, "logTypes": ["Okta.SystemLog"],
            "mappings": [{"name": "actor_user", "path": "actor.alternateId"}]}),
    );
    make(
        server,
        "/queries",
        &json!({"name": "Locked users", "sql": "SELECT 1", "description": "who",
            "schedule": {"rateMinutes": 60, "timeoutMinutes": 5, "disabled": true}}),
    );
    make(
        server,
        "/users",
        &json!({"email": "mira@example.com", "givenName": "Mira", "familyName": "Moon",
            "role": {"name": "Analyst"}}),
    );
    server.send_events(&["one", "two", "three"].map(|uuid| okta_event(uuid, "mira@example.com", "LOCKED")));
    wait_until("the alerts", || server.alerts("ALERT").len() == 3);
}

#[test]
fn every_tool_with_a_counterpart_works() {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    let server = site.start();
    fill(&server);
    let [first, second] = ["$list_alerts.alerts.0.id", "$list_alerts.alerts.1.id"];
    let user = "$list_users.users.0.id";
    let all = ["rules", "scheduled_rules", "simple_rules", "policies"];
    let answers = call(
        &server,
        &json!([
            ["get_permissions", {}],
            ["list_users", {}],
            ["get_user", {"user_id": user}],
            ["list_roles", {"name_contains": "Read"}],
            ["get_role", {"role_id": "$list_roles.roles.0.id"}],
            ["list_alerts", {"severities": ["HIGH"]}],
            ["get_alert", {"alert_id": first}],
            ["get_alert_events", {"alert_id": first}],
            ["update_alert_status", {"alert_ids": [first], "status": "TRIAGED"}],
            ["update_alert_assignee", {"alert_ids": [first], "assignee_id": user}],
            ["add_alert_comment", {"alert_id": first, "comment": "seen"}],
            ["bulk_update_alerts",
                {"alert_ids": [second], "status": "CLOSED", "assignee_id": user, "comment": "in bulk"}],
            ["list_alert_comments", {"alert_id": second}],
            ["list_log_sources", {}],
            ["get_http_log_source", {"source_id": "okta"}],
            ["list_log_type_schemas", {}],
            ["get_log_type_schema_details", {"schema_names": ["Okta.SystemLog"]}],
            ["get_severity_alert_metrics", {}],
            ["get_rule_alert_metrics", {}],
            ["get_bytes_processed_metrics", {}],
            ["list_detections", {"detection_types": all}],
            ["get_detection", {"detection_id": "Policy", "detection_type": ["policies"]}],
            ["disable_detection", {"detection_id": "Okta.Locked", "detection_type": "rules"}],
            ["list_global_helpers", {}],
            ["get_global_helper", {"helper_id": "names"}],
            ["list_data_models", {}],
            ["get_data_model", {"data_model_id": "Okta.Model"}],
            ["list_scheduled_queries", {}],
            ["get_scheduled_query", {"query_id": "$list_scheduled_queries.queries.0.id"}],
        ]),
    );
    for tool in WORKS {
        assert_eq!(answers[tool]["success"], true, "{tool}: {}", answers[tool]);
    }
    alerts_are_told(&server, &answers);
    content_is_told(&answers);
    people_and_sources_are_told(&answers);
    assert_eq!(server.get_json("/rules/Okta.Locked")["enabled"], false, "it was switched off");
}

fn alerts_are_told(server: &Server, answers: &Value) {
    let alerts = answers["list_alerts"]["alerts"].as_array().unwrap();
    let titles: Vec<&str> = alerts.iter().filter_map(|alert| alert["title"].as_str()).collect();
    assert_eq!(titles, ["three", "two", "one"], "newest first");
    assert_eq!(answers["get_alert"]["alert"]["title"], "three");
    assert_eq!(answers["get_alert"]["alert"]["detection"]["id"], "Okta.Locked");
    let events = &answers["get_alert_events"]["events"];
    assert_eq!((&events[0]["uuid"], &events[1]), (&json!("three"), &Value::Null));

    let user = &answers["list_users"]["users"][0]["id"];
    let now = |alert: &Value| server.get_json(&format!("/alerts/{}", text(&alert["id"])));
    let (first, second, third) = (now(&alerts[0]), now(&alerts[1]), now(&alerts[2]));
    assert_eq!((&first["status"], &first["assignee"]["id"]), (&json!("TRIAGED"), user));
    assert_eq!((&second["status"], &second["assignee"]["id"]), (&json!("CLOSED"), user));
    assert_eq!((&third["status"], &third["assignee"]), (&json!("OPEN"), &Value::Null), "left alone");
    assert_eq!(answers["update_alert_status"]["alerts"], json!([first["id"]]));
    assert_eq!(answers["update_alert_assignee"]["alerts"], json!([first["id"]]));
    assert_eq!(answers["add_alert_comment"]["comment"]["body"], "seen");
    let bulk = &answers["bulk_update_alerts"];
    assert_eq!(bulk["results"]["failed_operations"], json!([]), "{bulk}");
    assert_eq!(bulk["summary"]["successful_operations"], 3, "{bulk}");
    let comments = &answers["list_alert_comments"]["comments"];
    assert_eq!((&comments[0]["body"], &comments[1]), (&json!("in bulk"), &Value::Null));

    let severities = &answers["get_severity_alert_metrics"];
    assert_eq!(severities["total_alerts"], 3, "{severities}");
    assert_eq!(severities["alerts_per_severity"][0]["label"], "Rule HIGH", "{severities}");
    let rules = &answers["get_rule_alert_metrics"]["alerts_per_rule"];
    assert_eq!(*rules, json!([{"entityId": "Okta.Locked", "label": "Locked out", "value": 3}]));
}

fn content_is_told(answers: &Value) {
    let listed = &answers["list_detections"];
    for (kind, id) in [
        ("rules", "Okta.Locked"),
        ("scheduled_rules", "Scheduled"),
        ("simple_rules", "Simple"),
        ("policies", "Policy"),
    ] {
        assert_eq!((&listed[kind][0]["id"], &listed[kind][1]), (&json!(id), &Value::Null), "{listed}");
    }
    let policy = &answers["get_detection"]["policy"];
    assert_eq!(policy["resourceTypes"], json!(["AWS.S3.Bucket"]), "{policy}");
    assert!(text(&policy["body"]).starts_with("def policy"), "{policy}");
    assert_eq!(answers["disable_detection"]["rule"]["enabled"], false);
    assert_eq!(answers["list_global_helpers"]["global_helpers"][0]["id"], "names");
    assert_eq!(answers["get_global_helper"]["global_helper"]["body"], "WHO = 'x'\n");
    assert_eq!(answers["list_data_models"]["data_models"][0]["id"], "Okta.Model");
    let model = &answers["get_data_model"]["data_model"];
    assert_eq!(model["mappings"], json!([{"name": "actor_user", "path": "actor.alternateId"}]), "{model}");
    assert_eq!(answers["list_scheduled_queries"]["queries"][0]["name"], "Locked users");
    let query = &answers["get_scheduled_query"]["query"];
    assert_eq!((&query["sql"], &query["schedule"]["rateMinutes"]), (&json!("SELECT 1"), &json!(60)));
}

fn people_and_sources_are_told(answers: &Value) {
    let user = &answers["get_user"]["user"];
    assert_eq!((&user["email"], &user["role"]["name"]), (&json!("mira@example.com"), &json!("Analyst")));
    let role = &answers["get_role"]["role"];
    assert_eq!(role["name"], "AnalystReadOnly", "{role}");
    assert!(role["permissions"].as_array().unwrap().contains(&json!("AlertRead")), "{role}");
    let permissions = answers["get_permissions"]["permissions"].as_array().unwrap();
    for permission in ["Read Alerts", "Manage Rules", "Bulk Upload"] {
        assert!(permissions.contains(&json!(permission)), "{permission}: {permissions:?}");
    }
    assert_eq!(answers["list_log_sources"]["sources"][0]["integrationId"], "okta");
    assert_eq!(answers["get_http_log_source"]["source"]["logTypes"], json!(["Okta.SystemLog"]));
    let schemas = answers["list_log_type_schemas"]["schemas"].as_array().unwrap();
    assert!(schemas.iter().any(|schema| schema["name"] == "Okta.SystemLog"), "{schemas:?}");
    let details = &answers["get_log_type_schema_details"]["schemas"][0];
    assert!(text(&details["spec"]).starts_with("schema: Okta.SystemLog\n"), "{details}");
}

/// What this server does not have is a failure that says so, and none that looks like an empty answer.
#[test]
fn tools_without_a_counterpart_say_so() {
    let site = Site::new("");
    let server = site.start();
    let sql = "SELECT 1 FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d')";
    let table = json!({"database_name": "panther_logs.public", "table_name": "okta_systemlog"});
    let answers = call(
        &server,
        &json!([
            ["list_databases", {}],
            ["list_database_tables", {"database": "panther_logs.public"}],
            ["get_table_schema", table],
            ["query_data_lake", {"sql": sql}],
            ["get_alert_event_stats", {"alert_ids": ["x"]}],
            ["start_ai_alert_triage", {"alert_id": "x"}],
            ["get_ai_alert_triage_summary", {"alert_id": "x"}],
        ]),
    );
    for (tool, why) in NOT_AVAILABLE {
        let answer = &answers[tool];
        assert_eq!(answer["success"], false, "{tool}: {answer}");
        let message = text(&answer["message"]);
        assert!(message.contains("is not available") && message.contains(why), "{tool}: {answer}");
    }

    // The two tables have every tool that the client has.
    let mut tools: Vec<String> = answers["tools"].as_array().unwrap().iter().map(text).collect();
    tools.sort();
    let mut known: Vec<&str> = NOT_AVAILABLE.iter().map(|(tool, _)| *tool).chain(WORKS).collect();
    known.sort_unstable();
    assert_eq!(tools, known);
}
