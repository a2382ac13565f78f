//! Table `provider_metadata`: the last metadata of identity providers that was good.

use crate::error::StoreError;
use crate::identities::StoredMetadata;
use crate::rows::{Columns, json, nanos};
use crate::store::Store;

impl Store {
    /// The metadata of all providers, by their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_provider_metadata(&self) -> Result<Vec<StoredMetadata>, StoreError> {
        let query = "SELECT * FROM provider_metadata ORDER BY provider_id";
        let rows = sqlx::query(query).fetch_all(&self.readers).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(StoredMetadata {
                provider_id: row.text("provider_id")?,
                url: row.text("url")?,
                entity_id: row.text("entity_id")?,
                document: row.text("document")?,
                fetched_at: row.time("fetched_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Keeps the metadata of a provider instead of what was kept of it before, and forgets that of providers which are
    /// none of `known`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_provider_metadata(
        &self,
        metadata: StoredMetadata,
        known: Vec<String>,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let StoredMetadata { provider_id, url, entity_id, document, fetched_at } = metadata;
                sqlx::query(
                    "DELETE FROM provider_metadata WHERE provider_id NOT IN (SELECT value FROM json_each(?))",
                )
                .bind(json(&known))
                .execute(&mut *connection)
                .await?;
                sqlx::query(
                    "INSERT INTO provider_metadata (provider_id, url, entity_id, document, fetched_at)
                     VALUES (?, ?, ?, ?, ?)
                     ON CONFLICT (provider_id) DO UPDATE SET url = excluded.url, entity_id = excluded.entity_id,
                         document = excluded.document, fetched_at = excluded.fetched_at",
                )
                .bind(provider_id)
                .bind(url)
                .bind(entity_id)
                .bind(document)
                .bind(nanos(fetched_at))
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }
}
