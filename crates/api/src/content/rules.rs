//! `/rules`: rules in Python.

use api_types::{ContentErrorMessage, Detection, DetectionForm, DetectionPage, ErrorMessage, words};
use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::detection::to_wire;
use super::error::ContentError;
use super::form;
use super::list::page;
use super::write::{self, find, id_of};
use crate::auth::{Caller, RuleModify, RuleRead};
use crate::content_admin::{ContentKind, PutMode};
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

const KIND: ContentKind = ContentKind::Rule;

/// Lists rules by id.
#[utoipa::path(get, path = "/rules", tag = "detection", params(
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, 100 by default"),
    ("name-contains" = Option<String>, Query, description = "Substring of id or display name, any case"),
    ("state" = Option<words::ContentState>, Query, description = "enabled or disabled"),
    ("log-type" = Option<Vec<String>>, Query, description = "Log types"),
    ("severity" = Option<Vec<words::Severity>>, Query, description = "INFO … CRITICAL"),
    ("tag" = Option<Vec<String>>, Query, description = "Tags, any case"),
    ("created-by" = Option<String>, Query, description = "Id of a user or token"),
    ("last-modified-by" = Option<String>, Query, description = "Id of a user or token"),
), responses((status = 200, body = DetectionPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_rules(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<DetectionPage>, ApiError> {
    let page = page(&state.content.view(), &[KIND], &query)?;
    Ok(Json(DetectionPage {
        results: page.items.iter().map(|item| to_wire(item)).collect(),
        next: page.next,
    }))
}

/// Shows one rule.
#[utoipa::path(get, path = "/rules/{id}", tag = "detection", params(("id" = String, Path)),
    responses((status = 200, body = Detection), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_rule(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Detection>, ApiError> {
    Ok(Json(to_wire(&*find(&state, &[KIND], &id)?)))
}

/// Makes a rule when its tests pass; it is live when the answer is there.
#[utoipa::path(post, path = "/rules", tag = "detection", request_body = DetectionForm, params(
    ("run-tests-first" = Option<bool>, Query, description = "Whether its tests must pass; true by default"),
    ("run-tests-only" = Option<bool>, Query, description = "Whether nothing is stored"),
), responses((status = 200, body = Detection),
    (status = 204, description = "Its tests pass; nothing was stored"),
    (status = 400, body = ContentErrorMessage, description = "It is wrong, or a test failed"),
    (status = 409, body = ContentErrorMessage, description = "The id is taken, or another change is under way")))]
pub(crate) async fn create_rule(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    query: Query,
    Body(body): Body<DetectionForm>,
) -> Result<Response, ContentError> {
    let id = id_of(None, body.id.as_deref())?;
    let form = form::detection(id, KIND, body, None)?;
    write::put(&state, form, PutMode::Create, &query, caller, to_wire).await
}

/// Makes or replaces a rule when its tests pass; it is live when the answer is there.
#[utoipa::path(put, path = "/rules/{id}", tag = "detection", request_body = DetectionForm, params(
    ("id" = String, Path),
    ("run-tests-first" = Option<bool>, Query, description = "Whether its tests must pass; true by default"),
    ("run-tests-only" = Option<bool>, Query, description = "Whether nothing is stored"),
), responses((status = 200, body = Detection, description = "It was there"),
    (status = 201, body = Detection, description = "It is new"),
    (status = 204, description = "Its tests pass; nothing was stored"),
    (status = 400, body = ContentErrorMessage, description = "It is wrong, or a test failed"),
    (status = 409, body = ContentErrorMessage, description = "It belongs to a project, or another change is under way")))]
pub(crate) async fn put_rule(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    Body(body): Body<DetectionForm>,
) -> Result<Response, ContentError> {
    let id = id_of(Some(&id), body.id.as_deref())?;
    let form = form::detection(id.clone(), KIND, body, state.content.view().find(&id).map(|item| &**item))?;
    write::put(&state, form, PutMode::CreateOrUpdate, &query, caller, to_wire).await
}

/// Deletes a rule that was made by the API; that of a directory with its id counts again.
#[utoipa::path(delete, path = "/rules/{id}", tag = "detection", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ContentErrorMessage, description = "Only a directory or a project has it, or another change is under way")))]
pub(crate) async fn delete_rule(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ContentError> {
    write::delete(&state, &[KIND], id, caller, to_wire).await
}
