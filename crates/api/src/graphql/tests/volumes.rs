//! How much logs came in, and who may see that.

use jiff::{SignedDuration, Timestamp};
use model::LedgerChanges;
use serde_json::{Value, json};
use store::{Arrivals, LedgerRequest, SourceMark, Volume, VolumeAdd, quarter_of};

use crate::tests::Api;

const METRICS: &str = "query ($input: MetricsInput!) { metrics(input: $input) {
    alertsPerRule { entityId } alertsPerSeverity { label } totalAlerts
    bytesIngestedPerSource { label value } bytesProcessedPerSource { label value breakdown }
    eventsProcessedPerLogType { label value breakdown } latencyPerLogType { label value }
    totalBytesIngested totalBytesProcessed totalEventsProcessed } }";

fn add(log_type: Option<&str>, at: Timestamp, bytes: u64, timed_events: u64) -> VolumeAdd {
    let volume = Volume { bytes, events: 3, failures: 0, latency_ms: 4_500, timed_events };
    let log_type = log_type.map(Into::into);
    VolumeAdd { started_at: quarter_of(at), source_id: "okta".into(), log_type, volume }
}

/// Logs of two log types, an hour ago and now; the last body had no event.
pub(super) async fn with_logs() -> Api {
    let api = Api::start(&[("a", true)]).await;
    api.commit(&["a"], Vec::new()).await;
    let before = api.now - SignedDuration::from_hours(1);
    let volumes = vec![
        add(None, before, 90, 0),
        add(None, api.now, 110, 0),
        add(Some("Okta.SystemLog"), before, 70, 3),
        add(Some("Okta.SystemLog"), api.now, 30, 0),
        add(Some("AWS.CloudTrail"), api.now, 50, 0),
    ];
    let mark = SourceMark {
        source_id: "okta".into(),
        received_at: api.now,
        processed_at: Some(before),
        unclassified_at: None,
        unreadable_at: None,
    };
    let arrivals = Arrivals { volumes, marks: vec![mark] };
    let request = LedgerRequest { position: Some(2), arrivals, at: api.now, ..LedgerRequest::default() };
    api.store.commit(request, |_| LedgerChanges::default()).await.unwrap();
    api
}

fn span() -> Value {
    json!({"input": {"fromDate": "2026-03-01T09:00:00Z", "toDate": "2026-03-01T11:00:00Z", "intervalInMinutes": 60}})
}

/// A token of a role that sees all log types but this.
async fn token_without(api: &Api, log_type: &str) -> String {
    let permissions = ["SummaryRead", "AlertRead", "AlertModify", "LogSourceRead"];
    let input = json!({"name": "some", "permissions": permissions, "logTypeAccessKind": "DENY", "logTypeAccess": [log_type]});
    let query = "mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }";
    api.data(query, json!({ "input": input })).await;
    api.token_of("some").await
}

async fn data_of(api: &Api, token: &str, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let (status, text) = api.post_graphql("/public/graphql", token, body).await;
    assert_eq!(status, 200, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer.get("errors"), None, "{text}");
    answer["data"].clone()
}

#[tokio::test]
async fn logs_are_counted_by_log_type_source_and_interval() {
    let api = with_logs().await;
    let mut metrics = api.data(METRICS, span()).await["metrics"].clone();
    metrics.as_object_mut().unwrap().retain(|key, _| !key.contains("lerts"));
    let (ten, eleven) = ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z");
    let expected = json!({
        "bytesIngestedPerSource": [{"label": "Okta of the tests", "value": 200}],
        "bytesProcessedPerSource": [
            {"label": "AWS.CloudTrail", "value": 50, "breakdown": {eleven: 50}},
            {"label": "Okta.SystemLog", "value": 100, "breakdown": {ten: 70, eleven: 30}},
        ],
        "eventsProcessedPerLogType": [
            {"label": "AWS.CloudTrail", "value": 3, "breakdown": {eleven: 3}},
            {"label": "Okta.SystemLog", "value": 6, "breakdown": {ten: 3, eleven: 3}},
        ],
        "latencyPerLogType": [{"label": "Okta.SystemLog", "value": 3.0}],
        "totalBytesIngested": 200,
        "totalBytesProcessed": 150,
        "totalEventsProcessed": 9,
    });
    assert_eq!(metrics, expected);
    let today = "{ organizationStats { logStats { bytesProcessedToday eventsProcessedToday } } }";
    let stats = api.data(today, json!({})).await["organizationStats"]["logStats"].clone();
    assert_eq!(stats, json!({"bytesProcessedToday": 150, "eventsProcessedToday": 9}));
    let queried = "query ($input: MetricsInput!) { metrics(input: $input) { totalBytesQueried } }";
    let error = api.error(queried, span()).await;
    assert!(error["message"].as_str().unwrap().contains("no data lake"), "{error}");
}

#[tokio::test]
async fn what_somebody_may_not_see_is_not_counted_for_him() {
    let api = with_logs().await;
    let token = token_without(&api, "Okta.SystemLog").await;
    let metrics = data_of(&api, &token, METRICS, span()).await["metrics"].clone();
    for key in ["alertsPerRule", "alertsPerSeverity", "bytesIngestedPerSource", "latencyPerLogType"] {
        assert_eq!(metrics[key], json!([]), "{key}");
    }
    assert_eq!(metrics["totalAlerts"], 0);
    assert_eq!(metrics["bytesProcessedPerSource"][0]["label"], "AWS.CloudTrail");
    assert_eq!((&metrics["totalBytesProcessed"], &metrics["totalBytesIngested"]), (&json!(50), &json!(0)));
    let stats =
        "{ organizationStats { alertStats { total byStatus { count } } logStats { bytesProcessedToday } } }";
    let stats = data_of(&api, &token, stats, json!({})).await["organizationStats"].clone();
    assert_eq!(
        (&stats["alertStats"]["total"], &stats["logStats"]["bytesProcessedToday"]),
        (&json!(0), &json!(50))
    );
    // Whoever may see the alert's log type counts it.
    let other = api.data(METRICS, span()).await["metrics"].clone();
    assert_eq!((&other["totalAlerts"], other["alertsPerRule"].as_array().unwrap().len()), (&json!(1), 1));
}

#[tokio::test]
async fn deliveries_of_hidden_alerts_are_not_retried() {
    let api = with_logs().await;
    api.give_up("a").await;
    let token = token_without(&api, "Okta.SystemLog").await;
    for path in ["/deliveries/retry-failed", "/destinations/a/retry-failed"] {
        let (status, text) = api.post_graphql(path, &token, "").await;
        assert_eq!((status.as_u16(), text.as_str()), (200, r#"{"retried":0}"#), "{path}");
    }
    assert_eq!(api.json(200, "POST", "/deliveries/retry-failed", "").await["retried"], 1);
}
