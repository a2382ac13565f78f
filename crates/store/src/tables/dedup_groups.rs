//! Table `dedup_groups`: running state per detection and dedup string.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use model::{AlertId, DedupGroup, GroupKey, LogType, OpeningMatch, RuleId, SourceId};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, SqliteConnection};

use crate::error::StoreError;
use crate::rows::{Columns, count, from_json, insert_sets, json, json_sets, nanos};

struct GroupRow<'a> {
    key: &'a GroupKey,
    rule_id: &'a RuleId,
    dedup: &'a str,
    is_error: bool,
    alert_count: i64,
    window_start: i64,
    window_end: i64,
    event_count: i64,
    kept_event_count: i64,
    last_event_at: i64,
    alert_id: Option<&'a AlertId>,
    log_types: String,
    source_ids: String,
    opening: Option<String>,
    unique_hashes: String,
}

impl<'a> GroupRow<'a> {
    fn of(group: &'a DedupGroup) -> Self {
        let DedupGroup {
            key,
            rule_id,
            dedup,
            is_error,
            alert_count,
            window_start,
            window_end,
            event_count,
            kept_event_count,
            log_types,
            source_ids,
            last_event_at,
            alert_id,
            opening,
            unique_hashes,
        } = group;
        Self {
            key,
            rule_id,
            dedup,
            is_error: *is_error,
            alert_count: count(*alert_count),
            window_start: nanos(*window_start),
            window_end: nanos(*window_end),
            event_count: count(*event_count),
            kept_event_count: count(*kept_event_count),
            last_event_at: nanos(*last_event_at),
            alert_id: alert_id.as_ref(),
            log_types: json(log_types),
            source_ids: json(source_ids),
            opening: opening.as_ref().map(json::<OpeningMatch>),
            unique_hashes: json(unique_hashes),
        }
    }
}

pub(crate) async fn load(
    connection: &mut SqliteConnection,
    keys: &[GroupKey],
) -> Result<HashMap<GroupKey, DedupGroup>, StoreError> {
    let mut groups = HashMap::new();
    let sets = json_sets(keys);
    for set in sets {
        let rows = sqlx::query(
            "SELECT dedup_groups.* FROM json_each(?) AS wanted
             CROSS JOIN dedup_groups ON dedup_groups.key = wanted.value",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let group = read(row)?;
            groups.insert(group.key.clone(), group);
        }
    }
    Ok(groups)
}

pub(crate) async fn upsert(
    connection: &mut SqliteConnection,
    groups: &[DedupGroup],
) -> Result<(), StoreError> {
    let rows: Vec<GroupRow<'_>> = groups.iter().map(GroupRow::of).collect();
    for set in insert_sets(&rows) {
        let mut query = QueryBuilder::new(
            "INSERT OR REPLACE INTO dedup_groups (key, rule_id, dedup, is_error, alert_count, window_start,
                 window_end, event_count, kept_event_count, last_event_at, alert_id, log_types, source_ids,
                 opening, unique_hashes) ",
        );
        query.push_values(set, |mut values, row| {
            values.push_bind(row.key.as_str()).push_bind(row.rule_id.as_str()).push_bind(row.dedup);
            values.push_bind(row.is_error).push_bind(row.alert_count).push_bind(row.window_start);
            values.push_bind(row.window_end).push_bind(row.event_count).push_bind(row.kept_event_count);
            values.push_bind(row.last_event_at).push_bind(row.alert_id.map(AlertId::as_str));
            values.push_bind(row.log_types.as_str()).push_bind(row.source_ids.as_str());
            values.push_bind(row.opening.as_deref()).push_bind(row.unique_hashes.as_str());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Some groups without an alert whose window ended at or before `before`, and that still hold something.
pub(crate) async fn list_unfinished(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<DedupGroup>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM dedup_groups
         WHERE alert_id IS NULL AND window_end <= ? AND (alert_count = 0 OR kept_event_count > 0)
         ORDER BY window_end LIMIT ?",
    )
    .bind(nanos(before))
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Forgets groups that never made an alert, and what others had kept.
pub(crate) async fn forget(connection: &mut SqliteConnection, keys: &[GroupKey]) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    let sets = json_sets(keys);
    for set in sets {
        forgotten += sqlx::query(
            "DELETE FROM dedup_groups WHERE alert_count = 0 AND key IN (SELECT value FROM json_each(?))",
        )
        .bind(&set)
        .execute(&mut *connection)
        .await?
        .rows_affected();
        sqlx::query(
            "UPDATE dedup_groups SET kept_event_count = 0 WHERE key IN (SELECT value FROM json_each(?))",
        )
        .bind(&set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(forgotten)
}

fn read(row: &SqliteRow) -> Result<DedupGroup, StoreError> {
    let opening = row.optional_text::<String>("opening")?;
    Ok(DedupGroup {
        key: row.text("key")?,
        rule_id: row.text("rule_id")?,
        dedup: row.text("dedup")?,
        is_error: row.flag("is_error")?,
        alert_count: row.count("alert_count")?,
        window_start: row.time("window_start")?,
        window_end: row.time("window_end")?,
        event_count: row.count("event_count")?,
        kept_event_count: row.count("kept_event_count")?,
        log_types: row.json::<BTreeSet<LogType>>("log_types")?,
        source_ids: row.json::<BTreeSet<SourceId>>("source_ids")?,
        last_event_at: row.time("last_event_at")?,
        alert_id: row.optional_text("alert_id")?,
        opening: opening.map(|text| from_json(&text, "dedup_groups.opening")).transpose()?,
        unique_hashes: row.json("unique_hashes")?,
    })
}
