//! `/alert-comments`: what people and programs write about alerts. An edit is a POST, as the API has it.

use api_types::{Comment, CommentForm, CommentPage, ErrorMessage};
use axum::Json;
use axum::extract::State;
use model::{AlertId, CommentFormat};
use uuid::Uuid;

use crate::alerts::{existing, visible};
use crate::auth::{AlertModify, AlertRead, Caller};
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

/// Longest text of a comment, in characters.
const BODY_CHARS_MAX: usize = 16_384;

/// Lists the comments of an alert, oldest first.
#[utoipa::path(get, path = "/alert-comments", tag = "alert", params(
    ("alert-id" = String, Query, min_length = 1, description = "The alert"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = CommentPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_comments(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<CommentPage>, ApiError> {
    let alert = query.one("alert-id").ok_or_else(|| ApiError::bad_request("`alert-id` is missing"))?;
    let (alert, page) = (AlertId::from(alert), query.page()?);
    if visible(&state, &caller, &alert).await?.is_none() {
        return Ok(Json(CommentPage { results: Vec::new(), next: None }));
    }
    let page = state.store.list_comments(&alert, &page).await?;
    Ok(Json(CommentPage { results: page.items.iter().map(Comment::from).collect(), next: page.next }))
}

/// Writes a comment.
#[utoipa::path(post, path = "/alert-comments", tag = "alert", request_body = CommentForm,
    responses((status = 200, body = Comment), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn create_comment(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Body(form): Body<CommentForm>,
) -> Result<Json<Comment>, ApiError> {
    let comment = write_comment(&state, &caller, form).await?;
    Ok(Json(Comment::from(&comment)))
}

/// Stores a new comment of an alert that the caller may see.
pub(crate) async fn write_comment<P>(
    state: &ApiState,
    caller: &Caller<P>,
    form: CommentForm,
) -> Result<model::Comment, ApiError> {
    let format = checked(&form)?;
    existing(state, caller, &form.alert_id).await?;
    let comment = model::Comment {
        id: Uuid::new_v4().to_string(),
        alert_id: AlertId::from(form.alert_id),
        body: form.body,
        format,
        created_at: state.clock.now(),
        created_by: caller.actor.clone(),
        updated_at: None,
        updated_by: None,
    };
    state.store.add_comment(comment.clone()).await?;
    Ok(comment)
}

/// Shows one comment.
#[utoipa::path(get, path = "/alert-comments/{id}", tag = "alert", params(("id" = String, Path)),
    responses((status = 200, body = Comment), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_comment(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Comment>, ApiError> {
    let comment = state.store.find_comment(&id).await?.ok_or_else(|| unknown(&id))?;
    visible(&state, &caller, &comment.alert_id).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(Comment::from(&comment)))
}

/// Gives a comment another text.
#[utoipa::path(post, path = "/alert-comments/{id}", tag = "alert", params(("id" = String, Path)),
    request_body = CommentForm,
    responses((status = 200, body = Comment), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn update_comment(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(form): Body<CommentForm>,
) -> Result<Json<Comment>, ApiError> {
    let format = checked(&form)?;
    let alert = AlertId::from(form.alert_id);
    visible(&state, &caller, &alert).await?.ok_or_else(|| unknown(&id))?;
    if let Some(before) = state.store.find_comment(&id).await?.filter(|before| before.alert_id == alert) {
        caller.audit.before(&Comment::from(&before));
    }
    let now = state.clock.now();
    let edited = state.store.edit_comment(&id, &alert, form.body, format, caller.actor, now).await?;
    Ok(Json(Comment::from(&edited.ok_or_else(|| unknown(&id))?)))
}

fn checked(form: &CommentForm) -> Result<CommentFormat, ApiError> {
    format_of(&form.body, &form.format)
}

/// The format of a comment whose text may be kept.
pub(crate) fn format_of(body: &str, format: &str) -> Result<CommentFormat, ApiError> {
    if !(1..=BODY_CHARS_MAX).contains(&body.chars().count()) {
        return Err(ApiError::bad_request(format!("`body` must have 1 to {BODY_CHARS_MAX} characters")));
    }
    format.parse().map_err(|error| ApiError::bad_request(format!("`format`: {error}")))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("no comment `{id}`, or it belongs to another alert"))
}
