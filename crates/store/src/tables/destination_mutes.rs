//! Table `destination_mutes`: which destinations a person keeps quiet, until when.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use model::{DestinationId, Mute};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::request::ChangeTopic;
use crate::rows::{Columns, from_json, json, nanos};
use crate::store::Store;
use crate::tables::changes;

/// So long a mute stays after its end: what was accepted during it and waits in the journal is judged by it.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

impl Store {
    /// All mutes, those that are over and not yet removed too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn destination_mutes(&self) -> Result<BTreeMap<DestinationId, Mute>, StoreError> {
        let rows = sqlx::query("SELECT * FROM destination_mutes").fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Mutes a destination, in place of the mute that it had; removes what was over long before.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn mute_destination(&self, id: &DestinationId, mute: Mute) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            Box::pin(async move {
                remove_over(connection, mute.since).await?;
                sqlx::query(
                    "INSERT INTO destination_mutes (destination_id, until, reason, muted_by, since)
                     VALUES (?, ?, ?, ?, ?)
                     ON CONFLICT (destination_id) DO UPDATE SET until = excluded.until,
                         reason = excluded.reason, muted_by = excluded.muted_by, since = excluded.since",
                )
                .bind(id.as_str())
                .bind(nanos(mute.until))
                .bind(&mute.reason)
                .bind(json(&mute.by))
                .bind(nanos(mute.since))
                .execute(&mut *connection)
                .await?;
                changes::record(connection, ChangeTopic::Destination, id.as_str()).await
            })
        })
        .await
    }

    /// Ends the mute of a destination; whether it had one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn unmute_destination(&self, id: &DestinationId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            Box::pin(async move {
                remove_over(connection, now).await?;
                let was_muted = delete(connection, &id).await?;
                changes::record(connection, ChangeTopic::Destination, id.as_str()).await?;
                Ok(was_muted)
            })
        })
        .await
    }
}

/// Whether there was one.
pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    id: &DestinationId,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query("DELETE FROM destination_mutes WHERE destination_id = ?")
        .bind(id.as_str())
        .execute(connection)
        .await?
        .rows_affected();
    Ok(deleted > 0)
}

async fn remove_over(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), StoreError> {
    let before = now.saturating_sub(KEPT).expect("subtracting a positive duration saturates");
    sqlx::query("DELETE FROM destination_mutes WHERE until <= ?")
        .bind(nanos(before))
        .execute(connection)
        .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<(DestinationId, Mute), StoreError> {
    let mute = Mute {
        until: row.time("until")?,
        reason: row.try_get("reason")?,
        by: from_json(row.try_get("muted_by")?, "destination_mutes.muted_by")?,
        since: row.time("since")?,
    };
    Ok((row.text("destination_id")?, mute))
}
