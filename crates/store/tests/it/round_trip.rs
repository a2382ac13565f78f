//! Whatever is committed reads back as it was.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{
    Actor, ActorKind, Alert, AlertId, AlertStatus, AlertType, DedupGroup, GroupKey, LedgerChanges, NewAlert,
    OpeningMatch, Severity, SystemError, SystemErrorType,
};
use proptest::prelude::*;
use serde_json::{Map, Value};
use store::LedgerRequest;

use crate::support::{alert, at, delivery, event, group, leased, open};

/// Any text, hard cases among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("a\u{0}b".to_owned()),
        Just("\"quoted\" \\ \u{2028} 'x' \n\r\t".to_owned()),
        Just(String::new()),
    ]
}

fn context() -> impl Strategy<Value = Map<String, Value>> {
    let number = prop_oneof![
        Just("123456789012345678901234567890"),
        Just("1.10"),
        Just("1e400"),
        Just("-0"),
        Just("0.1"),
    ]
    .prop_map(|digits| serde_json::from_str::<Value>(digits).unwrap());
    let value = prop_oneof![
        number,
        text().prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
        prop::collection::vec(text().prop_map(Value::String), 0..3).prop_map(Value::Array),
    ];
    prop::collection::vec((text(), value), 0..5).prop_map(|pairs| pairs.into_iter().collect())
}

prop_compose! {
    fn any_alert()(
        texts in prop::collection::vec(text(), 8),
        optional in prop::option::of(text()),
        assignee in prop::option::of(text()),
        context in context(),
        seconds in -1_000_000_000_i64..1_000_000_000,
        event_count in 0..=u64::from(u32::MAX),
        words in (0..AlertType::ALL.len(), 0..AlertStatus::ALL.len(), 0..Severity::ALL.len()),
        is_system in any::<bool>(),
    ) -> Alert {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap();
        let mut alert = alert(1);
        alert.alert_type = AlertType::ALL[words.0];
        alert.status = AlertStatus::ALL[words.1];
        alert.severity = Severity::ALL[words.2];
        alert.title = next();
        alert.detection_id = next().into();
        alert.dedup = next();
        alert.tags = vec![next(), next()];
        alert.log_types = BTreeSet::from([next().into()]);
        alert.source_ids = BTreeSet::from([next().into()]);
        alert.updated_by = Some(Actor { id: next(), kind: ActorKind::ApiToken });
        alert.detection_name = optional.clone();
        alert.description = optional.clone();
        alert.routing.warnings = optional.into_iter().collect();
        alert.assignee = assignee;
        alert.context = context;
        alert.created_at = at(seconds);
        alert.updated_at = at(seconds + 1);
        alert.event_count = event_count;
        if is_system {
            alert.detection_kind = None;
            let component = alert.title.clone();
            alert.system_error = Some(SystemError { error_type: SystemErrorType::StorageFull, component });
        }
        alert
    }
}

prop_compose! {
    fn any_group()(
        dedup in text(),
        opening in prop::option::of((text(), prop::option::of(text()), context())),
        hashes in prop::collection::btree_set(any::<u64>(), 0..4),
        counts in (any::<u32>(), any::<u32>()),
        has_alert in any::<bool>(),
    ) -> DedupGroup {
        let mut group = group(&dedup);
        group.opening = opening.map(|(title, other, context)| OpeningMatch {
            title,
            severity: Severity::Info,
            description: other.clone(),
            reference: None,
            runbook: other.clone(),
            destinations: other.map(|name| vec![name]),
            context,
            log_type: None,
            warnings: vec![dedup.clone()],
        });
        group.unique_hashes = hashes;
        group.alert_count = u64::from(counts.0);
        group.event_count = u64::from(counts.1);
        group.alert_id = has_alert.then(|| AlertId::of("My.Rule", 1, &dedup));
        group
    }
}

async fn check(alerts: Vec<Alert>, groups: Vec<DedupGroup>, events: Vec<String>) {
    let store = open().await;
    let mut alerts = alerts;
    for (number, alert) in (1..).zip(&mut alerts) {
        alert.number = number;
        alert.id = AlertId::of("My.Rule", number, "x");
    }
    let mut groups = groups;
    for (number, group) in groups.iter_mut().enumerate() {
        group.key = GroupKey::of("My.Rule", &number.to_string(), false);
    }
    let new_alerts: Vec<NewAlert> = alerts
        .iter()
        .map(|alert| NewAlert {
            alert: Arc::new(alert.clone()),
            deliveries: vec![delivery(&alert.id, &alert.title)],
        })
        .collect();
    let texts: Vec<String> = events.iter().map(|text| Value::String(text.clone()).to_string()).collect();
    let kept_events = alerts
        .iter()
        .map(|alert| model::AlertEvents {
            alert_id: alert.id.clone(),
            events: texts.iter().map(|text| event(text)).collect(),
        })
        .collect();
    let changes =
        LedgerChanges { groups: groups.clone(), new_alerts, kept_events, ..LedgerChanges::default() };
    let committed = store.commit(leased(at(60)), move |_| changes).await.unwrap();
    assert_eq!((committed.new_alerts.len(), committed.jobs.len()), (alerts.len(), alerts.len()));

    for alert in &alerts {
        assert_eq!(*store.find_alert(&alert.id).await.unwrap().unwrap(), *alert);
        assert_eq!(store.alert_events(&alert.id, 0, 1000).await.unwrap().events, texts);
        let deliveries = store.deliveries_of_alert(&alert.id).await.unwrap();
        assert_eq!(deliveries[0].destination_id.as_str(), alert.title);
    }
    let keys = groups.iter().map(|group| group.key.clone()).collect();
    let request = LedgerRequest { group_keys: keys, ..leased(at(60)) };
    store
        .commit(request, move |state| {
            for group in groups {
                assert_eq!(state.groups[&group.key], group);
            }
            LedgerChanges::default()
        })
        .await
        .unwrap();
    store.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_committed_reads_back(
        alerts in prop::collection::vec(any_alert(), 0..6),
        groups in prop::collection::vec(any_group(), 0..6),
        events in prop::collection::vec(text(), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(alerts, groups, events));
    }
}
