//! `/internal/detections/{id}`: one item with its texts, which are kept as they are written.

use std::sync::Arc;

use api_types::{EditableItem, ErrorMessage, ItemForm, ItemPython, ItemRefusal, ItemVersion, words};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::desk::{ItemText, Precondition, PutText};
use super::kinds::{may_read, may_read_stored, parse_kind, require_modify, word_of};
use super::wire::{DeskError, editable, revision};
use crate::audit;
use crate::auth::{Caller, RuleModify, RuleRead};
use crate::content_admin::{ContentItem, ContentRefusal, PutDone};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Path2, Query};
use crate::revision::{IfMatch, IfNoneMatch, Revised};
use crate::state::ApiState;

/// Longest id, in characters.
const ID_CHARS_MAX: usize = 1000;

/// Shows an item with its texts.
#[utoipa::path(get, path = "/internal/detections/{id}", operation_id = "find_detection", tag = "console",
    params(("id" = String, Path)),
    responses((status = 200, body = EditableItem), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_detection(
    caller: Caller<RuleRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Revised<EditableItem>, ApiError> {
    let item = find(&state, &caller, &id)?;
    Ok(Revised(revision(&item), editable(&item, &state.desk.switches(), &caller)))
}

/// Saves the texts of an item as they are written; it is live when the answer is there.
#[utoipa::path(put, path = "/internal/detections/{id}", operation_id = "put_detection", tag = "console",
    request_body = ItemForm, params(("id" = String, Path, max_length = 1000),
        ("run-tests-first" = Option<bool>, Query, description = "Whether its tests must pass; false by default"),
        ("If-None-Match" = inline(words::NoneYet), Header, description = "`*`: there must be none")),
    responses((status = 200, body = EditableItem, description = "It was there"),
        (status = 201, body = EditableItem, description = "It is new"),
        (status = 400, body = ItemRefusal, description = "It does not load, or a test failed"),
        (status = 409, body = ItemRefusal, description = "It belongs to a project, or another change is under way"),
        (status = 412, body = ItemRefusal, description = "The id is taken, or it was changed meanwhile")))]
pub(crate) async fn put_detection(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    if_match: IfMatch,
    if_none_match: IfNoneMatch,
    Body(form): Body<ItemForm>,
) -> Result<Response, DeskError> {
    let ItemForm { kind, yaml, python } = form;
    let kind = parse_kind(&kind)?;
    require_modify(&caller, kind)?;
    if id.is_empty() || id.chars().count() > ID_CHARS_MAX {
        let message = format!("an id has 1 to {ID_CHARS_MAX} characters; choose another");
        return Err(ApiError::bad_request(message).into());
    }
    if let Some(before) = state.content.view().find(&id) {
        // Whoever may not see what is there hears as little of it as of what is taken by somebody else.
        if !may_read(&caller, before.kind) {
            return Err(ContentRefusal::Conflict(format!("the id `{id}` is taken; choose another")).into());
        }
        require_modify(&caller, before.kind)?;
        caller.audit.before(&audit::content::item(before));
    }
    let put = PutText {
        text: ItemText { id: id.clone(), kind, yaml, python },
        run_tests_first: query.flag("run-tests-first")?,
        precondition: precondition(id, if_match, if_none_match),
    };
    let done = state.desk.put_text(put, caller.actor.clone()).await?;
    let (status, item) = match done {
        PutDone::Created(item) => (StatusCode::CREATED, item),
        PutDone::Updated(item) => (StatusCode::OK, item),
        PutDone::TestsPassed => return Ok(empty(StatusCode::NO_CONTENT)),
    };
    caller.audit.after(&audit::content::item(&item));
    let shown = editable(&item, &state.desk.switches(), &caller);
    Ok((status, Revised(revision(&item), shown)).into_response())
}

/// What must be there, by the headers of a request.
fn precondition(id: String, if_match: IfMatch, if_none_match: IfNoneMatch) -> Precondition {
    Arc::new(move |item: Option<&ContentItem>| {
        let Some(item) = item else {
            if if_match.is_given() {
                let message = format!("`{id}` was deleted meanwhile; save it as a new one to have it back");
                return Err(ContentRefusal::Changed(message));
            }
            return Ok(());
        };
        if if_none_match.is_any() {
            let noun = item.kind.noun();
            let message = format!("the id `{id}` is taken by a {noun}; choose another, or change that");
            return Err(ContentRefusal::Changed(message));
        }
        let checked = if_match.check(&format!("`{id}`"), &revision(item));
        checked.map_err(|error| ContentRefusal::Changed(error.into_message()))
    })
}

/// Deletes an item that was made by the API; that of a directory with its id counts again.
#[utoipa::path(delete, path = "/internal/detections/{id}", operation_id = "delete_detection", tag = "console",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ItemRefusal, description = "Only a directory or a project has it, or another change is under way"),
        (status = 412, body = ItemRefusal, description = "It was changed meanwhile")))]
pub(crate) async fn delete_detection(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
) -> Result<Response, DeskError> {
    let item = find(&state, &caller, &id)?;
    require_modify(&caller, item.kind)?;
    caller.audit.before(&audit::content::item(&item));
    let precondition: Precondition = Arc::new(move |now: Option<&ContentItem>| {
        // That it is gone is told by the deletion itself.
        let Some(now) = now else { return Ok(()) };
        let checked = if_match.check(&format!("`{}`", now.id), &revision(now));
        checked.map_err(|error| ContentRefusal::Changed(error.into_message()))
    });
    state.desk.delete_text(id, precondition, caller.actor).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Shows what an item said in one of its versions.
#[utoipa::path(get, path = "/internal/detections/{id}/versions/{number}", operation_id = "find_detection_version",
    tag = "console", params(("id" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = ItemVersion), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_version(
    caller: Caller<RuleRead>,
    State(state): State<ApiState>,
    Path2(id, number): Path2,
) -> Result<Json<ItemVersion>, ApiError> {
    let version: u64 = number
        .parse()
        .map_err(|_| ApiError::bad_request(format!("`{number}` is no number of a version, such as 3")))?;
    if state.content.view().find(&id).is_some() {
        find(&state, &caller, &id)?;
    }
    let text = state.store.content_text(&id, version).await?;
    // What is gone, or was of another kind once, is seen by whoever saw it.
    if text.as_ref().is_some_and(|text| !may_read_stored(&caller, &text.analysis_type)) {
        return Err(no_item(&id));
    }
    let deleted = text.is_none();
    let python = text.as_ref().and_then(|text| text.file.as_ref()).filter(|file| file.name.ends_with(".py"));
    let python = python.map(|file| ItemPython {
        name: file.name.clone(),
        text: String::from_utf8_lossy(&file.data).into_owned(),
    });
    let (path, yaml) = text.map(|text| (text.path, text.yaml)).unzip();
    Ok(Json(ItemVersion { id, version, deleted, path, yaml: yaml.unwrap_or_default(), python }))
}

/// The item with this id, as far as the caller may see it.
pub(super) fn find<P>(state: &ApiState, caller: &Caller<P>, id: &str) -> Result<Arc<ContentItem>, ApiError> {
    let view = state.content.view();
    let found = view.find(id).filter(|item| word_of(item.kind).is_some() && may_read(caller, item.kind));
    found.cloned().ok_or_else(|| no_item(id))
}

fn no_item(id: &str) -> ApiError {
    ApiError::not_found(format!("no detection or other item `{id}`"))
}
