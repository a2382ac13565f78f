//! Changes to alerts by people and programs.

use jiff::Timestamp;
use model::{Actor, AlertId};

use crate::error::StoreError;
use crate::request::AlertChange;
use crate::rows::{json, json_sets, nanos};
use crate::store::Store;

impl Store {
    /// Changes status, assignee or both of some alerts: all of them, or none. An id may occur twice.
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
        self.write(move |connection| {
            Box::pin(async move {
                let sets = json_sets(&ids);
                for set in &sets {
                    let unknown: Option<String> = sqlx::query_scalar(
                        "SELECT value FROM json_each(?)
                         WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.id = value) ORDER BY key LIMIT 1",
                    )
                    .bind(set)
                    .fetch_optional(&mut *connection)
                    .await?;
                    if let Some(id) = unknown {
                        return Err(StoreError::UnknownAlert { id: id.into() });
                    }
                }
                let AlertChange { status, assignee } = change;
                if status.is_none() && assignee.is_none() {
                    return Ok(());
                }
                for set in &sets {
                    sqlx::query(
                        "UPDATE alerts SET status = coalesce(?, status),
                             assignee = CASE WHEN ? THEN ? ELSE assignee END, updated_by = ?, updated_at = ?
                         WHERE id IN (SELECT value FROM json_each(?))",
                    )
                    .bind(status.map(model::AlertStatus::as_str))
                    .bind(assignee.is_some())
                    .bind(assignee.as_ref().and_then(Option::as_deref))
                    .bind(json(&actor))
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
