//! Changes to alerts by people and programs.

use std::sync::Arc;

use jiff::Timestamp;
use model::{Actor, AlertField, AlertId, AlertQuality, AlertStatus};
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::request::AlertChange;
use crate::rows::{json, json_sets};
use crate::store::Store;
use crate::tables::alert_history::{self, Step};
use crate::writer::boxed;

impl Store {
    /// Changes some alerts: all of them, or none; what differs from before goes into their history. An id may
    /// occur twice.
    ///
    /// # Errors
    /// [`StoreError::UnknownAlert`] names the first id that does not exist.
    pub async fn update_alerts(
        &self,
        ids: Vec<AlertId>,
        change: AlertChange,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (index, changed) = (Arc::clone(&self.alert_index), ids.clone());
        let note = move |(): &()| index.note(&changed);
        self.writer
            .write_then(
                move |connection| {
                    Box::pin(async move {
                        let sets = json_sets(&ids);
                        for set in &sets {
                            refuse_unknown(connection, set).await?;
                        }
                        for set in &sets {
                            boxed(update(connection, set, &change, &actor, now)).await?;
                        }
                        Ok(())
                    })
                },
                note,
            )
            .await
    }
}

async fn refuse_unknown(connection: &mut SqliteConnection, ids: &str) -> Result<(), StoreError> {
    let unknown: Option<String> = sqlx::query_scalar(
        "SELECT value FROM json_each(?)
         WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.id = value) ORDER BY key LIMIT 1",
    )
    .bind(ids)
    .fetch_optional(connection)
    .await?;
    unknown.map_or(Ok(()), |id| Err(StoreError::UnknownAlert { id: id.into() }))
}

async fn update(
    connection: &mut SqliteConnection,
    ids: &str,
    change: &AlertChange,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let AlertChange { status, assignee, quality, context_tags } = change;
    let tags = context_tags.as_ref().map(json);
    let steps = [
        status.map(|status| (AlertField::Status, Some(AlertStatus::as_str(status)))),
        assignee.as_ref().map(|assignee| (AlertField::Assignee, assignee.as_deref())),
        quality.map(|quality| (AlertField::Quality, quality.map(AlertQuality::as_str))),
        tags.as_deref().map(|tags| (AlertField::ContextTags, Some(tags))),
    ];
    for (field, after) in steps.into_iter().flatten() {
        let step = Step { field, after, actor, at: now };
        alert_history::take_step(connection, ids, &step).await?;
    }
    Ok(())
}
