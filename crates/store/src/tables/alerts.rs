//! Table `alerts`: one row per alert. What filters and merges need has columns; what never changes is
//! one JSON document with a version.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use model::{Alert, AlertId, AlertMerge, DetectionKind, RoutingDecision, RuleId, SystemError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, SqliteConnection};

use crate::error::StoreError;
use crate::rows::{Columns, count, from_json, insert_sets, json, json_sets, known_ids, nanos};
use crate::store::Store;

/// Version of [`Details`]; a reader for every older one stays here for ever.
const DETAILS_VERSION: u32 = 1;
/// Stands between the searchable texts of an alert.
const SEARCH_SEPARATOR: char = '\u{1f}';

struct AlertRow<'a> {
    id: &'a AlertId,
    class: &'static str,
    alert_type: &'static str,
    severity: &'static str,
    status: &'static str,
    title: &'a str,
    detection_id: &'a RuleId,
    dedup: &'a str,
    number: i64,
    created_at: i64,
    first_event_at: i64,
    last_event_at: i64,
    updated_at: i64,
    event_count: i64,
    log_types: String,
    source_ids: String,
    assignee: Option<&'a str>,
    updated_by: Option<String>,
    search_text: String,
    details: String,
}

/// What never changes, as it is written.
#[derive(Serialize)]
struct DetailsOf<'a> {
    version: u32,
    detection_kind: Option<DetectionKind>,
    detection_name: Option<&'a str>,
    detection_version: Option<&'a str>,
    system_error: Option<&'a SystemError>,
    description: Option<&'a str>,
    reference: Option<&'a str>,
    runbook: Option<&'a str>,
    context: &'a Map<String, Value>,
    tags: &'a [String],
    reports: &'a BTreeMap<String, Vec<String>>,
    routing: &'a RoutingDecision,
}

/// What never changes, as it is read.
#[derive(Deserialize)]
struct Details {
    version: u32,
    detection_kind: Option<DetectionKind>,
    detection_name: Option<String>,
    detection_version: Option<String>,
    system_error: Option<SystemError>,
    description: Option<String>,
    reference: Option<String>,
    runbook: Option<String>,
    #[serde(deserialize_with = "model::json::object")]
    context: Map<String, Value>,
    tags: Vec<String>,
    reports: BTreeMap<String, Vec<String>>,
    routing: RoutingDecision,
}

impl<'a> AlertRow<'a> {
    fn of(alert: &'a Alert) -> Self {
        let Alert {
            id,
            alert_type,
            severity,
            status,
            title,
            detection_id,
            detection_kind,
            detection_name,
            detection_version,
            system_error,
            dedup,
            number,
            created_at,
            first_event_at,
            last_event_at,
            updated_at,
            event_count,
            log_types,
            source_ids,
            description,
            reference,
            runbook,
            context,
            tags,
            reports,
            assignee,
            // Nobody has worked on an alert that is new.
            quality: _,
            context_tags: _,
            updated_by,
            routing,
        } = alert;
        let details = DetailsOf {
            version: DETAILS_VERSION,
            detection_kind: *detection_kind,
            detection_name: detection_name.as_deref(),
            detection_version: detection_version.as_deref(),
            system_error: system_error.as_ref(),
            description: description.as_deref(),
            reference: reference.as_deref(),
            runbook: runbook.as_deref(),
            context,
            tags,
            reports,
            routing,
        };
        Self {
            id,
            class: alert_type.class().as_str(),
            alert_type: alert_type.as_str(),
            severity: severity.as_str(),
            status: status.as_str(),
            title,
            detection_id,
            dedup,
            number: count(*number),
            created_at: nanos(*created_at),
            first_event_at: nanos(*first_event_at),
            last_event_at: nanos(*last_event_at),
            updated_at: nanos(*updated_at),
            event_count: count(*event_count),
            log_types: json(log_types),
            source_ids: json(source_ids),
            assignee: assignee.as_deref(),
            updated_by: updated_by.as_ref().map(json),
            search_text: search_text(title, detection_id, detection_name.as_deref()),
            details: json(&details),
        }
    }
}

fn search_text(title: &str, detection_id: &RuleId, detection_name: Option<&str>) -> String {
    let mut text = title.to_lowercase();
    for part in [Some(detection_id.as_str()), detection_name].into_iter().flatten() {
        text.push(SEARCH_SEPARATOR);
        text.push_str(&part.to_lowercase());
    }
    text
}

impl Store {
    /// The alert with this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_alert(&self, id: &AlertId) -> Result<Option<Arc<Alert>>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        Ok(load(&mut connection, std::slice::from_ref(id)).await?.pop())
    }

    /// The alerts with these ids, in that order; unknown ids are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_alerts(&self, ids: &[AlertId]) -> Result<Vec<Arc<Alert>>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        load(&mut connection, ids).await
    }
}

pub(crate) async fn load(
    connection: &mut SqliteConnection,
    ids: &[AlertId],
) -> Result<Vec<Arc<Alert>>, StoreError> {
    let mut alerts = Vec::with_capacity(ids.len());
    let sets = json_sets(ids);
    for set in sets {
        let rows = sqlx::query(
            "SELECT alerts.* FROM json_each(?) AS wanted
             CROSS JOIN alerts ON alerts.id = wanted.value ORDER BY wanted.key",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            alerts.push(Arc::new(read(row)?));
        }
    }
    Ok(alerts)
}

/// Inserts alerts and answers the ids that were not there before.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    alerts: &[Arc<Alert>],
) -> Result<HashSet<AlertId>, StoreError> {
    let mut known = known_ids(connection, "alerts", alerts.iter().map(|alert| &alert.id)).await?;
    let new = alerts.iter().filter(|alert| known.insert(alert.id.as_str().to_owned()));
    let rows: Vec<AlertRow<'_>> = new.map(|alert| AlertRow::of(alert)).collect();
    for set in insert_sets(&rows) {
        let mut query = QueryBuilder::new(
            "INSERT INTO alerts (id, class, alert_type, severity, status, title, detection_id, dedup, number,
                 created_at, first_event_at, last_event_at, updated_at, event_count, log_types, source_ids,
                 assignee, updated_by, search_text, details) ",
        );
        query.push_values(set, |mut values, row| {
            values.push_bind(row.id.as_str()).push_bind(row.class).push_bind(row.alert_type);
            values.push_bind(row.severity).push_bind(row.status).push_bind(row.title);
            values.push_bind(row.detection_id.as_str()).push_bind(row.dedup).push_bind(row.number);
            values.push_bind(row.created_at).push_bind(row.first_event_at).push_bind(row.last_event_at);
            values.push_bind(row.updated_at).push_bind(row.event_count).push_bind(row.log_types.as_str());
            values.push_bind(row.source_ids.as_str()).push_bind(row.assignee);
            values.push_bind(row.updated_by.as_deref()).push_bind(row.search_text.as_str());
            values.push_bind(row.details.as_str());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(rows.into_iter().map(|row| row.id.clone()).collect())
}

#[derive(Serialize)]
struct MergeRow<'a> {
    id: &'a AlertId,
    event_count: i64,
    last_event_at: i64,
    log_types: String,
    source_ids: String,
}

pub(crate) async fn merge(
    connection: &mut SqliteConnection,
    merges: &[AlertMerge],
    at: Timestamp,
) -> Result<(), StoreError> {
    let rows = merges.iter().map(|merge| {
        let AlertMerge { alert_id, event_count, log_types, source_ids, last_event_at } = merge;
        MergeRow {
            id: alert_id,
            event_count: count(*event_count),
            last_event_at: nanos(*last_event_at),
            log_types: json(log_types),
            source_ids: json(source_ids),
        }
    });
    let sets = json_sets(rows);
    for set in sets {
        sqlx::query(
            "UPDATE alerts SET event_count = value ->> 'event_count',
                 last_event_at = value ->> 'last_event_at', log_types = value ->> 'log_types',
                 source_ids = value ->> 'source_ids', updated_at = max(updated_at, ?)
             FROM json_each(?) AS merges WHERE alerts.id = merges.value ->> 'id'",
        )
        .bind(nanos(at))
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(crate) fn read(row: &SqliteRow) -> Result<Alert, StoreError> {
    let details: Details = row.json("details")?;
    if details.version != DETAILS_VERSION {
        return Err(StoreError::corrupt(format!("`alerts.details`: unknown version {}", details.version)));
    }
    let severity: String = row.text("severity")?;
    let updated_by = row.optional_text::<String>("updated_by")?;
    Ok(Alert {
        id: row.text("id")?,
        alert_type: row.word("alert_type")?,
        severity: model::Severity::parse(&severity)
            .ok_or_else(|| StoreError::corrupt(format!("`alerts.severity`: `{severity}`")))?,
        status: row.word("status")?,
        title: row.text("title")?,
        detection_id: row.text("detection_id")?,
        detection_kind: details.detection_kind,
        detection_name: details.detection_name,
        detection_version: details.detection_version,
        system_error: details.system_error,
        dedup: row.text("dedup")?,
        number: row.count("number")?,
        created_at: row.time("created_at")?,
        first_event_at: row.time("first_event_at")?,
        last_event_at: row.time("last_event_at")?,
        updated_at: row.time("updated_at")?,
        event_count: row.count("event_count")?,
        log_types: row.json("log_types")?,
        source_ids: row.json("source_ids")?,
        description: details.description,
        reference: details.reference,
        runbook: details.runbook,
        context: details.context,
        tags: details.tags,
        reports: details.reports,
        assignee: row.optional_text("assignee")?,
        quality: match row.optional_text::<String>("quality")? {
            Some(_) => Some(row.word("quality")?),
            None => None,
        },
        context_tags: row.json("context_tags")?,
        updated_by: updated_by.map(|text| from_json(&text, "alerts.updated_by")).transpose()?,
        routing: details.routing,
    })
}
