//! Table `content_changes`: what the API did to detection content.

use jiff::Timestamp;
use model::Actor;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row, SqliteConnection};

use crate::content::{ContentChange, ContentChangeKind};
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, count, json, nanos, uncount};

/// So many changes are kept.
const KEPT_MAX: i64 = 10_000;

/// What a change did, in numbers.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) added: u64,
    pub(crate) modified: u64,
    pub(crate) deleted: u64,
}

/// The number of the last change; 0 when there is none.
pub(crate) async fn last(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT max(id) FROM content_changes").fetch_one(connection).await?;
    Ok(last.map_or(0, uncount))
}

/// Begins a change and gives its number.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
    now: Timestamp,
    actor: &Actor,
    kind: ContentChangeKind,
) -> Result<u64, StoreError> {
    let id = last(connection).await? + 1;
    sqlx::query(
        "INSERT INTO content_changes (id, at, actor, kind, added, modified, deleted)
         VALUES (?, ?, ?, ?, 0, 0, 0)",
    )
    .bind(count(id))
    .bind(nanos(now))
    .bind(json(actor))
    .bind(kind.as_str())
    .execute(connection)
    .await?;
    Ok(id)
}

/// Says what a change did, and lets the oldest changes go.
pub(crate) async fn finish(
    connection: &mut SqliteConnection,
    id: u64,
    counts: &Counts,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE content_changes SET added = ?, modified = ?, deleted = ? WHERE id = ?")
        .bind(count(counts.added))
        .bind(count(counts.modified))
        .bind(count(counts.deleted))
        .bind(count(id))
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM content_changes WHERE id <= ?")
        .bind(count(id) - KEPT_MAX)
        .execute(connection)
        .await?;
    Ok(())
}

/// The changes, newest first.
pub(crate) async fn list(
    readers: &SqlitePool,
    request: &PageRequest,
) -> Result<Page<ContentChange>, StoreError> {
    let before = request.after()?.map_or(i64::MAX, |cursor| cursor.number);
    let rows = sqlx::query("SELECT * FROM content_changes WHERE id < ? ORDER BY id DESC LIMIT ?")
        .bind(before)
        .bind(request.row_limit())
        .fetch_all(readers)
        .await?;
    let changes = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(changes, request, |change| Cursor { number: count(change.id), id: String::new() }))
}

fn read(row: &SqliteRow) -> Result<ContentChange, StoreError> {
    Ok(ContentChange {
        id: uncount(row.try_get("id")?),
        at: row.time("at")?,
        actor: row.json("actor")?,
        kind: row.word("kind")?,
        added: row.count("added")?,
        modified: row.count("modified")?,
        deleted: row.count("deleted")?,
    })
}
