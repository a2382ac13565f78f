//! `/globals`: Python modules that detections import.

use api_types::{ContentErrorMessage, ErrorMessage, Global, GlobalData, GlobalForm, GlobalPage, wire_time};
use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::error::ContentError;
use super::form;
use super::list::page;
use super::write::{self, find, id_of};
use crate::auth::{Caller, RuleModify, RuleRead};
use crate::content_admin::{ContentItem, ContentKind, PutMode};
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

const KIND: ContentKind = ContentKind::Global;

/// Lists globals by id.
#[utoipa::path(get, path = "/globals", tag = "content", params(
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, 100 by default"),
    ("name-contains" = Option<String>, Query, description = "Substring of the id, any case"),
    ("created-by" = Option<String>, Query, description = "Id of a user or token"),
    ("last-modified-by" = Option<String>, Query, description = "Id of a user or token"),
), responses((status = 200, body = GlobalPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_globals(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<GlobalPage>, ApiError> {
    let page = page(&state.content.view(), &[KIND], &query)?;
    Ok(Json(GlobalPage { results: page.items.iter().map(|item| to_wire(item)).collect(), next: page.next }))
}

/// Shows one global.
#[utoipa::path(get, path = "/globals/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = Global), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_global(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Global>, ApiError> {
    Ok(Json(to_wire(&*find(&state, &[KIND], &id)?)))
}

/// Makes a global; it is live when the answer is there.
#[utoipa::path(post, path = "/globals", tag = "content", request_body = GlobalForm,
    responses((status = 200, body = Global),
    (status = 400, body = ContentErrorMessage, description = "It is wrong"),
    (status = 409, body = ContentErrorMessage, description = "The id is taken, or another change is under way")))]
pub(crate) async fn create_global(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    query: Query,
    Body(body): Body<GlobalForm>,
) -> Result<Response, ContentError> {
    let id = id_of(None, body.id.as_deref())?;
    let form = form::global(id, body)?;
    write::put(&state, form, PutMode::Create, &query, caller, to_wire).await
}

/// Makes or replaces a global; it is live when the answer is there, which wraps it in `data`.
#[utoipa::path(put, path = "/globals/{id}", tag = "content", request_body = GlobalForm,
    params(("id" = String, Path)),
    responses((status = 200, body = GlobalData, description = "It was there"),
    (status = 201, body = GlobalData, description = "It is new"),
    (status = 400, body = ContentErrorMessage, description = "It is wrong"),
    (status = 409, body = ContentErrorMessage, description = "Another change is under way")))]
pub(crate) async fn put_global(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    Body(body): Body<GlobalForm>,
) -> Result<Response, ContentError> {
    let id = id_of(Some(&id), body.id.as_deref())?;
    let form = form::global(id, body)?;
    let wrapped = |item: &ContentItem| GlobalData { data: to_wire(item) };
    write::put(&state, form, PutMode::CreateOrUpdate, &query, caller, wrapped).await
}

/// Deletes a global that was made by the API; that of a directory with its id counts again.
#[utoipa::path(delete, path = "/globals/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ContentErrorMessage, description = "Only a directory has it, or another change is under way")))]
pub(crate) async fn delete_global(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ContentError> {
    write::delete(&state, &[KIND], id, caller, to_wire).await
}

fn to_wire(item: &ContentItem) -> Global {
    Global {
        id: item.id.clone(),
        body: item.python.as_ref().map(|python| python.text.to_string()).unwrap_or_default(),
        description: item.text("Description").unwrap_or_default().to_owned(),
        tags: item.list("Tags"),
        created_at: item.created_at.map(wire_time),
        last_modified: item.last_modified.map(wire_time),
    }
}
