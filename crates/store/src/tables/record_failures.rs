//! Table `record_failures`: records that did not parse, the newest of each source.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{LogType, RecordFailure, SourceId};
use serde::Serialize;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, json_sets, nanos};
use crate::store::Store;

/// So many failures are kept per source; older ones go and are counted.
pub const FAILURES_KEPT_MAX: u64 = 10_000;

impl Store {
    /// Kept failures of a source, newest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_failures(
        &self,
        source: &SourceId,
        page: &PageRequest,
    ) -> Result<Page<RecordFailure>, StoreError> {
        let before = page.after()?.map_or(i64::MAX, |cursor| cursor.number);
        let rows = sqlx::query(
            "SELECT * FROM record_failures WHERE source_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        )
        .bind(source.as_str())
        .bind(before)
        .bind(page.row_limit())
        .fetch_all(&self.readers)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let page = Page::cut(items, page, |(id, _)| Cursor { number: *id, id: String::new() });
        Ok(Page { items: page.items.into_iter().map(|(_, failure)| failure).collect(), next: page.next })
    }
}

#[derive(Serialize)]
struct FailureRow<'a> {
    source_id: &'a SourceId,
    received_at: i64,
    log_type: Option<&'a LogType>,
    reason: &'a str,
    payload: &'a str,
    truncated: bool,
}

/// Inserts failures in order and cuts each source to the newest; answers how many went, per source.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    failures: &[RecordFailure],
) -> Result<BTreeMap<SourceId, u64>, StoreError> {
    let rows = failures.iter().map(|failure| {
        let RecordFailure { source_id, received_at, log_type, reason, payload, truncated } = failure;
        FailureRow {
            source_id,
            received_at: nanos(*received_at),
            log_type: log_type.as_ref(),
            reason,
            payload,
            truncated: *truncated,
        }
    });
    let sets = json_sets(rows);
    for set in sets {
        sqlx::query(
            "INSERT INTO record_failures (source_id, received_at, log_type, reason, payload, truncated)
             SELECT value ->> 'source_id', value ->> 'received_at', value ->> 'log_type', value ->> 'reason',
                 value ->> 'payload', value ->> 'truncated'
             FROM json_each(?) ORDER BY key",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    let source_ids: BTreeSet<&SourceId> = failures.iter().map(|failure| &failure.source_id).collect();
    let mut dropped = BTreeMap::new();
    for source_id in source_ids {
        let count = sqlx::query(
            "DELETE FROM record_failures WHERE source_id = ?1 AND id <=
                 (SELECT id FROM record_failures WHERE source_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )
        .bind(source_id.as_str())
        .bind(crate::rows::count(FAILURES_KEPT_MAX))
        .execute(&mut *connection)
        .await?
        .rows_affected();
        if count > 0 {
            dropped.insert(source_id.clone(), count);
        }
    }
    Ok(dropped)
}

/// Deletes some failures received before a time; answers how many.
pub(crate) async fn delete_before(
    connection: &mut SqliteConnection,
    before: Timestamp,
    rows_max: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM record_failures WHERE id IN
             (SELECT id FROM record_failures WHERE received_at < ? ORDER BY received_at LIMIT ?)",
    )
    .bind(nanos(before))
    .bind(rows_max)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

fn read(row: &SqliteRow) -> Result<(i64, RecordFailure), StoreError> {
    let failure = RecordFailure {
        source_id: row.text("source_id")?,
        received_at: row.time("received_at")?,
        log_type: row.optional_text("log_type")?,
        reason: row.text("reason")?,
        payload: row.text("payload")?,
        truncated: row.flag("truncated")?,
    };
    Ok((sqlx::Row::try_get(row, "id")?, failure))
}
