//! `/queries`: saved and scheduled searches. Their id is a UUID made of their name.

use std::sync::Arc;

use api_types::{
    ContentErrorMessage, ErrorMessage, QueryForm, QuerySchedule, SavedQuery, SavedQueryPage, wire_time,
};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::error::ContentError;
use super::form;
use super::list::page;
use super::write;
use crate::auth::{Caller, DataAnalyticsModify, DataAnalyticsRead};
use crate::content_admin::{ContentItem, ContentKind, PutMode};
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

const KINDS: [ContentKind; 2] = [ContentKind::SavedQuery, ContentKind::ScheduledQuery];

/// Lists queries by name.
#[utoipa::path(get, path = "/queries", tag = "content", params(
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, 100 by default"),
    ("name-contains" = Option<String>, Query, description = "Substring of the name, any case"),
), responses((status = 200, body = SavedQueryPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_queries(
    _: Caller<DataAnalyticsRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<SavedQueryPage>, ApiError> {
    let page = page(&state.content.view(), &KINDS, &query)?;
    Ok(Json(SavedQueryPage {
        results: page.items.iter().map(|item| to_wire(item)).collect(),
        next: page.next,
    }))
}

/// Shows one query.
#[utoipa::path(get, path = "/queries/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = SavedQuery), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_query(
    _: Caller<DataAnalyticsRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<SavedQuery>, ApiError> {
    Ok(Json(to_wire(&*find(&state, &id)?)))
}

/// Makes a query.
#[utoipa::path(post, path = "/queries", tag = "content", request_body = QueryForm,
    responses((status = 200, body = SavedQuery),
    (status = 400, body = ContentErrorMessage, description = "It is wrong"),
    (status = 409, body = ContentErrorMessage, description = "The name is taken, or another change is under way")))]
pub(crate) async fn create_query(
    caller: Caller<DataAnalyticsModify>,
    State(state): State<ApiState>,
    query: Query,
    Body(body): Body<QueryForm>,
) -> Result<Response, ContentError> {
    let form = form::query(body)?;
    write::put(&state, form, PutMode::Create, &query, caller, to_wire).await
}

/// Replaces a query. Its name is what scheduled rules know it by, so it stays.
#[utoipa::path(post, path = "/queries/{id}", tag = "content", request_body = QueryForm,
    params(("id" = String, Path)),
    responses((status = 200, body = SavedQuery), (status = 404, body = ErrorMessage),
    (status = 400, body = ContentErrorMessage, description = "It is wrong, or has another name"),
    (status = 409, body = ContentErrorMessage, description = "Another change is under way")))]
pub(crate) async fn update_query(
    caller: Caller<DataAnalyticsModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    Body(body): Body<QueryForm>,
) -> Result<Response, ContentError> {
    let existing = find(&state, &id)?;
    let form = form::query(body)?;
    if form.id != existing.id {
        let message = format!(
            "`name` is `{}`, and the query is called `{}`; make a new query for another name",
            form.id, existing.id
        );
        return Err(ApiError::bad_request(message).into());
    }
    write::put(&state, form, PutMode::Update, &query, caller, to_wire).await
}

/// Deletes a query that was made by the API; that of a directory with its name counts again.
#[utoipa::path(delete, path = "/queries/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ContentErrorMessage, description = "Only a directory has it, or another change is under way")))]
pub(crate) async fn delete_query(
    caller: Caller<DataAnalyticsModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ContentError> {
    let name = find(&state, &id)?.id.clone();
    write::delete(&state, &KINDS, name, caller, to_wire).await
}

fn find(state: &ApiState, id: &str) -> Result<Arc<ContentItem>, ApiError> {
    state.content.view().find_query(id).cloned().ok_or_else(|| write::unknown(&KINDS, id))
}

fn to_wire(item: &ContentItem) -> SavedQuery {
    let queries = ["Query", "SnowflakeQuery", "AthenaQuery", "DatabricksQuery"];
    let sql = queries.iter().find_map(|key| item.text(key)).unwrap_or_default();
    SavedQuery {
        id: item.api_id(),
        name: item.id.clone(),
        description: item.text("Description").unwrap_or_default().to_owned(),
        sql: sql.to_owned(),
        schedule: item.keys.get("Schedule").map(|schedule| QuerySchedule {
            cron: schedule.get("CronExpression").map(text).unwrap_or_default(),
            rate_minutes: schedule.get("RateMinutes").map(number).unwrap_or_default(),
            timeout_minutes: schedule.get("TimeoutMinutes").map(number).unwrap_or_default(),
            disabled: !item.enabled,
        }),
        managed: false,
        created_at: item.created_at.map(wire_time),
        updated_at: item.last_modified.map(wire_time),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Numbers may be written as texts.
fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()).unwrap_or_default()
}
