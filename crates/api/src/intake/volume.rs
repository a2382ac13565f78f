//! `/internal/log-sources/{id}/volume`: how much came in from one source over time.

use std::collections::BTreeMap;

use api_types::{ErrorMessage, LogTypeEvents, SourceAmount, SourceInterval, SourceVolumeSeries, wire_time};
use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use model::{LogType, SourceId};
use store::VolumesOf;

use super::sources::{add, hour_of};
use crate::auth::{Caller, LogSourceRead};
use crate::error::ApiError;
use crate::log_sources::may_see_all_of;
use crate::params::{Id, Query};
use crate::state::ApiState;

/// Hours that are shown when nobody says how many, and the most: 30 days.
const HOURS_DEFAULT: u64 = 24;
const HOURS_MAX: u64 = 30 * 24;
/// Spans up to so many hours are shown in intervals of so many hours.
const INTERVALS: [(u64, u64); 3] = [(48, 1), (7 * 24, 6), (HOURS_MAX, 24)];

/// Shows what came in from one source over the last hours, in intervals of equal length.
#[utoipa::path(get, path = "/internal/log-sources/{id}/volume", tag = "console",
    operation_id = "find_log_source_volume", params(
    ("id" = String, Path),
    ("hours" = Option<u64>, Query, minimum = 1, maximum = 720, description = "1 to 720, 24 by default"),
), responses((status = 200, body = SourceVolumeSeries), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_volume(
    caller: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<SourceVolumeSeries>, ApiError> {
    let source_id = SourceId::from(id);
    let is_known = state.source_ids.load().contains(&source_id);
    if !is_known || !may_see_all_of(&caller.rights.log_types, &state, &source_id) {
        return Err(ApiError::not_found(format!("no log source `{source_id}`")));
    }
    let expected = format!("a number from 1 to {HOURS_MAX}");
    let parse = |text: &str| text.parse().ok().filter(|hours| (1..=HOURS_MAX).contains(hours));
    let hours = query.parsed("hours", &expected, parse)?.unwrap_or(HOURS_DEFAULT);
    Ok(Json(series(&state, &source_id, hours).await?))
}

async fn series(state: &ApiState, source_id: &SourceId, hours: u64) -> Result<SourceVolumeSeries, ApiError> {
    let interval_hours =
        INTERVALS.iter().find(|(up_to, _)| hours <= *up_to).map_or(24, |(_, length)| *length);
    let count = hours.div_ceil(interval_hours);
    let span = SignedDuration::from_hours(i64::try_from(count * interval_hours).unwrap_or(i64::MAX) - 1);
    let now = state.clock.now();
    let from = hour_of(now).saturating_sub(span).unwrap_or(Timestamp::MIN);
    let length = SignedDuration::from_hours(i64::try_from(interval_hours).unwrap_or(i64::MAX));
    let mut amounts: BTreeMap<u64, SourceAmount> =
        (0..count).map(|it| (it, SourceAmount::default())).collect();
    let mut log_types: BTreeMap<LogType, u64> = BTreeMap::new();
    for volume in state.store.count_source_volumes(source_id, from, now, length).await? {
        let of = if volume.log_type.is_some() { VolumesOf::LogTypes } else { VolumesOf::Bodies };
        if let Some(amount) = amounts.get_mut(&volume.interval) {
            add(amount, of, &volume);
        }
        if let Some(log_type) = &volume.log_type {
            *log_types.entry(log_type.clone()).or_default() += volume.volume.events;
        }
    }
    let results = amounts.into_iter().map(|(number, SourceAmount { events, bytes, failures })| {
        let after = length.saturating_mul(i32::try_from(number).unwrap_or(i32::MAX));
        let at = from.saturating_add(after).unwrap_or(Timestamp::MAX);
        SourceInterval { at: wire_time(at), events, bytes, failures }
    });
    Ok(SourceVolumeSeries {
        interval_minutes: interval_hours * 60,
        results: results.collect(),
        log_types: log_types
            .into_iter()
            .map(|(log_type, events)| LogTypeEvents { log_type, events })
            .collect(),
    })
}
