//! The query of `GET /alerts`, as `api.md` §3.1 lists it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use model::{AlertClass, AlertStatus, AlertType, LogType, LogTypeAccess, RuleId, Severity, SourceId};
use store::{AlertFilter, SortDirection};

use crate::error::ApiError;
use crate::params::Query;

/// How far back the list goes when nothing is said.
const CREATED_AFTER_DEFAULT: Duration = Duration::from_secs(30 * 86_400);

/// Parameters that are understood, and what the caller may see; anything else is ignored, as the API's conventions say.
pub(crate) fn alert_filter(
    query: &Query,
    visible: LogTypeAccess,
    now: Timestamp,
) -> Result<AlertFilter, ApiError> {
    let created_after = match query.time("created-after")? {
        Some(at) => at,
        None => now.saturating_sub(CREATED_AFTER_DEFAULT).expect("subtracting a duration saturates"),
    };
    let mut assignees: BTreeSet<String> = query.all("assignee").map(str::to_owned).collect();
    if query.flag("unassigned")? {
        assignees.insert(String::new());
    }
    Ok(AlertFilter {
        class: Some(
            query
                .parsed("type", "ALERT, DETECTION_ERROR or SYSTEM_ERROR", |text| text.parse().ok())?
                .unwrap_or(AlertClass::Alert),
        ),
        types: query.all_parsed("sub-type", "an alert type", |text| text.parse::<AlertType>().ok())?,
        created_after: Some(created_after),
        created_before: query.time("created-before")?,
        detection_id: query.one("detection-id").map(RuleId::from),
        dedup: query.one("dedup").map(str::to_owned),
        name_contains: query.one("name-contains").map(str::to_owned),
        source_ids: query.all("log-source").map(SourceId::from).collect(),
        log_types: query.all("log-type").map(LogType::from).collect(),
        statuses: query.all_parsed("status", "OPEN, TRIAGED, RESOLVED or CLOSED", |text| {
            text.parse::<AlertStatus>().ok()
        })?,
        severities: query.all_parsed("severity", "INFO, LOW, MEDIUM, HIGH or CRITICAL", |text| {
            Severity::ALL.into_iter().find(|severity| severity.as_str() == text)
        })?,
        assignees,
        event_count_min: query.parsed("event-count-min", "a number", count)?,
        event_count_max: query.parsed("event-count-max", "a number", count)?,
        visible,
        sort: query
            .parsed("sort-dir", "`asc` or `desc`", |text| match text {
                "asc" => Some(SortDirection::Ascending),
                "desc" => Some(SortDirection::Descending),
                _ => None,
            })?
            .unwrap_or_default(),
    })
}

/// A count as the database holds it.
fn count(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<i64>().ok()?).ok()
}
