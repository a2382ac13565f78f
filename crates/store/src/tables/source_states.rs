//! Table `source_states`: when each source was heard of last.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::SourceId;
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::arrivals::{SourceMark, SourceState};
use crate::error::StoreError;
use crate::rows::{Columns, json, json_sets, nanos};
use crate::store::Store;

#[derive(Serialize)]
struct MarkRow<'a> {
    source_id: &'a str,
    received_at: i64,
    processed_at: Option<i64>,
    unclassified_at: Option<i64>,
    unreadable_at: Option<i64>,
}

impl Store {
    /// When the sources were heard of last. Sources of which nothing is known are left out; those that are gone
    /// may be among them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn source_states(&self) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        let rows = sqlx::query("SELECT * FROM source_states").fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let state = SourceState {
                    known_at: row.optional_time("known_at")?,
                    received_at: row.optional_time("received_at")?,
                    processed_at: row.optional_time("processed_at")?,
                    unclassified_at: row.optional_time("unclassified_at")?,
                    unreadable_at: row.optional_time("unreadable_at")?,
                };
                Ok((row.text("source_id")?, state))
            })
            .collect()
    }

    /// Remembers since when these sources are known, and forgets it of all others; what is remembered already
    /// stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn know_sources(&self, ids: Vec<SourceId>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE source_states SET known_at = NULL
                     WHERE known_at IS NOT NULL AND source_id NOT IN (SELECT value FROM json_each(?))",
                )
                .bind(json(&ids))
                .execute(&mut *connection)
                .await?;
                for set in json_sets(&ids) {
                    sqlx::query(
                        "INSERT INTO source_states (source_id, known_at)
                         SELECT value, ? FROM json_each(?) WHERE true
                         ON CONFLICT (source_id) DO UPDATE SET known_at = coalesce(known_at, excluded.known_at)",
                    )
                    .bind(nanos(now))
                    .bind(set)
                    .execute(&mut *connection)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Writes when sources were heard of. Acceptance times never decrease, so the last one written counts.
pub(crate) async fn mark(connection: &mut SqliteConnection, marks: &[SourceMark]) -> Result<(), StoreError> {
    let rows = marks.iter().map(
        |SourceMark { source_id, received_at, processed_at, unclassified_at, unreadable_at }| MarkRow {
            source_id: source_id.as_str(),
            received_at: nanos(*received_at),
            processed_at: processed_at.map(nanos),
            unclassified_at: unclassified_at.map(nanos),
            unreadable_at: unreadable_at.map(nanos),
        },
    );
    for set in json_sets(rows) {
        sqlx::query(
            "INSERT INTO source_states (source_id, received_at, processed_at, unclassified_at, unreadable_at)
             SELECT value ->> 'source_id', value ->> 'received_at', value ->> 'processed_at',
                 value ->> 'unclassified_at', value ->> 'unreadable_at'
             FROM json_each(?) WHERE true
             ON CONFLICT (source_id) DO UPDATE SET
                 received_at = excluded.received_at,
                 processed_at = coalesce(excluded.processed_at, processed_at),
                 unclassified_at = coalesce(excluded.unclassified_at, unclassified_at),
                 unreadable_at = coalesce(excluded.unreadable_at, unreadable_at)",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
