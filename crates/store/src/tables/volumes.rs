//! Table `volumes`: how much came in over time.

use jiff::{SignedDuration, Timestamp};
use model::SourceId;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::arrivals::{IntervalVolume, Volume, VolumeAdd, hour_of};
use crate::error::StoreError;
use crate::rows::{Columns, count, json_sets, nanos, timestamp};
use crate::store::Store;

/// Which volumes to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumesOf {
    /// What fits log types.
    LogTypes,
    /// Accepted bodies, whatever became of them.
    Bodies,
}

#[derive(Serialize)]
struct AddRow<'a> {
    started_at: i64,
    source_id: &'a str,
    log_type: &'a str,
    bytes: i64,
    events: i64,
    failures: i64,
    latency_ms: i64,
    timed_events: i64,
}

impl Store {
    /// Volumes of the quarters of an hour, or hours, that begin from `from` to `to`, both included, added up
    /// over intervals of a length that begin at `from`; intervals without logs are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_volumes(
        &self,
        of: VolumesOf,
        from: Timestamp,
        to: Timestamp,
        interval: SignedDuration,
    ) -> Result<Vec<IntervalVolume>, StoreError> {
        let length = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX).max(1);
        let rows = sqlx::query(
            "SELECT (started_at - ?1) / ?2 AS interval, log_type, source_id, sum(bytes) AS bytes,
                 sum(events) AS events, sum(failures) AS failures, sum(latency_ms) AS latency_ms,
                 sum(timed_events) AS timed_events
             FROM volumes WHERE started_at BETWEEN ?1 AND ?3 AND (log_type = '') = ?4
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )
        .bind(nanos(from))
        .bind(length)
        .bind(nanos(to))
        .bind(of == VolumesOf::Bodies)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(interval_volume).collect()
    }

    /// As [`Store::count_volumes`], of one source alone: its log types and its bodies.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_source_volumes(
        &self,
        source_id: &SourceId,
        from: Timestamp,
        to: Timestamp,
        interval: SignedDuration,
    ) -> Result<Vec<IntervalVolume>, StoreError> {
        let length = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX).max(1);
        let rows = sqlx::query(
            "SELECT (started_at - ?1) / ?2 AS interval, log_type, source_id, sum(bytes) AS bytes,
                 sum(events) AS events, sum(failures) AS failures, sum(latency_ms) AS latency_ms,
                 sum(timed_events) AS timed_events
             FROM volumes WHERE started_at BETWEEN ?1 AND ?3 AND source_id = ?4
             GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind(nanos(from))
        .bind(length)
        .bind(nanos(to))
        .bind(source_id.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(interval_volume).collect()
    }
}

fn interval_volume(row: &SqliteRow) -> Result<IntervalVolume, StoreError> {
    let log_type = row.text::<String>("log_type")?;
    Ok(IntervalVolume {
        interval: row.count("interval")?,
        log_type: (!log_type.is_empty()).then(|| log_type.into()),
        source_id: row.text("source_id")?,
        volume: Volume {
            bytes: row.count("bytes")?,
            events: row.count("events")?,
            failures: row.count("failures")?,
            latency_ms: row.count("latency_ms")?,
            timed_events: row.count("timed_events")?,
        },
    })
}

/// Adds volumes, in one statement.
pub(crate) async fn add(connection: &mut SqliteConnection, adds: &[VolumeAdd]) -> Result<(), StoreError> {
    let rows = adds.iter().map(|VolumeAdd { started_at, source_id, log_type, volume }| AddRow {
        started_at: nanos(*started_at),
        source_id: source_id.as_str(),
        log_type: log_type.as_ref().map_or("", |log_type| log_type.as_str()),
        bytes: count(volume.bytes),
        events: count(volume.events),
        failures: count(volume.failures),
        latency_ms: count(volume.latency_ms),
        timed_events: count(volume.timed_events),
    });
    for set in json_sets(rows) {
        sqlx::query(
            "INSERT INTO volumes (started_at, source_id, log_type, bytes, events, failures, latency_ms,
                 timed_events)
             SELECT value ->> 'started_at', value ->> 'source_id', value ->> 'log_type', value ->> 'bytes',
                 value ->> 'events', value ->> 'failures', value ->> 'latency_ms', value ->> 'timed_events'
             FROM json_each(?) WHERE true
             ON CONFLICT (started_at, source_id, log_type) DO UPDATE SET
                 bytes = bytes + excluded.bytes, events = events + excluded.events,
                 failures = failures + excluded.failures, latency_ms = latency_ms + excluded.latency_ms,
                 timed_events = timed_events + excluded.timed_events",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Makes one hour of the oldest quarters that lie before a time; `false` when there is none.
pub(crate) async fn join_quarters(
    connection: &mut SqliteConnection,
    before: Timestamp,
) -> Result<bool, StoreError> {
    let oldest = sqlx::query(
        "SELECT min(started_at) AS oldest FROM volumes
         WHERE started_at % 3600000000000 <> 0 AND started_at < ?",
    )
    .bind(nanos(hour_of(before)))
    .fetch_one(&mut *connection)
    .await?;
    let Some(oldest) = oldest.try_get::<Option<i64>, _>("oldest")? else { return Ok(false) };
    let hour = hour_of(timestamp(oldest));
    let next = hour.saturating_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
    sqlx::query(
        "INSERT INTO volumes (started_at, source_id, log_type, bytes, events, failures, latency_ms, timed_events)
         SELECT ?1, source_id, log_type, sum(bytes), sum(events), sum(failures), sum(latency_ms),
             sum(timed_events)
         FROM volumes WHERE started_at > ?1 AND started_at < ?2 GROUP BY source_id, log_type
         ON CONFLICT (started_at, source_id, log_type) DO UPDATE SET
             bytes = bytes + excluded.bytes, events = events + excluded.events,
             failures = failures + excluded.failures, latency_ms = latency_ms + excluded.latency_ms,
             timed_events = timed_events + excluded.timed_events",
    )
    .bind(nanos(hour))
    .bind(nanos(next))
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM volumes WHERE started_at > ? AND started_at < ?")
        .bind(nanos(hour))
        .bind(nanos(next))
        .execute(connection)
        .await?;
    Ok(true)
}

/// Deletes some volumes that lie before a time; answers how many.
pub(crate) async fn delete_before(
    connection: &mut SqliteConnection,
    before: Timestamp,
    rows_max: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM volumes WHERE (started_at, source_id, log_type) IN
             (SELECT started_at, source_id, log_type FROM volumes WHERE started_at < ?
              ORDER BY started_at LIMIT ?)",
    )
    .bind(nanos(before))
    .bind(rows_max)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
