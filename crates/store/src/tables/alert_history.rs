//! Table `alert_history`: who changed what of an alert, and when. Rows are only ever added.

use jiff::Timestamp;
use model::{Actor, AlertField, AlertId, AlertStep};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, from_json, json, nanos};
use crate::store::Store;

impl Store {
    /// What people and programs changed of an alert, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn alert_history(
        &self,
        alert: &AlertId,
        page: &PageRequest,
    ) -> Result<Page<AlertStep>, StoreError> {
        let after = page.after()?.map_or(0, |cursor| cursor.number);
        let rows =
            sqlx::query("SELECT * FROM alert_history WHERE alert_id = ? AND id > ? ORDER BY id LIMIT ?")
                .bind(alert.as_str())
                .bind(after)
                .bind(page.row_limit())
                .fetch_all(&self.readers)
                .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let page = Page::cut(items, page, |(id, _)| Cursor { number: *id, id: String::new() });
        Ok(Page { items: page.items.into_iter().map(|(_, step)| step).collect(), next: page.next })
    }
}

/// A new value of one field.
pub(crate) struct Step<'a> {
    pub(crate) field: AlertField,
    /// As the column holds it.
    pub(crate) after: Option<&'a str>,
    pub(crate) actor: &'a Actor,
    pub(crate) at: Timestamp,
}

/// Gives a field of some alerts (ids as a JSON list) another value, and writes down where it differs.
pub(crate) async fn take_step(
    connection: &mut SqliteConnection,
    ids: &str,
    step: &Step<'_>,
) -> Result<(), StoreError> {
    let Step { field, after, actor, at } = step;
    let column = match field {
        AlertField::Status => "status",
        AlertField::Assignee => "assignee",
        AlertField::Quality => "quality",
        AlertField::ContextTags => "context_tags",
    };
    let mut remember = QueryBuilder::<Sqlite>::new(
        "INSERT INTO alert_history (alert_id, at, actor, field, before_value, after_value) SELECT id, ",
    );
    remember.push_bind(nanos(*at)).push(", ").push_bind(json(actor)).push(", ").push_bind(field.as_str());
    remember.push(", ").push(column).push(", ").push_bind(*after);
    remember.push(" FROM alerts WHERE id IN (SELECT value FROM json_each(").push_bind(ids);
    remember.push(")) AND ").push(column).push(" IS NOT ").push_bind(*after);
    remember.build().execute(&mut *connection).await?;

    let mut change = QueryBuilder::<Sqlite>::new("UPDATE alerts SET ");
    change.push(column).push(" = ").push_bind(*after);
    change.push(", updated_by = ").push_bind(json(actor)).push(", updated_at = ").push_bind(nanos(*at));
    change.push(" WHERE id IN (SELECT value FROM json_each(").push_bind(ids).push("))");
    change.build().execute(connection).await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<(i64, AlertStep), StoreError> {
    let field = row.word("field")?;
    let value = |column: &str| {
        let text = row.optional_text::<String>(column)?;
        match (field, text) {
            (AlertField::ContextTags, Some(text)) => {
                let tags: Vec<String> = from_json(&text, "alert_history.context_tags")?;
                Ok(Some(tags.join(", ")))
            }
            (_, text) => Ok::<_, StoreError>(text),
        }
    };
    let actor = row.text::<String>("actor")?;
    let step = AlertStep {
        field,
        before: value("before_value")?,
        after: value("after_value")?,
        actor: from_json(&actor, "alert_history.actor")?,
        at: row.time("at")?,
    };
    Ok((row.try_get("id")?, step))
}
