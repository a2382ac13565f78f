//! Listing of table `alerts` with filters.

use std::sync::Arc;

use model::{Alert, AlertClass, AlertStatus, AlertType, Severity};
use sqlx::{QueryBuilder, Sqlite};

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{AlertFilter, Page, PageRequest, SortDirection};
use crate::rows::{count, json, nanos};
use crate::store::Store;
use crate::tables::alerts;

impl Store {
    /// The alerts that pass `filter`, ordered by creation time and id. Pages continue where the last one
    /// ended, also when alerts come in between.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_alerts(
        &self,
        filter: &AlertFilter,
        page: &PageRequest,
    ) -> Result<Page<Arc<Alert>>, StoreError> {
        let after = page.after()?;
        let mut query = QueryBuilder::new("SELECT * FROM alerts WHERE true");
        push_filter(&mut query, filter);
        let is_descending = filter.sort == SortDirection::Descending;
        if let Some(Cursor { number, id }) = after {
            query.push(if is_descending { " AND (created_at, id) < (" } else { " AND (created_at, id) > (" });
            query.push_bind(number).push(", ").push_bind(id).push(")");
        }
        query.push(if is_descending {
            " ORDER BY created_at DESC, id DESC LIMIT "
        } else {
            " ORDER BY created_at, id LIMIT "
        });
        query.push_bind(page.row_limit());
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(|row| alerts::read(row).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page, |alert| Cursor {
            number: nanos(alert.created_at),
            id: alert.id.as_str().to_owned(),
        }))
    }
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &AlertFilter) {
    let AlertFilter {
        class,
        types,
        created_after,
        created_before,
        detection_id,
        name_contains,
        source_ids,
        log_types,
        statuses,
        severities,
        assignees,
        event_count_min,
        event_count_max,
        sort: _,
    } = filter;
    if let Some(class) = class {
        query.push(" AND class = ").push_bind(AlertClass::as_str(*class));
    }
    if let Some(after) = created_after {
        query.push(" AND created_at >= ").push_bind(nanos(*after));
    }
    if let Some(before) = created_before {
        query.push(" AND created_at <= ").push_bind(nanos(*before));
    }
    if let Some(id) = detection_id {
        query.push(" AND detection_id = ").push_bind(id.as_str().to_owned());
    }
    if let Some(name) = name_contains.as_ref().filter(|name| !name.is_empty()) {
        query.push(" AND instr(search_text, ").push_bind(name.to_lowercase()).push(") > 0");
    }
    if let Some(min) = event_count_min {
        query.push(" AND event_count >= ").push_bind(count(*min));
    }
    if let Some(max) = event_count_max {
        query.push(" AND event_count <= ").push_bind(count(*max));
    }
    push_one_of(query, "alert_type", types.iter().map(|word| AlertType::as_str(*word)));
    push_one_of(query, "status", statuses.iter().map(|word| AlertStatus::as_str(*word)));
    push_one_of(query, "severity", severities.iter().map(|word| Severity::as_str(*word)));
    push_one_of(query, "assignee", assignees.iter().map(String::as_str));
    push_any_of(query, "log_types", log_types.iter().map(model::LogType::as_str));
    push_any_of(query, "source_ids", source_ids.iter().map(model::SourceId::as_str));
}

/// The column's value is one of the words; no words, no restriction.
fn push_one_of<'a>(
    query: &mut QueryBuilder<Sqlite>,
    column: &'static str,
    words: impl Iterator<Item = &'a str>,
) {
    let words: Vec<&str> = words.collect();
    if !words.is_empty() {
        query.push(" AND ").push(column).push(" IN (SELECT value FROM json_each(").push_bind(json(&words));
        query.push("))");
    }
}

/// The column's list has one of the words; no words, no restriction.
fn push_any_of<'a>(
    query: &mut QueryBuilder<Sqlite>,
    column: &'static str,
    words: impl Iterator<Item = &'a str>,
) {
    let words: Vec<&str> = words.collect();
    if !words.is_empty() {
        query.push(" AND EXISTS (SELECT 1 FROM json_each(alerts.").push(column);
        query.push(") AS held WHERE held.value IN (SELECT value FROM json_each(").push_bind(json(&words));
        query.push(")))");
    }
}
