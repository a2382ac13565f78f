//! Record failures and retention.

use model::{LedgerChanges, RecordFailure, metric};
use store::{FAILURES_KEPT_MAX, LedgerRequest, PageRequest, Retention, Store};

use crate::support::{alert, at, failure, kept, open, request};

async fn store_failures(store: &Store, failures: Vec<RecordFailure>) {
    store.commit(LedgerRequest { failures, ..request(None) }, |_| LedgerChanges::default()).await.unwrap();
}

#[tokio::test]
async fn failures_read_back_newest_first() {
    let store = open().await;
    let untyped = RecordFailure { log_type: None, truncated: true, ..failure("okta", "{\"a\u{0}\": \"ä\"") };
    let failures = vec![failure("okta", "1"), failure("aws", "2"), untyped.clone(), failure("okta", "4")];
    store_failures(&store, failures).await;
    let first = store.list_failures(&"okta".into(), &PageRequest::first(2)).await.unwrap();
    assert_eq!(first.items, [failure("okta", "4"), untyped]);
    let page = PageRequest { cursor: first.next, limit: 2 };
    let second = store.list_failures(&"okta".into(), &page).await.unwrap();
    assert_eq!((second.items, second.next), (vec![failure("okta", "1")], None));
}

#[tokio::test]
async fn the_newest_failures_of_a_source_are_kept_and_the_rest_is_counted() {
    let store = open().await;
    store_failures(&store, vec![failure("aws", "x")]).await;
    for round in 0..3 {
        let failures = (0..4_000).map(|n| failure("okta", &(round * 4_000 + n).to_string())).collect();
        store_failures(&store, failures).await;
    }
    let mut page = PageRequest::first(1000);
    let mut payloads = Vec::new();
    loop {
        let found = store.list_failures(&"okta".into(), &page).await.unwrap();
        payloads.extend(found.items.into_iter().map(|failure| failure.payload));
        let Some(next) = found.next else { break };
        page.cursor = Some(next);
    }
    assert_eq!(u64::try_from(payloads.len()).unwrap(), FAILURES_KEPT_MAX);
    assert_eq!((payloads[0].as_str(), payloads[9_999].as_str()), ("11999", "2000"));
    let counters = store.counters().await.unwrap();
    let dropped = counters.iter().find(|counter| counter.name == metric::FAILURES_DROPPED).unwrap();
    assert_eq!((dropped.label.as_str(), dropped.value), ("source=\"okta\"", 2_000));
    let others = store.list_failures(&"aws".into(), &PageRequest::first(10)).await.unwrap();
    assert_eq!(others.items.len(), 1);
}

#[tokio::test]
async fn retention_takes_what_is_older() {
    let store = open().await;
    let id = alert(1).id;
    for second in [10, 20] {
        let failures = (0..700)
            .map(|n| RecordFailure { received_at: at(second), ..failure("okta", &n.to_string()) })
            .collect();
        let changes = LedgerChanges {
            kept_events: vec![kept(&id, [second.to_string(), "0".to_owned()])],
            ..LedgerChanges::default()
        };
        let request = LedgerRequest { at: at(second), failures, ..request(None) };
        store.commit(request, move |_| changes).await.unwrap();
    }
    assert_eq!(store.purge(Retention::default()).await.unwrap(), store::Purged::default());
    let retention = Retention {
        alert_events_before: Some(at(20)),
        failures_before: Some(at(20)),
        ..Retention::default()
    };
    let purged = store.purge(retention).await.unwrap();
    assert_eq!((purged.alert_events, purged.failures, purged.groups), (2, 700, 0));
    let page = store.alert_events(&id, 0, 10).await.unwrap();
    assert_eq!((page.events, page.kept), (vec!["20".to_owned(), "0".to_owned()], 2));
}
