//! Key-value rows of detections: written with the commit, read back whole, purged and evicted.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{KV_EXPIRED_KEPT_SECONDS, KvChange, KvRow, LedgerChanges};
use store::{LedgerRequest, Retention, Store};

use crate::support::{TestStore, at, open, request};

fn counter(count: i64, expires_at: Option<i64>) -> KvRow {
    KvRow { count: Some(count), expires_at, ..KvRow::default() }
}

fn change(key: &str, row: Option<KvRow>) -> KvChange {
    KvChange { key: key.to_owned(), row }
}

async fn commit(store: &Store, position: u64, kv_changes: Vec<KvChange>) -> bool {
    let request = LedgerRequest { kv_changes, ..request(Some(position)) };
    store.commit(request, |_| LedgerChanges::default()).await.unwrap().applied
}

/// Moves the pipeline's time on.
async fn commit_at(store: &TestStore, position: u64, seconds: i64) {
    let request = LedgerRequest { at: at(seconds), ..request(Some(position)) };
    store.commit(request, |_| LedgerChanges::default()).await.unwrap();
}

#[tokio::test]
async fn rows_read_back_as_they_were_written() {
    let store = open().await;
    let full = KvRow {
        count: Some(i64::MIN),
        strings: BTreeSet::from(["é".to_owned(), "\u{0}\"".to_owned(), String::new()]),
        dictionary: Some(r#"{"a": 1.50, "b": "\u0000", "n": NaN}"#.to_owned()),
        expires_at: Some(1_800_000_000),
    };
    let rows = [
        ("full", full),
        ("big", counter(i64::MAX, None)),
        ("it's", KvRow::default()),
        ("a\u{0}b", counter(2, None)),
        ("a\u{0}c", counter(3, None)),
    ];
    let changes = rows.iter().map(|(key, row)| change(key, Some(row.clone()))).collect();
    assert!(commit(&store, 1, changes).await);
    for (key, row) in rows {
        assert_eq!(store.kv_row(key).await.unwrap(), Some(row), "{key}");
    }
    assert_eq!(store.kv_row("other").await.unwrap(), None);
    assert_eq!(store.kv_row_count().await.unwrap(), 5);
}

#[tokio::test]
async fn a_replayed_position_leaves_the_rows_alone() {
    let store = open().await;
    assert!(commit(&store, 5, vec![change("k", Some(counter(1, None)))]).await);
    assert!(!commit(&store, 5, vec![change("k", Some(counter(2, None))), change("other", None)]).await);
    assert!(!commit(&store, 4, vec![change("k", None)]).await);
    assert_eq!(store.kv_row("k").await.unwrap(), Some(counter(1, None)));
}

#[tokio::test]
async fn the_size_follows_what_comes_changes_and_goes() {
    let store = open().await;
    let set = |key: &str| change(key, Some(counter(1, None)));
    assert!(commit(&store, 1, vec![set("a"), set("b"), change("never there", None)]).await);
    assert_eq!(store.kv_row_count().await.unwrap(), 2);
    assert!(commit(&store, 2, vec![set("b"), set("c"), change("a", None)]).await);
    assert_eq!(store.kv_row_count().await.unwrap(), 2);
    assert_eq!(store.kv_row("a").await.unwrap(), None);
}

#[tokio::test]
async fn rows_go_once_the_pipeline_is_long_past_their_expiry() {
    let store = open().await;
    let expires_at = at(60).as_second();
    let rows = vec![
        change("expired", Some(counter(1, Some(expires_at)))),
        change("later", Some(counter(1, Some(expires_at + 1)))),
        change("never", Some(counter(1, None))),
    ];
    assert!(commit(&store, 1, rows).await);
    commit_at(&store, 2, 60 + KV_EXPIRED_KEPT_SECONDS - 1).await;
    assert_eq!(store.purge(Retention::default()).await.unwrap().kv_rows, 0);
    commit_at(&store, 3, 60 + KV_EXPIRED_KEPT_SECONDS).await;
    assert_eq!(store.purge(Retention::default()).await.unwrap().kv_rows, 1);
    assert_eq!(store.kv_row("expired").await.unwrap(), None);
    assert!(store.kv_row("later").await.unwrap().is_some());
    assert!(store.kv_row("never").await.unwrap().is_some());
    assert_eq!(store.kv_row_count().await.unwrap(), 2);
}

#[tokio::test]
async fn rows_survive_closing() {
    let store = open().await;
    assert!(commit(&store, 1, vec![change("k", Some(counter(7, Some(9))))]).await);
    store.close().await;
    let again = Store::open(store.dir.path(), Arc::new(store.clock.clone())).await.unwrap();
    assert_eq!(again.kv_row("k").await.unwrap(), Some(counter(7, Some(9))));
    assert_eq!(again.kv_row_count().await.unwrap(), 1);
}
