//! Listing, filtering and changing alerts.

use std::collections::BTreeSet;

use model::{Actor, ActorKind, AlertClass, AlertStatus, AlertType, Severity};
use rstest::rstest;
use store::{AlertChange, AlertFilter, PageRequest, SortDirection, Store, StoreError, StoreErrorKind};

use crate::support::{TestStore, alert, at, open, store_alerts};

fn numbers(page: &store::Page<std::sync::Arc<model::Alert>>) -> Vec<u64> {
    page.items.iter().map(|alert| alert.number).collect()
}

/// Five alerts that differ in everything that can be filtered by.
async fn five() -> TestStore {
    let store = open().await;
    let mut alerts: Vec<_> = (1..=5).map(alert).collect();
    alerts[0].title = "Straße ÄRGER".into();
    alerts[1].alert_type = AlertType::RuleError;
    alerts[1].severity = Severity::Low;
    alerts[2].alert_type = AlertType::SystemError;
    alerts[2].detection_id = "ALERT_DELIVERY".into();
    alerts[2].detection_name = None;
    alerts[3].status = AlertStatus::Resolved;
    alerts[3].assignee = Some("ann".into());
    alerts[3].log_types = BTreeSet::from(["AWS.CloudTrail".into(), "Okta.SystemLog".into()]);
    alerts[4].event_count = 100;
    alerts[4].source_ids = BTreeSet::from(["aws".into()]);
    store_alerts(&store, alerts, &[], None).await;
    store
}

#[rstest]
#[case::everything(AlertFilter::default(), &[5, 4, 3, 2, 1])]
#[case::oldest_first(AlertFilter { sort: SortDirection::Ascending, ..AlertFilter::default() }, &[1, 2, 3, 4, 5])]
#[case::class(AlertFilter { class: Some(AlertClass::Alert), ..AlertFilter::default() }, &[5, 4, 1])]
#[case::class_of_errors(AlertFilter { class: Some(AlertClass::DetectionError), ..AlertFilter::default() }, &[2])]
#[case::types(AlertFilter { types: BTreeSet::from([AlertType::RuleError, AlertType::SystemError]), ..AlertFilter::default() }, &[3, 2])]
#[case::created(AlertFilter { created_after: Some(at(2)), created_before: Some(at(4)), ..AlertFilter::default() }, &[4, 3, 2])]
#[case::detection(AlertFilter { detection_id: Some("ALERT_DELIVERY".into()), ..AlertFilter::default() }, &[3])]
#[case::title_in_any_case(AlertFilter { name_contains: Some("STRASSE".to_lowercase().replace("ss", "ß") + " ärg"), ..AlertFilter::default() }, &[1])]
#[case::title_upper(AlertFilter { name_contains: Some("ALERT 4".into()), ..AlertFilter::default() }, &[4])]
#[case::detection_id(AlertFilter { name_contains: Some("alert_deliv".into()), ..AlertFilter::default() }, &[3])]
#[case::detection_name(AlertFilter { name_contains: Some("MY RULE".into()), ..AlertFilter::default() }, &[5, 4, 2, 1])]
#[case::no_wildcards(AlertFilter { name_contains: Some("%".into()), ..AlertFilter::default() }, &[])]
#[case::log_type(AlertFilter { log_types: BTreeSet::from(["AWS.CloudTrail".into()]), ..AlertFilter::default() }, &[4])]
#[case::source(AlertFilter { source_ids: BTreeSet::from(["aws".into(), "other".into()]), ..AlertFilter::default() }, &[5])]
#[case::status(AlertFilter { statuses: BTreeSet::from([AlertStatus::Resolved]), ..AlertFilter::default() }, &[4])]
#[case::severity(AlertFilter { severities: BTreeSet::from([Severity::Low, Severity::Info]), ..AlertFilter::default() }, &[2])]
#[case::assignee(AlertFilter { assignees: BTreeSet::from(["ann".into()]), ..AlertFilter::default() }, &[4])]
#[case::nobody(AlertFilter { assignees: BTreeSet::from([String::new()]), ..AlertFilter::default() }, &[5, 3, 2, 1])]
#[case::dedup(AlertFilter { dedup: Some("someone".into()), ..AlertFilter::default() }, &[5, 4, 3, 2, 1])]
#[case::no_such_dedup(AlertFilter { dedup: Some("some".into()), ..AlertFilter::default() }, &[])]
#[case::many_events(AlertFilter { event_count_min: Some(2), ..AlertFilter::default() }, &[5])]
#[case::few_events(AlertFilter { event_count_max: Some(1), ..AlertFilter::default() }, &[4, 3, 2, 1])]
#[tokio::test]
async fn filters(#[case] filter: AlertFilter, #[case] expected: &[u64]) {
    let store = five().await;
    let page = store.list_alerts(&filter, &PageRequest::first(50)).await.unwrap();
    assert_eq!(numbers(&page), expected);
    assert_eq!(page.next, None);
}

#[rstest]
#[case::newest_first(SortDirection::Descending)]
#[case::oldest_first(SortDirection::Ascending)]
#[tokio::test]
async fn pages_cover_everything_once(#[case] sort: SortDirection) {
    let store = open().await;
    let mut alerts: Vec<_> = (1..=7).map(alert).collect();
    for alert in &mut alerts {
        // All at the same time: only the id tells them apart.
        alert.created_at = at(0);
    }
    store_alerts(&store, alerts, &[], None).await;
    let filter = AlertFilter { sort, ..AlertFilter::default() };
    let mut page = PageRequest::first(3);
    let mut sizes = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        let found = store.list_alerts(&filter, &page).await.unwrap();
        sizes.push(found.items.len());
        seen.extend(numbers(&found));
        let Some(next) = found.next else { break };
        page.cursor = Some(next);
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_foreign_cursor_is_refused() {
    let store = open().await;
    let page = PageRequest { cursor: Some("x".into()), limit: 1 };
    let error = store.list_alerts(&AlertFilter::default(), &page).await.unwrap_err();
    assert!(matches!(&error, StoreError::BadCursor { cursor } if cursor == "x"));
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
}

async fn change(store: &Store, numbers: &[u64], change: AlertChange) -> Result<(), StoreError> {
    let ids = numbers.iter().map(|number| alert(*number).id).collect();
    store.update_alerts(ids, change, Actor { id: "ann".into(), kind: ActorKind::User }, at(50)).await
}

#[tokio::test]
async fn changes_are_all_or_nothing() {
    let store = five().await;
    let closed = AlertChange { status: Some(AlertStatus::Closed), ..AlertChange::default() };
    let error = change(&store, &[1, 9, 2], closed.clone()).await.unwrap_err();
    assert!(matches!(&error, StoreError::UnknownAlert { id } if *id == alert(9).id), "{error:?}");
    assert_eq!(store.find_alert(&alert(1).id).await.unwrap().unwrap().status, AlertStatus::Open);

    change(&store, &[1, 2, 1], closed).await.unwrap();
    let found = store.find_alerts(&[alert(2).id, alert(9).id, alert(1).id]).await.unwrap();
    assert_eq!(found.iter().map(|alert| alert.number).collect::<Vec<_>>(), [2, 1]);
    for alert in found {
        assert_eq!(alert.status, AlertStatus::Closed);
        assert_eq!(alert.updated_at, at(50));
        assert_eq!(alert.updated_by, Some(Actor { id: "ann".into(), kind: ActorKind::User }));
    }
}

#[tokio::test]
async fn assignees_come_and_go() {
    let store = five().await;
    change(&store, &[1, 4], AlertChange { assignee: Some(Some("bob".into())), ..AlertChange::default() })
        .await
        .unwrap();
    let found = store.find_alert(&alert(4).id).await.unwrap().unwrap();
    assert_eq!((found.assignee.as_deref(), found.status), (Some("bob"), AlertStatus::Resolved));
    change(&store, &[4], AlertChange { assignee: Some(None), ..AlertChange::default() }).await.unwrap();
    assert_eq!(store.find_alert(&alert(4).id).await.unwrap().unwrap().assignee, None);
    assert_eq!(store.find_alert(&alert(1).id).await.unwrap().unwrap().assignee.as_deref(), Some("bob"));
}

#[tokio::test]
async fn no_change_leaves_no_trace() {
    let store = five().await;
    change(&store, &[1], AlertChange::default()).await.unwrap();
    assert_eq!(store.find_alert(&alert(1).id).await.unwrap().unwrap().updated_by, None);
    assert!(change(&store, &[9], AlertChange::default()).await.is_err());
}
