//! Table `content_items`: which version of each item of the API counts.

use jiff::Timestamp;
use model::Actor;
use sqlx::SqliteConnection;

use crate::content::StoredContent;
use crate::error::StoreError;
use crate::rows::{Columns, count, json, nanos, uncount};
use crate::tables::content_versions;

/// All items with what they say, by id.
pub(crate) async fn list(connection: &mut SqliteConnection) -> Result<Vec<StoredContent>, StoreError> {
    let rows = sqlx::query(
        "SELECT i.created_at, i.created_by, i.updated_at, i.updated_by, v.*
         FROM content_items i JOIN content_versions v ON v.item_id = i.item_id AND v.version = i.version
         ORDER BY i.item_id",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredContent {
                id: row.text("item_id")?,
                version: row.count("version")?,
                text: content_versions::read_text(row)?,
                created_at: row.time("created_at")?,
                created_by: row.json("created_by")?,
                updated_at: row.time("updated_at")?,
                updated_by: row.json("updated_by")?,
            })
        })
        .collect()
}

/// The version of an item that counts.
pub(crate) async fn version_of(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<u64>, StoreError> {
    let version: Option<i64> = sqlx::query_scalar("SELECT version FROM content_items WHERE item_id = ?")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(version.map(uncount))
}

/// Lets a version count.
pub(crate) async fn set(
    connection: &mut SqliteConnection,
    id: &str,
    version: u64,
    now: Timestamp,
    actor: &Actor,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO content_items (item_id, version, created_at, created_by, updated_at, updated_by)
         VALUES (?1, ?2, ?3, ?4, ?3, ?4)
         ON CONFLICT (item_id) DO UPDATE SET version = ?2, updated_at = ?3, updated_by = ?4",
    )
    .bind(id)
    .bind(count(version))
    .bind(nanos(now))
    .bind(json(actor))
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets no version count; the versions stay.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM content_items WHERE item_id = ?").bind(id).execute(connection).await?;
    Ok(())
}
