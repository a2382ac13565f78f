//! `/alerts`: list, view, change.

use std::sync::Arc;

use api_types::{
    Alert, AlertBulkPatch, AlertHistory, AlertPage, AlertPatch, AlertStep, ErrorMessage, EventPage, words,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{AlertId, AlertQuality, AlertStatus};
use store::AlertChange;

use crate::alert_change;
use crate::alert_query::alert_filter;
use crate::auth::{AlertModify, AlertRead, Caller};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

/// Longest text that can be an assignee.
pub(crate) const ASSIGNEE_CHARS_MAX: usize = 128;
/// Words that an alert may have.
const CONTEXT_TAGS_MAX: usize = 10;
/// Longest such word.
const CONTEXT_TAG_CHARS_MAX: usize = 30;

/// Lists alerts, newest first unless `sort-dir=asc`.
#[utoipa::path(get, path = "/alerts", tag = "alert", params(
    ("type" = Option<words::AlertClass>, Query, description = "ALERT (default), DETECTION_ERROR or SYSTEM_ERROR"),
    ("sub-type" = Option<Vec<words::AlertType>>, Query, description = "RULE, RULE_ERROR, SYSTEM_ERROR, …"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
    ("created-after" = Option<String>, Query, description = "RFC 3339 or Unix seconds; 30 days ago by default"),
    ("created-before" = Option<String>, Query, description = "RFC 3339 or Unix seconds"),
    ("detection-id" = Option<String>, Query, description = "Exact id"),
    ("dedup" = Option<String>, Query, description = "Exactly what groups the events, as an alert's `dedup` says it; together with `detection-id` the alerts like one"),
    ("sort-dir" = Option<words::SortDirection>, Query, description = "asc or desc"),
    ("name-contains" = Option<String>, Query, description = "Substring of the title, any case"),
    ("log-source" = Option<Vec<String>>, Query, description = "Source ids"),
    ("log-type" = Option<Vec<String>>, Query, description = "Log types"),
    ("resource-type" = Option<Vec<String>>, Query, description = "Resource types; no alert has one yet, so nothing matches"),
    ("status" = Option<Vec<words::AlertStatus>>, Query, description = "OPEN, TRIAGED, RESOLVED, CLOSED"),
    ("severity" = Option<Vec<words::Severity>>, Query, description = "INFO … CRITICAL"),
    ("assignee" = Option<Vec<String>>, Query, description = "Assignees"),
    ("unassigned" = Option<bool>, Query, description = "`true`: alerts that nobody has, beside those of `assignee`"),
    ("event-count-min" = Option<u64>, Query, description = "At least so many events"),
    ("event-count-max" = Option<u64>, Query, description = "At most so many events"),
), responses((status = 200, body = AlertPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_alerts(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<AlertPage>, ApiError> {
    let filter = alert_filter(&query, caller.rights.log_types, state.clock.now())?;
    let page = query.page()?;
    // Alerts of cloud resources do not exist yet: none is of the types that are asked for.
    if query.all("resource-type").next().is_some() {
        return Ok(Json(AlertPage { results: Vec::new(), next: None }));
    }
    let page = state.store.list_alerts(&filter, &page).await?;
    let ids: Vec<AlertId> = page.items.iter().map(|alert| alert.id.clone()).collect();
    let deliveries = state.store.deliveries_of_alerts(&ids).await?;
    let results = page
        .items
        .iter()
        .map(|alert| Alert::new(alert, deliveries.get(&alert.id).map_or(&[][..], Vec::as_slice)))
        .collect();
    Ok(Json(AlertPage { results, next: page.next }))
}

/// Shows one alert.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alert", params(("id" = String, Path)),
    responses((status = 200, body = Alert), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_alert(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Alert>, ApiError> {
    let alert = existing(&state, &caller, &id).await?;
    let deliveries = state.store.deliveries_of_alert(&alert.id).await?;
    Ok(Json(Alert::new(&alert, &deliveries)))
}

/// Lists the events of an alert, oldest first; the first 1,000 are kept.
#[utoipa::path(get, path = "/alerts/{id}/events", tag = "alert", params(
    ("id" = String, Path),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = EventPage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_alert_events(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<EventPage>, ApiError> {
    let alert = existing(&state, &caller, &id).await?;
    let limit = query.limit()?;
    let offset: u64 = query.parsed("cursor", "a cursor of this list", |text| text.parse().ok())?.unwrap_or(0);
    let page = state.store.alert_events(&alert.id, offset, limit).await?;
    let results = page
        .events
        .iter()
        .map(|event| model::json::parse_json(event))
        .collect::<Result<_, _>>()
        .map_err(|_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "a kept event is not readable"))?;
    let next = page.next_offset.map(|offset| offset.to_string());
    Ok(Json(EventPage { results, next, truncated: alert.event_count > page.kept }))
}

/// Lists what people and programs changed of an alert, oldest first.
#[utoipa::path(get, path = "/alerts/{id}/history", tag = "alert", params(
    ("id" = String, Path),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = AlertHistory), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_history(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<AlertHistory>, ApiError> {
    let alert = existing(&state, &caller, &id).await?;
    let page = state.store.alert_history(&alert.id, &query.page()?).await?;
    Ok(Json(AlertHistory { results: page.items.iter().map(AlertStep::from).collect(), next: page.next }))
}

/// Changes status, assignee, quality or tags of one alert.
#[utoipa::path(patch, path = "/alerts/{id}", tag = "alert", params(("id" = String, Path)),
    request_body = AlertPatch,
    responses((status = 200), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn update_alert(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(patch): Body<AlertPatch>,
) -> Result<Response, ApiError> {
    let AlertPatch { status, assignee, quality, context_tags } = patch;
    existing(&state, &caller, &id).await?;
    let change = checked(status, assignee, quality, context_tags)?;
    alert_change::update_alerts(&state, &caller.audit, vec![AlertId::from(id)], change, caller.actor).await?;
    Ok(empty(StatusCode::OK))
}

/// Changes status, assignee, quality or tags of several alerts: all or none.
#[utoipa::path(patch, path = "/alerts", tag = "alert", request_body = AlertBulkPatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn update_alerts(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Body(patch): Body<AlertBulkPatch>,
) -> Result<Response, ApiError> {
    let AlertBulkPatch { ids, status, assignee, quality, context_tags } = patch;
    if ids.is_empty() {
        return Err(ApiError::bad_request("`ids` is empty; name at least one alert"));
    }
    if !caller.rights.log_types.is_all() {
        for id in &ids {
            existing(&state, &caller, id).await?;
        }
    }
    let ids = ids.into_iter().map(AlertId::from).collect();
    let change = checked(status, assignee, quality, context_tags)?;
    alert_change::update_alerts(&state, &caller.audit, ids, change, caller.actor).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// The change that a body asks for.
fn checked(
    status: Option<String>,
    assignee: Option<String>,
    quality: Option<String>,
    context_tags: Option<Vec<String>>,
) -> Result<AlertChange, ApiError> {
    let wrong =
        |field: &str, problem: &dyn std::fmt::Display| ApiError::bad_request(format!("`{field}`: {problem}"));
    let status = status.map(|word| word.parse::<AlertStatus>()).transpose();
    let quality = quality.map(|word| match &*word {
        "" => Ok(None),
        word => word.parse::<AlertQuality>().map(Some),
    });
    if assignee.as_ref().is_some_and(|text| text.chars().count() > ASSIGNEE_CHARS_MAX) {
        return Err(ApiError::bad_request("`assignee` is longer than 128 characters"));
    }
    if let Some(tags) = &context_tags {
        check_tags(tags)?;
    }
    let change = AlertChange {
        status: status.map_err(|error| wrong("status", &error))?,
        assignee: assignee.map(|text| (!text.is_empty()).then_some(text)),
        quality: quality.transpose().map_err(|error| wrong("quality", &error))?,
        context_tags,
    };
    if change == AlertChange::default() {
        let message = "nothing to change; give `status`, `assignee`, `quality` or `contextTags`";
        return Err(ApiError::bad_request(message));
    }
    Ok(change)
}

fn check_tags(tags: &[String]) -> Result<(), ApiError> {
    if tags.len() > CONTEXT_TAGS_MAX {
        let message = format!("`contextTags` has {} words; {CONTEXT_TAGS_MAX} may be there", tags.len());
        return Err(ApiError::bad_request(message));
    }
    let is_sound = |tag: &str| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        (1..=CONTEXT_TAG_CHARS_MAX).contains(&tag.len()) && tag.bytes().all(is_part)
    };
    match tags.iter().find(|tag| !is_sound(tag)) {
        None => Ok(()),
        Some(tag) => Err(ApiError::bad_request(format!(
            "`contextTags`: `{}` is not 1 to 30 small letters, digits, `_` and `-`",
            tag.chars().take(CONTEXT_TAG_CHARS_MAX).collect::<String>()
        ))),
    }
}

/// The alert, or 404 with its id; one that the caller may not see is none.
pub(crate) async fn existing<P>(
    state: &ApiState,
    caller: &Caller<P>,
    id: &str,
) -> Result<Arc<model::Alert>, ApiError> {
    visible(state, caller, &AlertId::from(id))
        .await?
        .ok_or_else(|| ApiError::not_found(format!("no alert `{id}`")))
}

/// The alert, unless there is none or the caller may not see it.
pub(crate) async fn visible<P>(
    state: &ApiState,
    caller: &Caller<P>,
    id: &AlertId,
) -> Result<Option<Arc<model::Alert>>, ApiError> {
    let alert = state.store.find_alert(id).await?;
    Ok(alert.filter(|alert| caller.rights.log_types.permits_all(&alert.log_types)))
}
