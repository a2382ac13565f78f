//! When sources were heard of, how they are, and their alarms.

use model::{AlertId, LedgerChanges, SystemErrorType};
use serde_json::json;
use store::{LedgerRequest, SourceTrouble};

use super::volumes::with_logs;
use crate::tests::Api;

#[tokio::test]
async fn sources_say_when_they_were_heard_of_and_how_they_are() {
    let api = with_logs().await;
    let query =
        "{ sources { edges { node { isHealthy lastEventReceivedAtTime lastEventProcessedAtTime } } } }";
    let node = api.data(query, json!({})).await["sources"]["edges"][0]["node"].clone();
    let (received, processed) = ("2026-03-01T11:00:00Z", "2026-03-01T10:00:00Z");
    let expected = json!({"isHealthy": true, "lastEventReceivedAtTime": received, "lastEventProcessedAtTime": processed});
    assert_eq!(node, expected);
    let trouble = SourceTrouble {
        source_id: "okta".into(),
        kind: SystemErrorType::SourceClassificationFailures,
        since: api.now,
        alert_id: AlertId::of("x", 1, "y"),
    };
    let request = LedgerRequest { troubles: vec![trouble], at: api.now, ..LedgerRequest::default() };
    api.store.commit(request, |_| LedgerChanges::default()).await.unwrap();
    let source = api.data("{ source(id: \"okta\") { isHealthy } }", json!({})).await["source"].clone();
    assert_eq!(source, json!({"isHealthy": false}));
    let source = api.json(200, "GET", "/log-sources/http/okta", "").await;
    assert_eq!(source["isHealthy"], false);
    assert!(source["lastEventReceivedAtTime"].as_str().unwrap().starts_with("2026-03-01T11:00:00"));
    assert!(source["lastEventProcessedAtTime"].as_str().unwrap().starts_with("2026-03-01T10:00:00"));
}

#[tokio::test]
async fn an_alarm_is_set_read_and_taken_away() {
    let api = Api::start(&[]).await;
    let path = "/log-source-alarms/okta/SOURCE_NO_DATA";
    assert!(api.refusal(404, "GET", path, "").await.contains("`okta` has no alarm"));
    let form = |minutes: u64| json!({"minutesThreshold": minutes}).to_string();
    for minutes in [0, 14, 43_201] {
        let told = api.refusal(400, "PUT", path, &form(minutes)).await;
        assert!(told.contains(&format!("`{minutes}` is not 15 to 43200")), "{told}");
    }
    for minutes in [43_200, 15] {
        let expected = json!({"type": "SOURCE_NO_DATA", "minutesThreshold": minutes});
        assert_eq!(api.json(200, "PUT", path, &form(minutes)).await, expected);
    }
    let expected = json!({"type": "SOURCE_NO_DATA", "minutesThreshold": 15, "state": "INSUFFICIENT_DATA"});
    assert_eq!(api.json(200, "GET", path, "").await, expected);
    for other in ["/log-source-alarms/nobody/SOURCE_NO_DATA", "/log-source-alarms/okta/SOURCE_TOO_LOUD"] {
        api.refusal(404, "GET", other, "").await;
        api.refusal(404, "PUT", other, &form(15)).await;
        api.refusal(404, "DELETE", other, "").await;
    }
    api.json(204, "DELETE", path, "").await;
    api.refusal(404, "DELETE", path, "").await;
}

#[tokio::test]
async fn an_alarm_says_whether_it_is_raised() {
    let api = with_logs().await;
    let path = "/log-source-alarms/okta/SOURCE_NO_DATA";
    api.json(200, "PUT", path, r#"{"minutesThreshold": 15}"#).await;
    assert_eq!(api.json(200, "GET", path, "").await["state"], "OK");
    let trouble = SourceTrouble {
        source_id: "okta".into(),
        kind: SystemErrorType::SourceNoData,
        since: api.now,
        alert_id: AlertId::of("x", 1, "y"),
    };
    let request = LedgerRequest { troubles: vec![trouble], at: api.now, ..LedgerRequest::default() };
    api.store.commit(request, |_| LedgerChanges::default()).await.unwrap();
    assert_eq!(api.json(200, "GET", path, "").await["state"], "ALARM");
}
