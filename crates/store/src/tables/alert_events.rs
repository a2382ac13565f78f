//! Table `alert_events`: the kept events of alerts, compressed, in chunks that are only ever appended.
//!
//! A chunk holds JSON texts joined by line feeds; compact JSON has none inside.

use std::collections::HashMap;

use jiff::Timestamp;
use model::{AlertEvents, AlertId};
use sqlx::{QueryBuilder, Row, SqliteConnection};

use crate::error::StoreError;
use crate::request::AlertEventPage;
use crate::rows::{Columns, count, insert_sets, json_sets, nanos, uncount};
use crate::store::Store;

/// No alert keeps more events.
pub const EVENTS_KEPT_MAX: u64 = 1_000;
/// Level of compression: these texts are written far more often than read.
const COMPRESSION_LEVEL: i32 = 1;
/// No page has more events.
const PAGE_EVENTS_MAX: usize = 1_000;

impl Store {
    /// Kept events of an alert from the `offset`-th on (from 0), at most `limit` (at least 1).
    ///
    /// An alert that does not exist has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alert_events(
        &self,
        alert: &AlertId,
        offset: u64,
        limit: usize,
    ) -> Result<AlertEventPage, StoreError> {
        let limit = u64::try_from(limit.clamp(1, PAGE_EVENTS_MAX)).unwrap_or(u64::MAX);
        let end = offset.saturating_add(limit);
        let mut connection = self.readers.acquire().await?;
        let Held { kept, next_index } =
            held(&mut connection, std::slice::from_ref(alert)).await?.remove(alert).unwrap_or_default();
        let rows = sqlx::query(
            "SELECT first_index, raw_bytes, data FROM alert_events
             WHERE alert_id = ? AND first_index < ? AND first_index + event_count > ? ORDER BY first_index",
        )
        .bind(alert.as_str())
        .bind(count(end))
        .bind(count(offset))
        .fetch_all(&mut *connection)
        .await?;
        let mut events = Vec::new();
        for row in &rows {
            let text = unpack("alert_events.data", row.try_get("data")?, row.count("raw_bytes")?)?;
            for (index, event) in (row.count("first_index")?..).zip(text.split('\n')) {
                if (offset..end).contains(&index) {
                    events.push(event.to_owned());
                }
            }
        }
        Ok(AlertEventPage { events, kept, next_offset: (end < next_index).then_some(end) })
    }
}

struct ChunkRow<'a> {
    alert_id: &'a AlertId,
    first_index: u64,
    event_count: u64,
    raw_bytes: u64,
    data: Vec<u8>,
}

/// Appends events to what is kept for their alerts, up to [`EVENTS_KEPT_MAX`] each.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    kept_events: &[AlertEvents],
    at: Timestamp,
) -> Result<(), StoreError> {
    if kept_events.is_empty() {
        return Ok(());
    }
    let ids: Vec<AlertId> = kept_events.iter().map(|kept| kept.alert_id.clone()).collect();
    let mut held = held(connection, &ids).await?;
    let mut packer = Packer::new()?;
    let mut rows = Vec::with_capacity(kept_events.len());
    for AlertEvents { alert_id, events } in kept_events {
        let next = &mut held.entry(alert_id.clone()).or_default().next_index;
        let room = usize::try_from(EVENTS_KEPT_MAX.saturating_sub(*next)).unwrap_or(usize::MAX);
        let texts: Vec<&str> = events.iter().take(room).map(|event| &*event.json).collect();
        if texts.is_empty() {
            continue;
        }
        let (data, raw_bytes) = packer.pack(&texts)?;
        let event_count = u64::try_from(texts.len()).unwrap_or(u64::MAX);
        rows.push(ChunkRow { alert_id, first_index: *next, event_count, raw_bytes, data });
        *next += event_count;
    }
    for set in insert_sets(&rows) {
        let mut query = QueryBuilder::new(
            "INSERT INTO alert_events (alert_id, first_index, event_count, raw_bytes, stored_at, data) ",
        );
        query.push_values(set, |mut values, row| {
            values.push_bind(row.alert_id.as_str()).push_bind(count(row.first_index));
            values.push_bind(count(row.event_count)).push_bind(count(row.raw_bytes));
            values.push_bind(nanos(at)).push_bind(row.data.as_slice());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes all that is kept for these alerts.
pub(crate) async fn delete(connection: &mut SqliteConnection, ids: &[AlertId]) -> Result<(), StoreError> {
    let sets = json_sets(ids);
    for set in sets {
        sqlx::query("DELETE FROM alert_events WHERE alert_id IN (SELECT value FROM json_each(?))")
            .bind(set)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Deletes what is kept for those of these alerts that do not exist; answers how many events that were.
pub(crate) async fn delete_orphans(
    connection: &mut SqliteConnection,
    ids: &[AlertId],
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    let sets = json_sets(ids);
    for set in sets {
        let counts: Vec<i64> = sqlx::query_scalar(
            "DELETE FROM alert_events WHERE alert_id IN (SELECT value FROM json_each(?)
                 WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.id = value))
             RETURNING event_count",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        deleted += counts.into_iter().map(uncount).sum::<u64>();
    }
    Ok(deleted)
}

/// Deletes some chunks stored before a time; answers how many events and whether there may be more.
pub(crate) async fn delete_before(
    connection: &mut SqliteConnection,
    before: Timestamp,
    chunks_max: i64,
) -> Result<(u64, bool), StoreError> {
    let counts: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM alert_events WHERE rowid IN
             (SELECT rowid FROM alert_events WHERE stored_at < ? ORDER BY stored_at LIMIT ?)
         RETURNING event_count",
    )
    .bind(nanos(before))
    .bind(chunks_max)
    .fetch_all(connection)
    .await?;
    let may_be_more = !counts.is_empty();
    Ok((counts.into_iter().map(uncount).sum(), may_be_more))
}

/// What is there of one alert. The two differ once retention took the oldest chunks.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    kept: u64,
    next_index: u64,
}

/// What is there of each alert that keeps any.
async fn held(
    connection: &mut SqliteConnection,
    ids: &[AlertId],
) -> Result<HashMap<AlertId, Held>, StoreError> {
    let mut held = HashMap::new();
    let sets = json_sets(ids);
    for set in sets {
        let rows = sqlx::query(
            "SELECT alert_id, sum(event_count) AS kept, max(first_index + event_count) AS next_index
             FROM (SELECT DISTINCT value FROM json_each(?)) AS wanted
             CROSS JOIN alert_events ON alert_events.alert_id = wanted.value GROUP BY alert_id",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let of_alert = Held { kept: row.count("kept")?, next_index: row.count("next_index")? };
            held.insert(row.text("alert_id")?, of_alert);
        }
    }
    Ok(held)
}

struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    fn new() -> Result<Self, StoreError> {
        Ok(Self(zstd::bulk::Compressor::new(COMPRESSION_LEVEL).map_err(sqlx::Error::Io)?))
    }

    /// Compressed texts, and their size before.
    fn pack(&mut self, texts: &[&str]) -> Result<(Vec<u8>, u64), StoreError> {
        let joined = texts.join("\n");
        let data = self.0.compress(joined.as_bytes()).map_err(sqlx::Error::Io)?;
        Ok((data, u64::try_from(joined.len()).unwrap_or(u64::MAX)))
    }
}

/// The text that was compressed into a column.
pub(crate) fn unpack(column: &str, data: &[u8], raw_bytes: u64) -> Result<String, StoreError> {
    let capacity = usize::try_from(raw_bytes).unwrap_or(usize::MAX);
    let bytes = zstd::bulk::decompress(data, capacity)
        .map_err(|error| StoreError::corrupt(format!("`{column}`: {error}")))?;
    String::from_utf8(bytes).map_err(|error| StoreError::corrupt(format!("`{column}`: {error}")))
}
