//! A store on a temporary folder, and small builders.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::{
    Alert, AlertEvents, AlertId, AlertStatus, AlertType, DedupGroup, DeliveryId, DeliveryJob,
    DestinationType, DetectionKind, Event, GroupKey, LedgerChanges, NewAlert, NewDelivery, RecordFailure,
    RoutingDecision, RoutingScenario, Severity, Trigger,
};
use serde_json::json;
use stdx::ManualClock;
use store::{CounterAdd, Lease, LedgerRequest, Store};

pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) dir: tempfile::TempDir,
}

impl std::ops::Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub(crate) async fn open() -> TestStore {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(0));
    let store = Store::open(dir.path(), Arc::new(clock.clone())).await.unwrap();
    TestStore { store, clock, dir }
}

/// So many seconds after the beginning of the tests' time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00.000000001Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

pub(crate) fn request(position: Option<u64>) -> LedgerRequest {
    LedgerRequest {
        position,
        counters: vec![CounterAdd { name: "batches", label: String::new(), add: 1 }],
        at: at(0),
        ..LedgerRequest::default()
    }
}

pub(crate) fn leased(until: Timestamp) -> LedgerRequest {
    LedgerRequest { lease: Some(Lease { until }), ..request(None) }
}

pub(crate) fn alert(number: u64) -> Alert {
    let serde_json::Value::Object(context) = json!({ "ip": "192.0.2.1", "count": 1 }) else { unreachable!() };
    let created_at = at(i64::try_from(number).unwrap());
    Alert {
        id: AlertId::of("My.Rule", number, "someone"),
        alert_type: AlertType::Rule,
        severity: Severity::High,
        status: AlertStatus::Open,
        title: format!("Alert {number}"),
        detection_id: "My.Rule".into(),
        detection_kind: Some(DetectionKind::Rule),
        detection_name: Some("My rule".into()),
        detection_version: Some("v1".into()),
        system_error: None,
        dedup: "someone".into(),
        number,
        created_at,
        first_event_at: created_at,
        last_event_at: created_at,
        updated_at: created_at,
        event_count: 1,
        log_types: BTreeSet::from(["Okta.SystemLog".into()]),
        source_ids: BTreeSet::from(["okta".into()]),
        description: Some("What happened".into()),
        reference: None,
        runbook: Some("Look".into()),
        context,
        tags: vec!["a".into(), "b".into()],
        reports: BTreeMap::from([("MITRE ATT&CK".into(), vec!["TA0001:T1078".into()])]),
        assignee: None,
        quality: None,
        context_tags: Vec::new(),
        updated_by: None,
        routing: RoutingDecision {
            scenario: RoutingScenario::Configuration,
            destination_ids: vec!["d1".into()],
            warnings: Vec::new(),
            explanation: Vec::new(),
        },
    }
}

pub(crate) fn new_alert(alert: Alert, destinations: &[&str]) -> NewAlert {
    let deliveries = destinations.iter().map(|id| delivery(&alert.id, id)).collect();
    NewAlert { alert: Arc::new(alert), deliveries }
}

pub(crate) fn delivery(alert: &AlertId, destination: &str) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(format!("{alert}-{destination}")),
        destination_id: destination.into(),
        destination_name: format!("name of {destination}"),
        destination_type: DestinationType("slack".into()),
        trigger: Trigger::Auto,
    }
}

pub(crate) fn event(text: &str) -> Event {
    Event {
        log_type: "Okta.SystemLog".into(),
        row_id: "0".into(),
        source_id: "okta".into(),
        accepted_at: at(0),
        json: text.into(),
    }
}

pub(crate) fn kept(alert: &AlertId, events: impl IntoIterator<Item = String>) -> AlertEvents {
    AlertEvents { alert_id: alert.clone(), events: events.into_iter().map(|text| event(&text)).collect() }
}

pub(crate) fn group(dedup: &str) -> DedupGroup {
    DedupGroup {
        key: GroupKey::of("My.Rule", dedup, false),
        rule_id: "My.Rule".into(),
        dedup: dedup.into(),
        is_error: false,
        alert_count: 0,
        window_start: at(0),
        window_end: at(3600),
        event_count: 1,
        kept_event_count: 1,
        log_types: BTreeSet::from(["Okta.SystemLog".into()]),
        source_ids: BTreeSet::from(["okta".into()]),
        last_event_at: at(0),
        alert_id: None,
        opening: None,
        unique_hashes: BTreeSet::from([0, 1, u64::MAX]),
    }
}

pub(crate) fn failure(source: &str, payload: &str) -> RecordFailure {
    RecordFailure {
        source_id: source.into(),
        received_at: at(0),
        log_type: Some("Okta.SystemLog".into()),
        reason: "`time`: not a time".into(),
        payload: payload.into(),
        truncated: false,
    }
}

/// Stores alerts with one delivery per destination, leased when `until` is given.
pub(crate) async fn store_alerts(
    store: &Store,
    alerts: Vec<Alert>,
    destinations: &[&str],
    until: Option<Timestamp>,
) -> Vec<DeliveryJob> {
    let new_alerts = alerts.into_iter().map(|alert| new_alert(alert, destinations)).collect();
    let changes = LedgerChanges { new_alerts, ..LedgerChanges::default() };
    let request = LedgerRequest { lease: until.map(|until| Lease { until }), ..request(None) };
    store.commit(request, move |_| changes).await.unwrap().jobs
}
