//! Table `detection_states`: what operators and the limiter said about a detection.

use std::collections::HashMap;

use model::{DetectionState, RuleId};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::request::ChangeTopic;
use crate::rows::{Columns, count, json_sets, nanos};
use crate::store::Store;
use crate::tables::changes;

#[derive(Serialize)]
struct StateRow<'a> {
    rule_id: &'a RuleId,
    enabled_override: Option<bool>,
    limited_at: Option<i64>,
    limit_window_start: Option<i64>,
    limit_window_alerts: i64,
}

impl<'a> StateRow<'a> {
    fn of(state: &'a DetectionState) -> Self {
        let DetectionState { rule_id, enabled_override, limited_at, limit_window_start, limit_window_alerts } =
            state;
        Self {
            rule_id,
            enabled_override: *enabled_override,
            limited_at: limited_at.map(nanos),
            limit_window_start: limit_window_start.map(nanos),
            limit_window_alerts: count(*limit_window_alerts),
        }
    }
}

impl Store {
    /// All detections about which something was said, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_detection_states(&self) -> Result<Vec<DetectionState>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM detection_states ORDER BY rule_id").fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Switches a detection on or off, or lets it follow its content again (`None`). Switching on also
    /// clears its limiter. The id need not be known: content may come later.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_detection_enabled(&self, id: &RuleId, enabled: Option<bool>) -> Result<(), StoreError> {
        self.set_detections_enabled(vec![id.clone()], enabled).await
    }

    /// [`Store::set_detection_enabled`] of several detections: all of them, or none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_detections_enabled(
        &self,
        ids: Vec<RuleId>,
        enabled: Option<bool>,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                for id in &ids {
                    set_enabled(connection, id, enabled).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Lets a detection make alerts again after the limiter switched them off.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn clear_limiter(&self, id: &RuleId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            Box::pin(async move {
                clear_limiter(connection, &id).await?;
                changes::record(connection, ChangeTopic::Detection, id.as_str()).await
            })
        })
        .await
    }
}

async fn set_enabled(
    connection: &mut SqliteConnection,
    id: &RuleId,
    enabled: Option<bool>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO detection_states (rule_id, enabled_override, limit_window_alerts)
         VALUES (?, ?, 0)
         ON CONFLICT (rule_id) DO UPDATE SET enabled_override = excluded.enabled_override",
    )
    .bind(id.as_str())
    .bind(enabled)
    .execute(&mut *connection)
    .await?;
    if enabled == Some(true) {
        clear_limiter(connection, id).await?;
    }
    changes::record(connection, ChangeTopic::Detection, id.as_str()).await
}

async fn clear_limiter(connection: &mut SqliteConnection, id: &RuleId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE detection_states SET limited_at = NULL, limit_window_start = NULL, limit_window_alerts = 0
         WHERE rule_id = ?",
    )
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn load(
    connection: &mut SqliteConnection,
    ids: &[RuleId],
) -> Result<HashMap<RuleId, DetectionState>, StoreError> {
    let mut states = HashMap::new();
    let sets = json_sets(ids);
    for set in sets {
        let rows = sqlx::query(
            "SELECT detection_states.* FROM json_each(?) AS wanted
             CROSS JOIN detection_states ON detection_states.rule_id = wanted.value",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let state = read(row)?;
            states.insert(state.rule_id.clone(), state);
        }
    }
    Ok(states)
}

pub(crate) async fn upsert(
    connection: &mut SqliteConnection,
    states: &[DetectionState],
) -> Result<(), StoreError> {
    let sets = json_sets(states.iter().map(StateRow::of));
    for set in sets {
        sqlx::query(
            "INSERT OR REPLACE INTO detection_states (rule_id, enabled_override, limited_at,
                 limit_window_start, limit_window_alerts)
             SELECT value ->> 'rule_id', value ->> 'enabled_override', value ->> 'limited_at',
                 value ->> 'limit_window_start', value ->> 'limit_window_alerts'
             FROM json_each(?)",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn read(row: &SqliteRow) -> Result<DetectionState, StoreError> {
    Ok(DetectionState {
        rule_id: row.text("rule_id")?,
        enabled_override: row.try_get::<Option<bool>, _>("enabled_override")?,
        limited_at: row.optional_time("limited_at")?,
        limit_window_start: row.optional_time("limit_window_start")?,
        limit_window_alerts: row.count("limit_window_alerts")?,
    })
}
