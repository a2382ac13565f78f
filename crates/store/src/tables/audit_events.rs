//! Table `audit_events`: how far the entries of the audit log became events.

use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::rows::{count, uncount};
use crate::store::Store;

impl Store {
    /// Says whether entries become events. What was written before this was first said does not, and neither does
    /// what is written until it is said again. Answers whether that is a change.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn switch_audit_events(&self, on: bool) -> Result<bool, StoreError> {
        self.write(move |connection| Box::pin(switch(connection, on))).await
    }

    /// The last entry that became an event; `None` while none does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_events_position(&self) -> Result<Option<u64>, StoreError> {
        let position: Option<i64> =
            sqlx::query_scalar("SELECT sequence FROM audit_events").fetch_optional(&self.readers).await?;
        Ok(position.map(uncount))
    }

    /// Notes that all entries up to this one became events.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn advance_audit_events(&self, sequence: u64) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE audit_events SET sequence = max(sequence, ?)")
                    .bind(count(sequence))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn switch(connection: &mut SqliteConnection, on: bool) -> Result<bool, StoreError> {
    let statement = if on {
        "INSERT INTO audit_events (id, sequence) SELECT 1, coalesce(max(sequence), 0) FROM audit WHERE true
         ON CONFLICT (id) DO NOTHING"
    } else {
        "DELETE FROM audit_events"
    };
    Ok(sqlx::query(statement).execute(connection).await?.rows_affected() > 0)
}
