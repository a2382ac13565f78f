//! Table `source_alarms`: alarms of sources that are set by the API.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use model::{Actor, SourceId};
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::rows::{Columns, count, json, nanos};
use crate::store::Store;

const SECONDS_PER_MINUTE: u64 = 60;

impl Store {
    /// How long sources may be silent, for those of which somebody said so by the API.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn source_alarms(&self) -> Result<BTreeMap<SourceId, Duration>, StoreError> {
        let rows = sqlx::query("SELECT source_id, minutes_threshold FROM source_alarms")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let seconds = row.count("minutes_threshold")?.saturating_mul(SECONDS_PER_MINUTE);
                Ok((row.text("source_id")?, Duration::from_secs(seconds)))
            })
            .collect()
    }

    /// Says how long a source may be silent.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn put_source_alarm(
        &self,
        id: SourceId,
        minutes_threshold: u64,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO source_alarms (source_id, minutes_threshold, updated_at, updated_by)
                     VALUES (?, ?, ?, ?)
                     ON CONFLICT (source_id) DO UPDATE SET minutes_threshold = excluded.minutes_threshold,
                         updated_at = excluded.updated_at, updated_by = excluded.updated_by",
                )
                .bind(id.as_str())
                .bind(count(minutes_threshold))
                .bind(nanos(now))
                .bind(json(&actor))
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes the alarm of a source away; whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn delete_source_alarm(&self, id: &SourceId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |connection| Box::pin(async move { delete(connection, &id).await })).await
    }
}

/// Whether there was one.
pub(crate) async fn delete(connection: &mut SqliteConnection, id: &SourceId) -> Result<bool, StoreError> {
    let deleted = sqlx::query("DELETE FROM source_alarms WHERE source_id = ?")
        .bind(id.as_str())
        .execute(connection)
        .await?
        .rows_affected();
    Ok(deleted > 0)
}
