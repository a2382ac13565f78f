//! Tests that need to reach inside: migrations, a full disk, commands that share a transaction.

use std::sync::Arc;

use model::{KvChange, KvRow, LedgerChanges};
use sqlx::{Connection as _, SqliteConnection};
use stdx::SystemClock;

use crate::store::{MIGRATIONS, SCHEMA_VERSION};
use crate::tables::kv_rows;
use crate::{CounterAdd, DATABASE_FILE, LedgerRequest, Store, StoreError, StoreErrorKind};

async fn open(dir: &std::path::Path) -> Store {
    Store::open(dir, Arc::new(SystemClock)).await.unwrap()
}

fn counting(label: &str, position: Option<u64>) -> LedgerRequest {
    LedgerRequest {
        position,
        counters: vec![CounterAdd { name: "n", label: label.to_owned(), add: 1 }],
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        ..LedgerRequest::default()
    }
}

async fn schema_of(connection: &mut SqliteConnection) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE instr(name, '_sqlx') = 0 ORDER BY name",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn all_migrations_in_order_equal_a_fresh_database() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let url = format!("sqlite://{}", dir.path().join(DATABASE_FILE).display());
    let mut fresh = SqliteConnection::connect(&url).await.unwrap();

    let mut stepwise = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for migration in MIGRATIONS.iter() {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut stepwise).await.unwrap();
    }
    assert_eq!(schema_of(&mut fresh).await, schema_of(&mut stepwise).await);
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut stepwise).await.unwrap();
    assert_eq!(version, SCHEMA_VERSION);
    assert_eq!(MIGRATIONS.iter().last().map(|migration| migration.version), Some(SCHEMA_VERSION));
}

#[tokio::test]
async fn a_migration_that_comes_after_a_later_one_is_applied_too() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let url = format!("sqlite://{}", dir.path().join(DATABASE_FILE).display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let before = schema_of(&mut connection).await;
    let undo = "DROP TABLE kv_rows; DROP TABLE kv_size; DELETE FROM _sqlx_migrations WHERE version = 2";
    sqlx::raw_sql(undo).execute(&mut connection).await.unwrap();
    assert_ne!(schema_of(&mut connection).await, before);
    for _ in 0..2 {
        open(dir.path()).await.close().await;
        assert_eq!(schema_of(&mut connection).await, before);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store
        .write(|connection| {
            Box::pin(async move {
                sqlx::query("PRAGMA user_version = 99").execute(connection).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    store.close().await;
    let error = Store::open(dir.path(), Arc::new(SystemClock)).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerDatabase { found: 99, .. }), "{error:?}");
}

#[tokio::test]
async fn a_full_disk_is_transient_and_leaves_the_store_usable() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    set_page_limit(&store, Some(1)).await;
    let big = "x".repeat(1 << 20);
    let error = store.commit(counting(&big, Some(1)), |_| LedgerChanges::default()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::StorageFull, "{error:?}");
    assert!(error.is_transient());
    assert_eq!(store.position().await.unwrap(), 0);
    assert!(store.counters().await.unwrap().is_empty());

    set_page_limit(&store, None).await;
    assert!(store.commit(counting(&big, Some(1)), |_| LedgerChanges::default()).await.unwrap().applied);
    assert_eq!(store.position().await.unwrap(), 1);
}

/// Lets the file grow by no page, or without limit.
async fn set_page_limit(store: &Store, pages: Option<i64>) {
    store
        .write(move |connection| {
            Box::pin(async move {
                let sql = match pages {
                    // Less than there is: SQLite takes the present size.
                    Some(_) => "PRAGMA max_page_count = 1",
                    None => "PRAGMA max_page_count = 4294967294",
                };
                sqlx::query(sql).fetch_all(connection).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_failing_command_does_not_fail_those_that_share_its_transaction() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let nobody = "nobody".into();
    // Polled together, they are in the queue together.
    let (good, bad, unknown, other) = tokio::join!(
        store.commit(counting("good", None), |_| LedgerChanges::default()),
        store.commit(counting("bad", None), |_| panic!("a defect of the decision")),
        store.retry_delivery(&nobody),
        store.commit(counting("other", None), |_| LedgerChanges::default()),
    );
    assert!(good.unwrap().applied && other.unwrap().applied);
    assert!(matches!(bad.unwrap_err(), StoreError::DecisionPanicked));
    assert!(matches!(unknown.unwrap_err(), StoreError::UnknownDelivery { .. }));
    let labels: Vec<_> = store.counters().await.unwrap().into_iter().map(|counter| counter.label).collect();
    assert_eq!(labels, ["good", "other"]);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.close().await;
    let error = store.commit(counting("x", None), |_| LedgerChanges::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Closed), "{error:?}");
    assert!(matches!(store.position().await.unwrap_err(), StoreError::Closed));
    store.close().await;
}

#[tokio::test]
async fn two_may_open_a_new_database_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = tokio::join!(open(dir.path()), open(dir.path()));
    let (first_done, second_done) = tokio::join!(
        first.commit(counting("a", None), |_| LedgerChanges::default()),
        second.commit(counting("b", None), |_| LedgerChanges::default()),
    );
    assert!(first_done.unwrap().applied && second_done.unwrap().applied);
    assert_eq!(first.counters().await.unwrap().len(), 2);
}

#[tokio::test]
async fn key_value_rows_that_expire_first_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let row = |expires_at| Some(KvRow { count: Some(1), expires_at, ..KvRow::default() });
    let change = |key: &str, expires_at| KvChange { key: key.to_owned(), row: row(expires_at) };
    let changes =
        [change("never", None), change("late", Some(30)), change("soon", Some(10)), change("b", Some(20))];
    let evicted = store
        .write(move |connection| Box::pin(async move { kv_rows::apply(connection, &changes, 2).await }))
        .await
        .unwrap();
    assert_eq!(evicted, ["soon", "b"]);
    assert_eq!(store.kv_row_count().await.unwrap(), 2);
    assert!(store.kv_row("soon").await.unwrap().is_none());
    assert!(store.kv_row("late").await.unwrap().is_some());
    assert!(store.kv_row("never").await.unwrap().is_some());
}

fn file_bytes(dir: &std::path::Path, suffix: &str) -> u64 {
    std::fs::metadata(dir.join(format!("{DATABASE_FILE}{suffix}"))).map_or(0, |file| file.len())
}

/// Counters with labels of a page each.
async fn write_pages(store: &Store, pages: usize) {
    for page in 0..pages {
        let label = format!("{page:04000}");
        store.commit(counting(&label, None), |_| LedgerChanges::default()).await.unwrap();
    }
}

#[tokio::test]
async fn the_log_is_copied_beside_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let before = file_bytes(dir.path(), "");
    write_pages(&store, 20).await;
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while file_bytes(dir.path(), "") < before + 20 * 4_000 {
        assert!(std::time::Instant::now() < limit, "nothing was copied");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    store.close().await;
    assert_eq!(file_bytes(dir.path(), "-wal"), 0, "closing leaves no log");
}

#[tokio::test]
async fn the_writer_copies_its_log_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let before = file_bytes(dir.path(), "");
    write_pages(&store, 20).await;
    store.writer.downgrade().checkpoint().await;
    assert!(file_bytes(dir.path(), "") >= before + 20 * 4_000);
    let log = file_bytes(dir.path(), "-wal");
    write_pages(&store, 1).await;
    assert_eq!(file_bytes(dir.path(), "-wal"), log, "the log begins anew");
    let gone = store.writer.downgrade();
    store.close().await;
    gone.checkpoint().await;
}
