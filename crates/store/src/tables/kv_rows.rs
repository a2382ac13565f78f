//! Tables `kv_rows` and `kv_size`: what detections keep between events.
//!
//! Rows are written by the commit of the group whose events changed them, so that a replay finds them as
//! they were before. `kv_size` is kept by the functions of this file alone.

use std::collections::BTreeSet;

use model::{KV_EXPIRED_KEPT_SECONDS, KvChange, KvRow};
use serde::Serialize;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::rows::{Columns, count, json, json_sets, uncount};
use crate::store::Store;
use crate::tables::position;

/// Most rows; beyond it the ones that expire first make room, then those that never do.
pub const KV_ROWS_MAX: u64 = 1_000_000;
/// `expires_at` of a row that never does, so that one index orders all.
const NEVER: i64 = i64::MAX;

#[derive(Serialize)]
struct StoredRow<'a> {
    key: &'a str,
    expires_at: i64,
    count: Option<i64>,
    // JSON inside a JSON text, as everywhere.
    strings: String,
    dictionary: Option<&'a str>,
}

impl<'a> StoredRow<'a> {
    fn of(key: &'a str, row: &'a KvRow) -> Self {
        let KvRow { count, strings, dictionary, expires_at } = row;
        Self {
            key,
            expires_at: expires_at.unwrap_or(NEVER),
            count: *count,
            strings: json(strings),
            dictionary: dictionary.as_deref(),
        }
    }
}

impl Store {
    /// The row of a key, expired or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kv_row(&self, key: &str) -> Result<Option<KvRow>, StoreError> {
        let row = sqlx::query("SELECT expires_at, count, strings, dictionary FROM kv_rows WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let expires_at: i64 = row.try_get("expires_at")?;
        Ok(Some(KvRow {
            count: row.try_get("count")?,
            strings: row.json::<BTreeSet<String>>("strings")?,
            dictionary: row.optional_text("dictionary")?,
            expires_at: (expires_at != NEVER).then_some(expires_at),
        }))
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kv_row_count(&self) -> Result<u64, StoreError> {
        let mut connection = self.readers.acquire().await?;
        size(&mut connection).await
    }
}

/// Writes what changed; answers the keys whose rows had to make room.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    changes: &[KvChange],
    rows_max: u64,
) -> Result<Vec<String>, StoreError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let before = size(connection).await?;
    let removed = remove(connection, changes).await?;
    let added = upsert(connection, changes).await?;
    let now = (before + added).saturating_sub(removed);
    let excess = now.saturating_sub(rows_max);
    let evicted = evict(connection, excess).await?;
    set_size(connection, now.saturating_sub(evicted.len() as u64)).await?;
    Ok(evicted)
}

async fn remove(connection: &mut SqliteConnection, changes: &[KvChange]) -> Result<u64, StoreError> {
    let mut removed = 0;
    let gone = changes.iter().filter(|change| change.row.is_none()).map(|change| change.key.as_str());
    for set in json_sets(gone) {
        removed += sqlx::query("DELETE FROM kv_rows WHERE key IN (SELECT value FROM json_each(?))")
            .bind(set)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    }
    Ok(removed)
}

/// How many of the rows are new.
async fn upsert(connection: &mut SqliteConnection, changes: &[KvChange]) -> Result<u64, StoreError> {
    let mut added = 0;
    let written: Vec<_> =
        changes.iter().filter_map(|change| Some((change.key.as_str(), change.row.as_ref()?))).collect();
    for set in json_sets(written.iter().map(|(key, _)| *key)) {
        let new: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM json_each(?) AS wanted
             WHERE NOT EXISTS (SELECT 1 FROM kv_rows WHERE key = wanted.value)",
        )
        .bind(set)
        .fetch_one(&mut *connection)
        .await?;
        added += uncount(new);
    }
    for set in json_sets(written.iter().map(|(key, row)| StoredRow::of(key, row))) {
        sqlx::query(
            "INSERT OR REPLACE INTO kv_rows (key, expires_at, count, strings, dictionary)
             SELECT value ->> 'key', value ->> 'expires_at', value ->> 'count', value ->> 'strings',
                 value ->> 'dictionary'
             FROM json_each(?)",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(added)
}

async fn evict(connection: &mut SqliteConnection, excess: u64) -> Result<Vec<String>, StoreError> {
    if excess == 0 {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_scalar(
        "DELETE FROM kv_rows WHERE key IN (SELECT key FROM kv_rows ORDER BY expires_at, key LIMIT ?)
         RETURNING key",
    )
    .bind(count(excess))
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Deletes some of the rows that expired long before the newest committed batch; how many.
pub(crate) async fn delete_expired(connection: &mut SqliteConnection, limit: i64) -> Result<u64, StoreError> {
    let now = position::read_time(connection).await?.as_second();
    let deleted = sqlx::query(
        "DELETE FROM kv_rows WHERE key IN
             (SELECT key FROM kv_rows WHERE expires_at <= ? ORDER BY expires_at, key LIMIT ?)",
    )
    .bind(now.saturating_sub(KV_EXPIRED_KEPT_SECONDS))
    .bind(limit)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if deleted > 0 {
        let before = size(connection).await?;
        set_size(connection, before.saturating_sub(deleted)).await?;
    }
    Ok(deleted)
}

async fn size(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let rows = sqlx::query_scalar("SELECT row_count FROM kv_size").fetch_one(connection).await?;
    Ok(uncount(rows))
}

async fn set_size(connection: &mut SqliteConnection, rows: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE kv_size SET row_count = ?").bind(count(rows)).execute(connection).await?;
    Ok(())
}
