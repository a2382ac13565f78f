//! What lists of alerts filter by, read from one index of table `alerts`.

use model::AlertId;
use serde::Deserialize;
use sqlx::SqliteConnection;

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::rows::{from_json, json_sets};

/// Alerts that are read at once. They come as one JSON text: a row of its own for each costs far more.
const HEADS_MAX: i64 = 4_096;

/// An alert as the index holds it; the fields in the order in which they are read.
#[derive(Debug, Deserialize)]
pub(crate) struct AlertHead {
    pub(crate) created_at: i64,
    pub(crate) id: String,
    pub(crate) alert_type: String,
    pub(crate) severity: String,
    pub(crate) status: String,
    pub(crate) detection_id: String,
    pub(crate) assignee: Option<String>,
    pub(crate) event_count: i64,
    pub(crate) log_types: String,
    pub(crate) source_ids: String,
    pub(crate) dedup: String,
    pub(crate) search_text: String,
}

impl AlertHead {
    /// Its place in the order of creation.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { number: self.created_at, id: self.id.clone() }
    }
}

/// The alerts with these ids, some thousand at a time; unknown ids are left out.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    ids: &[AlertId],
) -> Result<Vec<Vec<AlertHead>>, StoreError> {
    let mut heads = Vec::new();
    let sets = json_sets(ids);
    for set in sets {
        let found: String = sqlx::query_scalar(
            "SELECT json_group_array(json_array(created_at, alerts.id, alert_type, severity, status,
                 detection_id, assignee, event_count, log_types, source_ids, dedup, search_text))
             FROM json_each(?) AS wanted CROSS JOIN alerts ON alerts.id = wanted.value",
        )
        .bind(set)
        .fetch_one(&mut *connection)
        .await?;
        heads.push(from_json(&found, "alerts")?);
    }
    Ok(heads)
}

/// The next alerts in order of creation; none behind the last.
pub(crate) async fn after(
    connection: &mut SqliteConnection,
    last: Option<Cursor>,
) -> Result<Vec<AlertHead>, StoreError> {
    let Cursor { number, id } = last.unwrap_or(Cursor { number: i64::MIN, id: String::new() });
    let found: String = sqlx::query_scalar(
        "SELECT json_group_array(json_array(created_at, id, alert_type, severity, status, detection_id,
             assignee, event_count, log_types, source_ids, dedup, search_text))
         FROM (SELECT * FROM alerts INDEXED BY alerts_list WHERE (created_at, id) > (?, ?)
               ORDER BY created_at, id LIMIT ?)",
    )
    .bind(number)
    .bind(id)
    .bind(HEADS_MAX)
    .fetch_one(connection)
    .await?;
    from_json(&found, "alerts")
}
