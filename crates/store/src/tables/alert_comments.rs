//! Table `alert_comments`: what people and programs wrote about alerts.

use std::sync::Arc;

use jiff::Timestamp;
use model::{Actor, AlertId, Comment, CommentFormat};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, count, from_json, json, nanos};
use crate::store::Store;
use crate::writer::boxed;

/// So many comments may an alert have.
pub const COMMENTS_MAX: u64 = 1_000;

impl Store {
    /// The comments of an alert, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_comments(
        &self,
        alert: &AlertId,
        page: &PageRequest,
    ) -> Result<Page<Comment>, StoreError> {
        let after = page.after()?.map_or(0, |cursor| cursor.number);
        let rows = sqlx::query(
            "SELECT * FROM alert_comments WHERE alert_id = ? AND number > ? ORDER BY number LIMIT ?",
        )
        .bind(alert.as_str())
        .bind(after)
        .bind(page.row_limit())
        .fetch_all(&self.readers)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let page = Page::cut(items, page, |(number, _)| Cursor { number: *number, id: String::new() });
        Ok(Page { items: page.items.into_iter().map(|(_, comment)| comment).collect(), next: page.next })
    }

    /// The comment with this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_comment(&self, id: &str) -> Result<Option<Comment>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, id).await
    }

    /// Adds a comment.
    ///
    /// # Errors
    /// [`StoreError::UnknownAlert`]; [`StoreError::TooMany`] when the alert has [`COMMENTS_MAX`] comments.
    pub async fn add_comment(&self, comment: Comment) -> Result<(), StoreError> {
        self.add_comments(vec![comment]).await
    }

    /// Adds comments, each of another alert perhaps: all of them, or none.
    ///
    /// # Errors
    /// As [`Store::add_comment`], about the first one that cannot be added.
    pub async fn add_comments(&self, comments: Vec<Comment>) -> Result<(), StoreError> {
        let index = Arc::clone(&self.alert_index);
        let ids: Vec<AlertId> = comments.iter().map(|comment| comment.alert_id.clone()).collect();
        let note = move |(): &()| index.note(&ids);
        self.writer
            .write_then(
                move |connection| {
                    Box::pin(async move {
                        for comment in &comments {
                            add(connection, comment).await?;
                        }
                        Ok(())
                    })
                },
                note,
            )
            .await
    }

    /// Gives a comment another text; `None` when there is no such comment of this alert.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn edit_comment(
        &self,
        id: &str,
        alert: &AlertId,
        body: String,
        format: CommentFormat,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Comment>, StoreError> {
        let (id, alert) = (id.to_owned(), alert.clone());
        let index = Arc::clone(&self.alert_index);
        let note = move |edited: &Option<Comment>| index.note(edited.iter().map(|comment| &comment.alert_id));
        self.writer
            .write_then(
                move |connection| {
                    boxed(async move {
                        let edited = sqlx::query(
                            "UPDATE alert_comments SET body = ?, format = ?, updated_at = ?, updated_by = ?
                             WHERE id = ? AND alert_id = ?",
                        )
                        .bind(body)
                        .bind(format.as_str())
                        .bind(nanos(now))
                        .bind(json(&actor))
                        .bind(&id)
                        .bind(alert.as_str())
                        .execute(&mut *connection)
                        .await?;
                        if edited.rows_affected() == 0 {
                            return Ok(None);
                        }
                        find(connection, &id).await
                    })
                },
                note,
            )
            .await
    }
}

async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Option<Comment>, StoreError> {
    let row =
        sqlx::query("SELECT * FROM alert_comments WHERE id = ?").bind(id).fetch_optional(connection).await?;
    row.as_ref().map(|row| Ok(read(row)?.1)).transpose()
}

async fn add(connection: &mut SqliteConnection, comment: &Comment) -> Result<(), StoreError> {
    let Comment { id, alert_id, body, format, created_at, created_by, updated_at: _, updated_by: _ } =
        comment;
    let (is_known, held): (bool, i64) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM alerts WHERE id = ?1),
             (SELECT count(*) FROM alert_comments WHERE alert_id = ?1)",
    )
    .bind(alert_id.as_str())
    .fetch_one(&mut *connection)
    .await?;
    if !is_known {
        return Err(StoreError::UnknownAlert { id: alert_id.clone() });
    }
    if held >= count(COMMENTS_MAX) {
        return Err(StoreError::TooMany { what: "comments of this alert", max: COMMENTS_MAX });
    }
    sqlx::query(
        "INSERT INTO alert_comments (id, alert_id, body, format, created_at, created_by)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(alert_id.as_str())
    .bind(body)
    .bind(format.as_str())
    .bind(nanos(*created_at))
    .bind(json(created_by))
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<(i64, Comment), StoreError> {
    let created_by = row.text::<String>("created_by")?;
    let updated_by = row.optional_text::<String>("updated_by")?;
    let comment = Comment {
        id: row.text("id")?,
        alert_id: row.text("alert_id")?,
        body: row.text("body")?,
        format: row.word("format")?,
        created_at: row.time("created_at")?,
        created_by: from_json(&created_by, "alert_comments.created_by")?,
        updated_at: row.optional_time("updated_at")?,
        updated_by: updated_by.map(|text| from_json(&text, "alert_comments.updated_by")).transpose()?,
    };
    Ok((row.try_get("number")?, comment))
}
