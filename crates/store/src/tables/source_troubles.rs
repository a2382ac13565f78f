//! Table `source_troubles`: what is wrong with sources now.

use std::sync::Arc;

use jiff::Timestamp;
use model::{Actor, AlertField, AlertId, AlertStatus, SourceId, SystemErrorType};
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::rows::{Columns, json, json_sets, nanos};
use crate::store::Store;
use crate::tables::alert_history::{self, Step};
use crate::writer::boxed;

/// Something that is wrong with a source now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTrouble {
    /// The source.
    pub source_id: SourceId,
    /// What is wrong.
    pub kind: SystemErrorType,
    /// Since when.
    pub since: Timestamp,
    /// The alert that says so.
    pub alert_id: AlertId,
}

#[derive(Serialize)]
struct TroubleRow<'a> {
    source_id: &'a str,
    kind: &'a str,
    since: i64,
    alert_id: &'a str,
}

impl Store {
    /// What is wrong with sources now, by source and kind.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn source_troubles(&self) -> Result<Vec<SourceTrouble>, StoreError> {
        let rows = sqlx::query("SELECT * FROM source_troubles ORDER BY source_id, kind")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(SourceTrouble {
                    source_id: row.text("source_id")?,
                    kind: row.word("kind")?,
                    since: row.time("since")?,
                    alert_id: row.text("alert_id")?,
                })
            })
            .collect()
    }

    /// Ends a trouble, and resolves its alert unless somebody closed or resolved it before.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_source_trouble(
        &self,
        trouble: SourceTrouble,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (index, id) = (Arc::clone(&self.alert_index), trouble.alert_id.clone());
        let note = move |(): &()| index.note(std::slice::from_ref(&id));
        self.writer.write_then(move |connection| Box::pin(end(connection, trouble, actor, now)), note).await
    }
}

/// Writes troubles that begin; one that is there already stays as it is.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
    troubles: &[SourceTrouble],
) -> Result<(), StoreError> {
    let rows = troubles.iter().map(|SourceTrouble { source_id, kind, since, alert_id }| TroubleRow {
        source_id: source_id.as_str(),
        kind: kind.as_str(),
        since: nanos(*since),
        alert_id: alert_id.as_str(),
    });
    for set in json_sets(rows) {
        sqlx::query(
            "INSERT OR IGNORE INTO source_troubles (source_id, kind, since, alert_id)
             SELECT value ->> 'source_id', value ->> 'kind', value ->> 'since', value ->> 'alert_id'
             FROM json_each(?)",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn end(
    connection: &mut SqliteConnection,
    trouble: SourceTrouble,
    actor: Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let SourceTrouble { source_id, kind, since: _, alert_id } = trouble;
    sqlx::query("DELETE FROM source_troubles WHERE source_id = ? AND kind = ?")
        .bind(source_id.as_str())
        .bind(kind.as_str())
        .execute(&mut *connection)
        .await?;
    let unfinished: Option<String> =
        sqlx::query_scalar("SELECT id FROM alerts WHERE id = ? AND status IN ('OPEN', 'TRIAGED')")
            .bind(alert_id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
    if let Some(id) = unfinished {
        let after = Some(AlertStatus::Resolved.as_str());
        let step = Step { field: AlertField::Status, after, actor: &actor, at: now };
        boxed(alert_history::take_step(connection, &json(&[id]), &step)).await?;
    }
    Ok(())
}
