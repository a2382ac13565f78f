//! What the server knows of its sources: how much came in, when last, and what is wrong with them.

use serde_json::{Value, json};
use stdx::{Clock as _, SystemClock};

use crate::harness::{Server, Site, allow, okta_event, text, vendor, wait_until};

macro_rules! document {
    ($name:literal) => {
        include_str!(concat!("../../../api/testdata/graphql/documents/", $name, ".graphql"))
    };
}

fn asked(server: &Server, query: &str, variables: &Value) -> Value {
    let answer = server.change("POST", "/public/graphql", &json!({"query": query, "variables": variables}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json();
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].clone()
}

/// From a day ago to a day from now.
fn span() -> Value {
    let now = SystemClock.now();
    let day = jiff::SignedDuration::from_hours(24);
    let input = json!({"fromDate": (now - day).to_string(), "toDate": (now + day).to_string(), "intervalInMinutes": 60});
    json!({ "input": input })
}

/// Bytes and breakdowns of the one log type.
fn processed(server: &Server) -> (u64, u64) {
    let data = asked(server, document!("mcp_metrics_bytes_processed_query"), &span());
    let series = data["metrics"]["bytesProcessedPerSource"].as_array().unwrap();
    assert_eq!(series.len(), 1, "{data}");
    assert_eq!(series[0]["label"], "Okta.SystemLog");
    let counts: Vec<u64> =
        series[0]["breakdown"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).collect();
    (series[0]["value"].as_u64().unwrap(), counts.iter().sum())
}

#[test]
fn volumes_and_last_events_survive_a_crash_and_count_each_event_once() {
    let site =
        Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog], no_data_alarm: 1h }\n");
    site.rule("Any", "", "def rule(event):\n    return False\n");
    let server = site.start();
    let alarm = "/log-source-alarms/okta/SOURCE_NO_DATA";
    assert_eq!(server.get_json(alarm)["state"], "INSUFFICIENT_DATA");
    let events: Vec<Value> = (0..5).map(|number| okta_event(&format!("e-{number}"), "mira", "X")).collect();
    let bytes =
        |count: usize| events[..count].iter().map(|event| event.to_string().len() as u64).sum::<u64>();
    server.send_events(&events[..2]);
    server.wait_evaluated(2);
    wait_until("the volume is committed", || {
        asked(&server, document!("sdk_get_organization_stats"), &json!({}))["organizationStats"]["logStats"]["eventsProcessedToday"]
            == 2
    });
    assert_eq!(processed(&server), (bytes(2), bytes(2)));
    server.send_events(&events[2..]);
    server.kill();

    let server = site.start();
    server.wait_evaluated(5);
    assert_eq!(processed(&server), (bytes(5), bytes(5)));
    let sources = asked(&server, document!("mcp_get_sources_query"), &json!({"input": {}}));
    let node = &sources["sources"]["edges"][0]["node"];
    assert_eq!(node["isHealthy"], true);
    assert!(node["lastEventReceivedAtTime"].is_string(), "{node}");
    assert_eq!(node["lastEventReceivedAtTime"], node["lastEventProcessedAtTime"]);
    let alarm_now = json!({"type": "SOURCE_NO_DATA", "minutesThreshold": 60, "state": "OK"});
    assert_eq!(server.get_json(alarm), alarm_now);
    let refused = server.change("PUT", alarm, &json!({"minutesThreshold": 15}));
    assert_eq!(refused.status, 409, "{}", refused.body);
}

#[test]
fn logs_that_cannot_be_read_are_told_once_to_who_takes_system_errors() {
    let ops = vendor();
    let site = Site::new(&format!(
        "{}sources:\n  - {{ id: okta, label: Okta of the office, type: http, log_types: [Okta.SystemLog] }}\n  \
         - {{ id: doors, type: http, stream_type: json, log_types: [Okta.SystemLog] }}\n\
         destinations:\n  - {{ name: ops, type: webhook, config: {{ webhook_url: \"{}\" }}, alert_types: [SYSTEM_ERROR] }}\n",
        allow(&[&ops]),
        ops.url("/ops")
    ));
    let server = site.start();
    server.send_events(&[okta_event("fine", "mira", "X")]);
    assert_eq!(server.send("okta", "{\"not\": \"of Okta\"}\nno JSON either\n").status, 200);
    wait_until("the trouble is told", || ops.count() == 1);
    let told = ops.requests()[0].json();
    assert_eq!(
        told["title"],
        "Source Okta of the office has turned unhealthy: log lines fit none of its schemas"
    );
    assert_eq!((&told["type"], &told["severity"]), (&json!("SYSTEM_ERROR"), &json!("CRITICAL")));
    assert!(!told.to_string().contains("of Okta\\\""), "no log text leaves: {told}");
    // What is under way when the server is killed is sent again.
    server.wait_delivered();
    server.kill();

    let server = site.start();
    assert_eq!(server.send("okta", "{\"still\": \"not of Okta\"}\n").status, 200);
    assert_eq!(server.send("doors", "no JSON at all").status, 200);
    wait_until("the other trouble is told", || ops.count() == 2);
    let alerts = server.alerts("SYSTEM_ERROR");
    let errors: Vec<&Value> = alerts.iter().map(|alert| &alert["systemError"]).collect();
    let error = |kind: &str, id: &str| json!({"type": kind, "sourceId": id, "sourceType": "log-source", "detection": null});
    let expected =
        [error("SOURCE_LOG_PROCESSING_ERRORS", "doors"), error("SOURCE_CLASSIFICATION_FAILURES", "okta")];
    assert_eq!(errors, expected.iter().collect::<Vec<_>>(), "newest first");
    let id = text(&alerts[1]["id"]);
    let query =
        "query ($id: ID!) { alert(id: $id) { origin { ... on SystemError { type relatedComponent } } } }";
    let origin = asked(&server, query, &json!({ "id": id }))["alert"]["origin"].clone();
    assert_eq!(origin, json!({"type": "SOURCE_CLASSIFICATION_FAILURES", "relatedComponent": "LOG_SOURCE"}));
    assert_eq!(server.get_json("/log-sources/http/okta")["isHealthy"], false);
}
