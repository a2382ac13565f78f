//! Table `content_versions`: what each item of the API was. Rows are added, never changed.

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row, SqliteConnection};

use crate::content::{ChangedItem, ContentFileData, ContentText, ContentVersion};
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, count, json, uncount};

/// So many versions of an item are kept; the oldest go.
pub const CONTENT_VERSIONS_KEPT_MAX: u64 = 200;

/// Adds the next version of an item and gives its number; `None` says that it is deleted.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    id: &str,
    change: u64,
    text: Option<&ContentText>,
) -> Result<u64, StoreError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM content_versions WHERE item_id = ?")
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    let version = last.map_or(0, uncount) + 1;
    let file = text.and_then(|text| text.file.as_ref());
    sqlx::query(
        "INSERT INTO content_versions
             (item_id, version, change_id, deleted, analysis_type, path, yaml, file_name, file_data, form, digest)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(count(version))
    .bind(count(change))
    .bind(i64::from(text.is_none()))
    .bind(text.map_or("", |text| text.analysis_type.as_str()))
    .bind(text.map_or("", |text| text.path.as_str()))
    .bind(text.map_or("", |text| text.yaml.as_str()))
    .bind(file.map(|file| file.name.as_str()))
    .bind(file.map(|file| file.data.as_slice()))
    .bind(text.map_or_else(|| "{}".to_owned(), |text| json(&text.form)))
    .bind(text.map(ContentText::digest).unwrap_or_default())
    .execute(&mut *connection)
    .await?;
    if let Some(gone) = version.checked_sub(CONTENT_VERSIONS_KEPT_MAX) {
        sqlx::query("DELETE FROM content_versions WHERE item_id = ? AND version <= ?")
            .bind(id)
            .bind(count(gone))
            .execute(connection)
            .await?;
    }
    Ok(version)
}

/// The versions of an item, newest first.
pub(crate) async fn list(
    readers: &SqlitePool,
    id: &str,
    request: &PageRequest,
) -> Result<Page<ContentVersion>, StoreError> {
    let before = request.after()?.map_or(i64::MAX, |cursor| cursor.number);
    // A change may be gone before the versions that it made: what it says is then told as by nobody.
    let rows = sqlx::query(
        "SELECT v.version, v.change_id, v.deleted, v.digest, coalesce(c.at, 0) AS at,
             coalesce(c.actor, '{\"id\":\"\",\"type\":\"system\"}') AS actor, coalesce(c.kind, 'api') AS kind
         FROM content_versions v LEFT JOIN content_changes c ON c.id = v.change_id
         WHERE v.item_id = ? AND v.version < ? ORDER BY v.version DESC LIMIT ?",
    )
    .bind(id)
    .bind(before)
    .bind(request.row_limit())
    .fetch_all(readers)
    .await?;
    let versions = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(versions, request, |version| Cursor { number: count(version.version), id: String::new() }))
}

/// Items of a change by id, at most `limit`; those that are gone with the type that they had.
pub(crate) async fn of_change(
    readers: &SqlitePool,
    change: u64,
    limit: usize,
) -> Result<Vec<ChangedItem>, StoreError> {
    let rows = sqlx::query(
        "SELECT v.item_id, v.version, v.deleted, CASE WHEN v.deleted = 0 THEN v.analysis_type ELSE coalesce(
             (SELECT p.analysis_type FROM content_versions p WHERE p.item_id = v.item_id AND p.version < v.version
                  AND p.deleted = 0 ORDER BY p.version DESC LIMIT 1), '') END AS analysis_type
         FROM content_versions v WHERE v.change_id = ? ORDER BY v.item_id LIMIT ?",
    )
    .bind(count(change))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(readers)
    .await?;
    let read = |row: &SqliteRow| {
        Ok(ChangedItem {
            id: row.text("item_id")?,
            version: row.count("version")?,
            deleted: row.flag("deleted")?,
            analysis_type: row.text("analysis_type")?,
        })
    };
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<ContentVersion, StoreError> {
    Ok(ContentVersion {
        version: row.count("version")?,
        change: row.count("change_id")?,
        at: row.time("at")?,
        actor: row.json("actor")?,
        kind: row.word("kind")?,
        deleted: row.flag("deleted")?,
        digest: row.text("digest")?,
    })
}

/// What an item said in a version; `None` when that deleted it.
pub(crate) async fn text(
    readers: &SqlitePool,
    id: &str,
    version: u64,
) -> Result<Option<ContentText>, StoreError> {
    let row = sqlx::query("SELECT * FROM content_versions WHERE item_id = ? AND version = ?")
        .bind(id)
        .bind(count(version))
        .fetch_optional(readers)
        .await?;
    let row = row.ok_or_else(|| StoreError::UnknownContentVersion { id: id.to_owned(), version })?;
    if row.flag("deleted")? { Ok(None) } else { read_text(&row).map(Some) }
}

/// The text columns of a row.
pub(crate) fn read_text(row: &SqliteRow) -> Result<ContentText, StoreError> {
    let file = match row.optional_text("file_name")? {
        Some(name) => Some(ContentFileData {
            name,
            data: row.try_get::<Option<_>, _>("file_data")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(ContentText {
        analysis_type: row.text("analysis_type")?,
        path: row.text("path")?,
        yaml: row.text("yaml")?,
        file,
        form: row.json("form")?,
    })
}
