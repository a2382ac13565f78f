//! What writing handlers share: asking the content, and answering.

use std::sync::Arc;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::ContentError;
use crate::auth::Caller;
use crate::content_admin::{ContentItem, ContentKind, DeleteItems, ItemForm, PutDone, PutItem, PutMode};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

/// Longest id, in characters.
const ID_CHARS_MAX: usize = 1000;

/// The item of this kind with this id.
pub(super) fn find(state: &ApiState, kinds: &[ContentKind], id: &str) -> Result<Arc<ContentItem>, ApiError> {
    let view = state.content.view();
    let found = view.find(id).filter(|item| kinds.contains(&item.kind));
    found.cloned().ok_or_else(|| unknown(kinds, id))
}

pub(super) fn unknown(kinds: &[ContentKind], id: &str) -> ApiError {
    let noun = kinds.first().map_or("item", |kind| kind.noun());
    ApiError::not_found(format!("no {noun} `{id}`"))
}

/// The id that path and body name: one of them, or both the same.
pub(super) fn id_of(in_path: Option<&str>, in_body: Option<&str>) -> Result<String, ApiError> {
    let in_body = in_body.filter(|id| !id.is_empty());
    let id = match (in_path, in_body) {
        (Some(path), Some(body)) if path != body => {
            let message = format!("`id` is `{body}`, and the path names `{path}`; make them the same");
            return Err(ApiError::bad_request(message));
        }
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => return Err(ApiError::bad_request("`id` is missing; give it one")),
    };
    if id.chars().count() > ID_CHARS_MAX {
        return Err(ApiError::bad_request(format!(
            "`id` has more than {ID_CHARS_MAX} characters; shorten it"
        )));
    }
    Ok(id.to_owned())
}

/// Stores an item as the query asks, or runs its tests only.
pub(super) async fn put<T: Serialize, P>(
    state: &ApiState,
    form: ItemForm,
    mode: PutMode,
    query: &Query,
    caller: Caller<P>,
    to_wire: impl Fn(&ContentItem) -> T,
) -> Result<Response, ContentError> {
    let put = PutItem {
        form,
        mode,
        run_tests_first: flag(query, "run-tests-first")?.unwrap_or(true),
        run_tests_only: flag(query, "run-tests-only")?.unwrap_or(false),
    };
    if let Some(before) = state.content.view().find(&put.form.id) {
        caller.audit.before(&to_wire(before));
    }
    Ok(match state.content.put(put, caller.actor).await? {
        // POST answers 200 for a new item, PUT of an unknown id 201.
        PutDone::Created(item) if mode == PutMode::CreateOrUpdate => {
            (StatusCode::CREATED, Json(to_wire(&item))).into_response()
        }
        PutDone::Created(item) | PutDone::Updated(item) => Json(to_wire(&item)).into_response(),
        PutDone::TestsPassed => no_content(),
    })
}

/// Deletes one item.
pub(super) async fn delete<T: Serialize, P>(
    state: &ApiState,
    kinds: &[ContentKind],
    id: String,
    caller: Caller<P>,
    to_wire: impl Fn(&ContentItem) -> T,
) -> Result<Response, ContentError> {
    caller.audit.before(&to_wire(&*find(state, kinds, &id)?));
    let delete =
        DeleteItems { ids: vec![id], kinds: kinds.to_vec(), must_exist: true, ..DeleteItems::default() };
    state.content.delete(delete, caller.actor).await?;
    Ok(no_content())
}

/// 204. Clients read every answer as JSON.
fn no_content() -> Response {
    (StatusCode::NO_CONTENT, [(header::CONTENT_TYPE, "application/json")]).into_response()
}

/// A parameter that is `true` or `false`.
pub(super) fn flag(query: &Query, key: &str) -> Result<Option<bool>, ApiError> {
    query.parsed(key, "true or false", |word| word.parse().ok())
}
