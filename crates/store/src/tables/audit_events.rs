//! Tables `audit_events` and `audit_reads_events`: how far the entries of the audit log became events; and
//! `audit_reads_off`: whether reads are not recorded.

use sqlx::SqliteConnection;

use crate::audit::AuditKind;
use crate::error::StoreError;
use crate::rows::{count, uncount};
use crate::store::Store;
use crate::tables::audit::sql;

impl Store {
    /// Says whether entries become events. What was written before this was first said does not, and neither does
    /// what is written until it is said again. Answers whether that is a change.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn switch_audit_events(&self, kind: AuditKind, on: bool) -> Result<bool, StoreError> {
        let statement = if on {
            "INSERT INTO {log}_events (id, sequence) SELECT 1, coalesce(max(sequence), 0) FROM {log} WHERE true
             ON CONFLICT (id) DO NOTHING"
        } else {
            "DELETE FROM {log}_events"
        };
        self.write(move |connection| Box::pin(switch(connection, kind, statement))).await
    }

    /// Notes whether reads are recorded. Answers whether that is a change.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn switch_audit_reads(&self, on: bool) -> Result<bool, StoreError> {
        let statement = if on {
            "DELETE FROM {log}_off"
        } else {
            "INSERT INTO {log}_off (id) VALUES (1) ON CONFLICT (id) DO NOTHING"
        };
        self.write(move |connection| Box::pin(switch(connection, AuditKind::Read, statement))).await
    }

    /// The last entry that became an event; `None` while none does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_events_position(&self, kind: AuditKind) -> Result<Option<u64>, StoreError> {
        let position: Option<i64> = sqlx::query_scalar(sql(kind, "SELECT sequence FROM {log}_events"))
            .fetch_optional(&self.readers)
            .await?;
        Ok(position.map(uncount))
    }

    /// Notes that all entries up to this one became events.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn advance_audit_events(&self, kind: AuditKind, sequence: u64) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(sql(kind, "UPDATE {log}_events SET sequence = max(sequence, ?)"))
                    .bind(count(sequence))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn switch(
    connection: &mut SqliteConnection,
    kind: AuditKind,
    statement: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query(sql(kind, statement)).execute(connection).await?.rows_affected() > 0)
}
