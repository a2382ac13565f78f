//! Commits: replays, merges, kept events, groups, counters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{AlertMerge, GroupKey, LedgerChanges, metric};
use store::{EVENTS_KEPT_MAX, LedgerRequest, Retention};

use crate::support::{alert, at, event, failure, group, kept, leased, new_alert, open, request};

#[tokio::test]
async fn a_replayed_position_changes_nothing() {
    let store = open().await;
    for (position, applied) in [(5, true), (5, false), (4, false), (6, true)] {
        let changes = LedgerChanges {
            new_alerts: vec![new_alert(alert(position), &["d1"])],
            kept_events: vec![kept(&alert(position).id, ["{}".to_owned()])],
            ..LedgerChanges::default()
        };
        let request = LedgerRequest { failures: vec![failure("okta", "x")], ..request(Some(position)) };
        let committed = store.commit(request, move |_| changes).await.unwrap();
        assert_eq!(committed.applied, applied, "{position}");
        assert_eq!(committed.new_alerts.len(), usize::from(applied));
    }
    assert_eq!(store.position().await.unwrap(), 6);
    let counters = store.counters().await.unwrap();
    assert_eq!(counters.iter().find(|counter| counter.name == "batches").unwrap().value, 2);
    assert!(store.find_alert(&alert(4).id).await.unwrap().is_none());
    assert_eq!(store.alert_events(&alert(5).id, 0, 10).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn an_alert_that_exists_is_not_made_twice() {
    let store = open().await;
    for round in 0..2 {
        let changes =
            LedgerChanges { new_alerts: vec![new_alert(alert(1), &["d1"])], ..LedgerChanges::default() };
        let committed = store.commit(leased(at(60)), move |_| changes).await.unwrap();
        assert_eq!(committed.jobs.len(), 1 - round);
        assert_eq!(committed.new_alerts.len(), 1 - round);
    }
}

#[tokio::test]
async fn decisions_see_groups_and_states_and_commits_are_serial() {
    let store = open().await;
    let key = GroupKey::of("My.Rule", "x", false);
    let commits = (0..40).map(|_| {
        let request = LedgerRequest { group_keys: vec![key.clone()], ..request(None) };
        let store = store.store.clone();
        let key = key.clone();
        tokio::spawn(async move {
            store
                .commit(request, move |state| {
                    let mut group = state.groups.get(&key).cloned().unwrap_or_else(|| group("x"));
                    group.event_count += 1;
                    LedgerChanges { groups: vec![group], ..LedgerChanges::default() }
                })
                .await
                .unwrap();
        })
    });
    for commit in commits.collect::<Vec<_>>() {
        commit.await.unwrap();
    }
    let request = LedgerRequest { group_keys: vec![key.clone()], ..request(None) };
    store
        .commit(request, move |state| {
            assert_eq!(state.groups[&key].event_count, 41);
            assert_eq!(state.groups[&key].unique_hashes, BTreeSet::from([0, 1, u64::MAX]));
            LedgerChanges::default()
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn merges_change_counts_and_times_only() {
    let store = open().await;
    let before = alert(1);
    let merge = AlertMerge {
        alert_id: before.id.clone(),
        event_count: 7,
        log_types: BTreeSet::from(["A".into(), "B".into()]),
        source_ids: BTreeSet::from(["s".into()]),
        last_event_at: at(500),
    };
    let first =
        LedgerChanges { new_alerts: vec![new_alert(before.clone(), &[])], ..LedgerChanges::default() };
    store.commit(request(None), move |_| first).await.unwrap();
    let second = LedgerChanges { merges: vec![merge.clone()], ..LedgerChanges::default() };
    store.commit(LedgerRequest { at: at(600), ..request(None) }, move |_| second).await.unwrap();
    let after = store.find_alert(&before.id).await.unwrap().unwrap();
    let mut expected = before;
    expected.event_count = 7;
    expected.log_types = merge.log_types;
    expected.source_ids = merge.source_ids;
    expected.last_event_at = at(500);
    expected.updated_at = at(600);
    assert_eq!(*after, expected);
}

#[tokio::test]
async fn kept_events_are_appended_paged_and_limited() {
    let store = open().await;
    let id = alert(1).id;
    for batch in 0..3_u64 {
        let texts: Vec<String> = (0..400).map(|n| format!("{{\"n\":{}}}", batch * 400 + n)).collect();
        let changes = LedgerChanges { kept_events: vec![kept(&id, texts)], ..LedgerChanges::default() };
        store.commit(request(None), move |_| changes).await.unwrap();
    }
    let page = store.alert_events(&id, 395, 10).await.unwrap();
    let expected: Vec<String> = (395..405).map(|n| format!("{{\"n\":{n}}}")).collect();
    assert_eq!(page.events, expected);
    assert_eq!((page.kept, page.next_offset), (EVENTS_KEPT_MAX, Some(405)));
    let last = store.alert_events(&id, 995, 10).await.unwrap();
    assert_eq!((last.events.len(), last.next_offset), (5, None));
    assert!(store.alert_events(&id, 1000, 10).await.unwrap().events.is_empty());
    assert_eq!(store.alert_events(&alert(2).id, 0, 10).await.unwrap(), store::AlertEventPage::default());
}

#[tokio::test]
async fn dropped_events_go_before_new_ones_come() {
    let store = open().await;
    let id = alert(1).id;
    for text in ["\"old\"", "\"new\""] {
        let changes = LedgerChanges {
            kept_events: vec![kept(&id, [text.to_owned()])],
            dropped_events: vec![id.clone()],
            ..LedgerChanges::default()
        };
        store.commit(request(None), move |_| changes).await.unwrap();
    }
    assert_eq!(store.alert_events(&id, 0, 10).await.unwrap().events, ["\"new\""]);
}

#[tokio::test]
async fn the_store_counts_alerts_and_signals() {
    let store = open().await;
    for number in 1..=2 {
        let changes = LedgerChanges {
            new_alerts: vec![new_alert(alert(number), &[])],
            signals: BTreeMap::from([("My.Rule".into(), 3)]),
            ..LedgerChanges::default()
        };
        store.commit(request(None), move |_| changes).await.unwrap();
    }
    let counters = store.counters().await.unwrap();
    let value = |name: &str| {
        let counter = counters.iter().find(|counter| counter.name == name).unwrap();
        (counter.label.as_str(), counter.value)
    };
    assert_eq!(value(metric::ALERTS_CREATED), ("type=\"RULE\"", 2));
    assert_eq!(value(metric::SIGNALS), ("rule=\"My.Rule\"", 6));
}

#[tokio::test]
async fn groups_without_an_alert_go_once_the_pipeline_is_past_their_window() {
    let store = open().await;
    let waiting = group("waiting");
    let mut with_history = group("history");
    with_history.alert_count = 1;
    let mut finished = group("finished");
    finished.alert_count = 1;
    finished.alert_id = Some(model::AlertId::of("My.Rule", 1, "finished"));
    let would_be = model::AlertId::of("My.Rule", 1, "waiting");
    let would_be_second = model::AlertId::of("My.Rule", 2, "history");
    let changes = LedgerChanges {
        groups: vec![waiting.clone(), with_history.clone(), finished.clone()],
        kept_events: vec![
            kept(&would_be, ["1".to_owned(), "2".to_owned()]),
            kept(&would_be_second, ["3".to_owned()]),
        ],
        ..LedgerChanges::default()
    };
    store.commit(request(Some(1)), move |_| changes).await.unwrap();
    assert_eq!(store.purge(Retention::default()).await.unwrap().groups, 0);

    let request = LedgerRequest { at: at(3600), ..request(Some(2)) };
    store.commit(request, |_| LedgerChanges::default()).await.unwrap();
    let purged = store.purge(Retention::default()).await.unwrap();
    assert_eq!((purged.groups, purged.alert_events), (1, 3));
    assert!(store.alert_events(&would_be, 0, 10).await.unwrap().events.is_empty());

    let keys = [&waiting, &with_history, &finished].map(|group| group.key.clone());
    let request = LedgerRequest { group_keys: keys.to_vec(), ..crate::support::request(None) };
    store
        .commit(request, move |state| {
            assert!(!state.groups.contains_key(&waiting.key));
            assert_eq!(state.groups[&with_history.key].kept_event_count, 0);
            assert_eq!(state.groups[&finished.key], finished);
            LedgerChanges::default()
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_stored_survives_closing() {
    let store = open().await;
    let new = alert(1);
    let changes = LedgerChanges {
        new_alerts: vec![new_alert(new.clone(), &["d1"])],
        kept_events: vec![model::AlertEvents { alert_id: new.id.clone(), events: vec![event("{}")] }],
        ..LedgerChanges::default()
    };
    store.commit(request(Some(9)), move |_| changes).await.unwrap();
    store.close().await;
    let again = store::Store::open(store.dir.path(), Arc::new(store.clock.clone())).await.unwrap();
    assert_eq!(again.position().await.unwrap(), 9);
    assert_eq!(*again.find_alert(&new.id).await.unwrap().unwrap(), new);
    assert_eq!(again.deliveries_of_alert(&new.id).await.unwrap().len(), 1);
}
