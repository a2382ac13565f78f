//! What fields answer, over a real database.

use rstest::rstest;
use serde_json::{Value, json};

use crate::tests::{Api, TOKEN};

const ALERT: &str = "id type title severity status description reference runbook createdAt updatedAt
    updatedBy { __typename } firstEventOccurredAt lastReceivedEventAt assignee { id }
    deliveries { outputId label message statusCode success url dispatchedAt }
    origin { __typename ... on Detection { id name description type createdAt createdBy { __typename } } }
    events { edges { node } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
    detection { id displayName }";

#[tokio::test]
async fn an_alert_is_shown_whole() {
    let api = Api::start(&[("team", true)]).await;
    let alert = api.commit(&["team"], Vec::new()).await;
    api.give_up("team").await;
    let data = api
        .data(
            &format!("query ($id: ID!) {{ alert(id: $id) {{ {ALERT} }} }}"),
            json!({"id": alert.id.as_str()}),
        )
        .await;
    let shown = &data["alert"];
    for (key, expected) in [
        ("title", json!("Strange login of mallory@example.com")),
        ("type", json!("RULE")),
        ("severity", json!("HIGH")),
        ("status", json!("OPEN")),
        ("reference", json!("")),
        ("runbook", json!("Ask the user.")),
        ("createdAt", json!("2026-03-01T10:00:00.5Z")),
        ("updatedBy", Value::Null),
        ("assignee", Value::Null),
        ("detection", json!({"id": "Okta.Login.Strange", "displayName": "Strange Okta login"})),
    ] {
        assert_eq!(shown[key], expected, "{key}");
    }
    assert_eq!(shown["origin"]["__typename"], "Detection");
    assert_eq!(shown["origin"]["name"], "Strange Okta login");
    assert_eq!(shown["deliveries"][0]["statusCode"], 404);
    assert_eq!(shown["deliveries"][0]["label"], "team");
    assert_eq!(shown["events"]["pageInfo"]["hasNextPage"], false);
}

#[rstest]
#[case(json!({"detectionId": "Okta.Login.Strange"}), 1)]
#[case(json!({"detectionId": "Other"}), 0)]
#[case(json!({"createdAtAfter": "2026-03-01T00:00:00Z", "createdAtBefore": "2026-03-02T01:00:00+02:00"}), 1)]
#[case(json!({"createdAtAfter": "2026-03-01T11:00:00Z", "createdAtBefore": "2026-03-02T00:00:00Z"}), 0)]
#[case(json!({"first": 10, "severity": ["HIGH"]}), 1)]
#[case(json!({"first": 10, "severities": ["LOW"]}), 0)]
#[case(json!({"first": 10, "status": "OPEN"}), 1)]
#[case(json!({"first": 10, "statuses": ["CLOSED"]}), 0)]
#[case(json!({"first": 10, "subtypes": ["RULE"]}), 1)]
#[case(json!({"first": 10, "subtypes": ["POLICY"]}), 0)]
#[case(json!({"first": 10, "type": "SYSTEM_ERROR"}), 0)]
#[case(json!({"first": 10, "nameContains": "STRANGE"}), 1)]
#[case(json!({"first": 10, "logTypes": ["Okta.SystemLog"], "logSources": ["okta"]}), 1)]
#[case(json!({"first": 10, "logTypes": ["AWS.CloudTrail"]}), 0)]
#[case(json!({"first": 10, "resourceTypes": ["AWS.S3.Bucket"]}), 0)]
#[case(json!({"first": 10, "eventCountMin": 2}), 0)]
#[case(json!({"first": 10, "eventCountMax": 1}), 1)]
#[case(json!({"first": 10, "assigneeIds": ["mira"]}), 0)]
#[case(json!({"first": 10, "sortBy": "createdAt", "sortDir": "ascending", "cursor": null}), 1)]
#[tokio::test]
async fn alerts_are_filtered(#[case] input: Value, #[case] count: usize) {
    let api = Api::start(&[]).await;
    api.commit(&[], Vec::new()).await;
    let query = "query ($input: AlertsInput!) { alerts(input: $input) { edges { node { id } } pageInfo { hasNextPage endCursor } } }";
    let data = api.data(query, json!({ "input": input })).await;
    assert_eq!(data["alerts"]["edges"].as_array().unwrap().len(), count);
    assert_eq!(data["alerts"]["pageInfo"], json!({"hasNextPage": false, "endCursor": null}));
}

#[rstest]
#[case(json!({}), "give `detectionId`, or both")]
#[case(json!({"createdAtAfter": "2026-03-01T00:00:00Z"}), "give `detectionId`, or both")]
#[case(json!({"first": 0}), "1 to 100")]
#[case(json!({"first": 101}), "1 to 100")]
#[case(json!({"detectionId": "x", "pageSize": -1}), "1 to 100")]
#[case(json!({"first": 5, "after": "what"}), "cursor")]
#[tokio::test]
async fn alerts_that_cannot_be_listed(#[case] input: Value, #[case] expected: &str) {
    let api = Api::start(&[]).await;
    let query = "query ($input: AlertsInput!) { alerts(input: $input) { edges { cursor } } }";
    let error = api.error(query, json!({ "input": input })).await;
    assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn alerts_change_all_or_none() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let id = alert.id.as_str();
    let status = "mutation ($input: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $input) { alerts { id status } } }";
    let data = api.data(status, json!({"input": {"ids": [id], "status": "TRIAGED"}})).await;
    assert_eq!(data["updateAlertStatusById"]["alerts"], json!([{"id": id, "status": "TRIAGED"}]));
    let error = api.error(status, json!({"input": {"ids": [id, "nope"], "status": "CLOSED"}})).await;
    assert!(error["message"].as_str().unwrap().contains("nope"), "{error}");
    let error = api.error(status, json!({"input": {"ids": [], "status": "CLOSED"}})).await;
    assert!(error["message"].as_str().unwrap().contains("name 1 to 1000"), "{error}");
    let read = "query ($id: ID!) { alert(id: $id) { status } }";
    assert_eq!(api.data(read, json!({ "id": id })).await["alert"]["status"], "TRIAGED");
}

#[tokio::test]
async fn a_comment_is_written() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let write = "mutation ($input: CreateAlertCommentInput!) { createAlertComment(input: $input) { comment { id body format createdAt entity { ... on Alert { id } } } } }";
    let data = api.data(write, json!({"input": {"alertId": alert.id.as_str(), "body": "seen"}})).await;
    let comment = &data["createAlertComment"]["comment"];
    assert_eq!(comment["body"], "seen");
    assert_eq!(comment["format"], "PLAIN_TEXT");
    assert_eq!(comment["entity"]["id"], alert.id.as_str());
    let page = api.json(200, "GET", &format!("/alert-comments?alert-id={}", alert.id), "").await;
    assert_eq!(page["results"][0]["id"], comment["id"]);
    for (alert_id, body, expected) in
        [("nope", "seen", "alert nope not found"), (alert.id.as_str(), "", "`body` must have")]
    {
        let error = api.error(write, json!({"input": {"alertId": alert_id, "body": body}})).await;
        assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn schemas_are_listed_by_kind_and_text() {
    let api = Api::start(&[]).await;
    let query = "query ($input: SchemasInput!) { schemas(input: $input) { edges { node {
        name description spec version revision isArchived isManaged isFieldDiscoveryEnabled referenceURL discoveredSpec createdAt updatedAt } } } }";
    for (input, names) in [
        (json!({}), vec!["AWS.CloudTrail", "Okta.SystemLog", "Panther.Audit"]),
        // Until there is one for every log type, the list is of no use to the tool that asks for it.
        (json!({"isManaged": true}), vec![]),
        (
            json!({"isManaged": true, "isArchived": false}),
            vec!["AWS.CloudTrail", "Okta.SystemLog", "Panther.Audit"],
        ),
        (json!({"isManaged": true, "contains": "okta"}), vec!["Okta.SystemLog"]),
        (json!({"isManaged": false}), vec![]),
        (json!({"isArchived": true}), vec![]),
        (json!({"isInUse": true}), vec!["Okta.SystemLog"]),
        (json!({"contains": "oKTA"}), vec!["Okta.SystemLog"]),
        (json!({"contains": "eventVersion"}), vec!["AWS.CloudTrail"]),
    ] {
        let data = api.data(query, json!({ "input": input })).await;
        let found: Vec<&str> = data["schemas"]["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| edge["node"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{input}");
        for edge in data["schemas"]["edges"].as_array().unwrap() {
            assert!(edge["node"]["spec"].as_str().unwrap().contains("fields:"));
        }
    }
}

#[tokio::test]
async fn sources_are_on_one_page() {
    let api = Api::start(&[]).await;
    let query = "{ sources(input: {cursor: \"whatever\"}) { edges { node { __typename integrationId integrationLabel integrationType isEditable isHealthy logTypes createdAtTime createdBy { __typename } lastModified lastEventProcessedAtTime ... on S3LogIntegration { s3Bucket } } } pageInfo { hasNextPage } } source(id: \"okta\") { integrationId } }";
    let data = api.data(query, json!({})).await;
    let node = &data["sources"]["edges"][0]["node"];
    assert_eq!(node["__typename"], "GenericLogIntegration");
    assert_eq!(node["integrationType"], "http-ingest");
    assert_eq!(node["integrationLabel"], "Okta of the tests");
    assert_eq!(node["logTypes"], json!(["Okta.SystemLog"]));
    assert_eq!(node.get("s3Bucket"), None);
    assert_eq!(data["sources"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(data["source"]["integrationId"], "okta");
}

#[tokio::test]
async fn alerts_are_counted_over_time() {
    let api = Api::start(&[]).await;
    api.commit(&[], Vec::new()).await;
    let query = "query ($input: MetricsInput!) { metrics(input: $input) { alertsPerSeverity { label value breakdown } alertsPerRule { entityId label value } totalAlerts } }";
    let span = json!({"fromDate": "2026-03-01T00:00:00Z", "toDate": "2026-03-02T00:00:00Z", "intervalInMinutes": 360});
    let data = api.data(query, json!({ "input": span })).await;
    assert_eq!(
        data["metrics"],
        json!({
            "alertsPerSeverity": [{"label": "Rule HIGH", "value": 1, "breakdown": {"2026-03-01T06:00:00Z": 1}}],
            "alertsPerRule": [{"entityId": "Okta.Login.Strange", "label": "Strange Okta login", "value": 1}],
            "totalAlerts": 1,
        })
    );
    let elsewhere = json!({"fromDate": "2026-02-01T00:00:00Z", "toDate": "2026-02-02T00:00:00Z"});
    assert_eq!(api.data(query, json!({ "input": elsewhere })).await["metrics"]["totalAlerts"], 0);
    for (input, expected) in [
        (json!({"fromDate": "2026-03-02T00:00:00Z", "toDate": "2026-03-01T00:00:00Z"}), "lies before"),
        (
            json!({"fromDate": "2026-03-01T00:00:00Z", "toDate": "2026-03-02T00:00:00Z", "intervalInMinutes": 7}),
            "use one of 15",
        ),
        (
            json!({"fromDate": "1900-03-01T00:00:00Z", "toDate": "2026-03-02T00:00:00Z", "intervalInMinutes": 15}),
            "10000 intervals",
        ),
    ] {
        let error = api.error(query, json!({ "input": input })).await;
        assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn flags_are_answered_in_the_order_asked() {
    let api = Api::start(&[]).await;
    let query =
        "query ($input: GetFeatureFlagsInput!) { featureFlags(input: $input) { flags { flag treatment } } }";
    let flags = json!([{"flag": "Unknown", "defaultTreatment": true}, {"flag": "EnableCorrelationRules", "defaultTreatment": null}, {"flag": "Other"}]);
    let data = api.data(query, json!({"input": {"flags": flags}})).await;
    assert_eq!(
        data["featureFlags"]["flags"],
        json!([{"flag": "Unknown", "treatment": true}, {"flag": "EnableCorrelationRules", "treatment": true}, {"flag": "Other", "treatment": false}])
    );
}

/// Every digit of an event is there again; nothing of it becomes a float.
#[tokio::test]
async fn events_keep_their_digits() {
    let api = Api::start(&[]).await;
    let body = r#"{"query": "query ($e: JSON!) { generateEnrichedEvent(input: {event: $e}) { enrichedEvent } }",
        "variables": {"e": {"id": 12345678901234567890123, "ratio": 0.10, "list": [1, null, {"b": 1, "a": 2}]}}}"#;
    let (_, text) = api.post_graphql("/public/graphql", TOKEN, body).await;
    let event = r#"{"id":12345678901234567890123,"ratio":0.10,"list":[1,null,{"b":1,"a":2}]}"#;
    assert_eq!(text, format!(r#"{{"data":{{"generateEnrichedEvent":{{"enrichedEvent":{event}}}}}}}"#));
    let error =
        api.error("{ generateEnrichedEvent(input: {event: [1]}) { enrichedEvent } }", json!({})).await;
    assert!(error["message"].as_str().unwrap().contains("no JSON object"), "{error}");
}

const CORRELATION: &str = "\
AnalysisType: correlation_rule
RuleID: Example.Chain
Enabled: true
Severity: High
Detection:
  - Sequence:
      - {ID: first, RuleID: Example.First}
      - {ID: second, RuleID: Example.Second}
    LookbackWindowMinutes: 60
    Schedule: {RateMinutes: 30, TimeoutMinutes: 5}
Tests:
  - Name: both
    ExpectedResult: true
    RuleOutputs:
      - {ID: first, Matches: {user: {mira: [0]}}}
      - {ID: second, Matches: {user: {mira: [10]}}}
  - Name: wrong
    ExpectedResult: true
    RuleOutputs:
      - {ID: first, Matches: {user: {mira: [0]}}}
";

#[tokio::test]
async fn correlation_rules_are_tested() {
    let api = Api::start(&[]).await;
    let query = "mutation ($input: TestCorrelationRuleYAMLInput!) { testCorrelationRuleYAML(input: $input) { results { name passed error } } }";
    let data = api.data(query, json!({"input": {"yaml": CORRELATION}})).await;
    let results = &data["testCorrelationRuleYAML"]["results"];
    assert_eq!(results[0], json!({"name": "both", "passed": true, "error": null}));
    assert_eq!(results[1]["passed"], false);
    assert!(results[1]["error"].as_str().unwrap().contains("returned false, expected true"), "{results}");
    for (yaml, expected) in
        [("a: 1", "no `AnalysisType`"), ("{", "line 1"), ("AnalysisType: pack\nPackID: x", "")]
    {
        let error = api.error(query, json!({"input": {"yaml": yaml}})).await;
        assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn filters_are_compiled_one_by_one() {
    let api = Api::start(&[]).await;
    let query =
        "mutation ($input: TranspileFiltersInput!) { transpileFilters(input: $input) { transpiledFilters } }";
    let data = json!(["[{\"KeyPath\": \"a.b\", \"Condition\": \"Equals\", \"Value\": 1}]", "[]"]);
    let answer = api.data(query, json!({"input": {"data": data, "patVersion": "1.11.1"}})).await;
    let expected = json!([
        r#"{"statement":{"and":[{"target":"a.b","operator":"==","value":1}]}}"#,
        r#"{"statement":{"and":[]}}"#,
    ]);
    assert_eq!(answer["transpileFilters"]["transpiledFilters"], expected);
    let error =
        api.error(query, json!({"input": {"data": ["[]", "[{KeyPath: a, Condition: Likes}]"]}})).await;
    assert!(error["message"].as_str().unwrap().starts_with("filter 2: "), "{error}");
}

#[tokio::test]
async fn simple_detections_become_python_one_by_one() {
    let api = Api::start(&[]).await;
    let query = "mutation ($input: TranspileSimpleDetectionsToPythonInput!) { transpileSimpleDetectionsToPython(input: $input) { transpiledPython } }";
    let rule =
        |detection: Value| json!({"RuleID": "R", "Detection": detection, "Severity": "Low"}).to_string();
    let first = rule(json!([{"Key": "a", "Condition": "Equals", "Value": "x"}]));
    let second = rule(json!([{"Key": "size", "Condition": "IsLessThan", "Value": 1e16}]));
    let answer = api.data(query, json!({"input": {"data": [first, second]}})).await;
    let modules = answer["transpileSimpleDetectionsToPython"]["transpiledPython"].as_array().unwrap();
    assert_eq!(modules.len(), 2);
    for (module, line) in modules.iter().zip([
        "    return _value(event, \"a\") == \"x\"\n",
        "    return _is_less(_value(event, \"size\"), 1e+16)\n",
    ]) {
        assert!(module.as_str().unwrap().contains(line), "{line}: {module}");
    }
    let wrong = rule(json!([{"Key": "a", "Condition": "Likes"}]));
    let error = api.error(query, json!({"input": {"data": [rule(json!([])), wrong]}})).await;
    assert!(
        error["message"].as_str().unwrap().starts_with("rule 1: `Detection` has no expression"),
        "{error}"
    );
}

#[tokio::test]
async fn detections_are_listed_by_page() {
    let api = Api::start(&[]).await;
    let query = "query ($input: DetectionsInput!) { detections(input: $input) { edges { node { ... on Rule { id displayName severity enabled logTypes createdAt } ... on Policy { resourceTypes } } cursor } pageInfo { hasNextPage endCursor } } }";
    let data = api.data(query, json!({"input": {"first": 1}})).await;
    assert_eq!(data["detections"]["edges"][0]["node"]["displayName"], "Strange Okta login");
    assert_eq!(data["detections"]["pageInfo"]["hasNextPage"], false);
    for input in
        [json!({"enabled": false}), json!({"severity": ["LOW"]}), json!({"after": "Okta.Login.Strange"})]
    {
        let data = api.data(query, json!({ "input": input })).await;
        assert_eq!(data["detections"]["edges"], json!([]), "{input}");
    }
}
