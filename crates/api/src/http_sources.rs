//! `/log-sources/http`: sources that take logs over HTTP.

use std::sync::Arc;

use api_types::{ErrorMessage, HttpSource, HttpSourceForm};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::SourceId;

use crate::audit::slot::Slot;
use crate::auth::{Caller, LogSourceModify, LogSourceRead};
use crate::error::{ApiError, empty};
use crate::intake_admin::HttpSourceView;
use crate::params::{Body, Id};
use crate::revision::{IfMatch, Revised, Revision};
use crate::source_health::SourceHealth;
use crate::state::ApiState;

/// Makes an HTTP source; it takes logs at `/http/ID` from now on.
#[utoipa::path(post, path = "/log-sources/http", tag = "log source", request_body = HttpSourceForm,
    responses((status = 201, body = HttpSource),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 409, body = ErrorMessage, description = "The label is taken")))]
pub(crate) async fn create_http_source(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Body(form): Body<HttpSourceForm>,
) -> Result<(StatusCode, Json<HttpSource>), ApiError> {
    let view = state.source_admin.create(form, caller.actor).await?;
    Ok((StatusCode::CREATED, Json(shown(&state, &view).await?)))
}

/// Shows an HTTP source, secrets as empty texts.
#[utoipa::path(get, path = "/log-sources/http/{id}", tag = "log source", params(("id" = String, Path)),
    responses((status = 200, body = HttpSource), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_http_source(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Revised<HttpSource>, ApiError> {
    let view = existing(&state, &id)?;
    Ok(Revised(revision(&view), shown(&state, &view).await?))
}

/// Replaces an HTTP source. A secret that is absent or empty stays as long as the method does.
#[utoipa::path(put, path = "/log-sources/http/{id}", tag = "log source", params(("id" = String, Path)),
    request_body = HttpSourceForm,
    responses((status = 200, body = HttpSource), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 409, body = ErrorMessage, description = "The label is taken, or the configuration file declares it"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn update_http_source(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
    Body(form): Body<HttpSourceForm>,
) -> Result<Revised<HttpSource>, ApiError> {
    note_before(&state, &caller.audit, &id).await?;
    if let Ok(view) = existing(&state, &id) {
        let label = &view.source.integration_label;
        if_match.check(&format!("the log source `{label}`"), &revision(&view))?;
    }
    let view = state.source_admin.update(&SourceId::from(id), form, caller.actor).await?;
    Ok(Revised(revision(&view), shown(&state, &view).await?))
}

/// Deletes an HTTP source; what it sent stays.
#[utoipa::path(delete, path = "/log-sources/http/{id}", tag = "log source", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "The configuration file declares it")))]
pub(crate) async fn delete_http_source(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    note_before(&state, &caller.audit, &id).await?;
    state.source_admin.delete(&SourceId::from(id)).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Notes for the audit log what the source is before a change, without its secrets.
pub(crate) async fn note_before(state: &ApiState, audit: &Slot, id: &str) -> Result<(), ApiError> {
    if let Ok(view) = existing(state, id) {
        audit.before(&shown(state, &view).await?);
    }
    Ok(())
}

/// What a person may change of a source, its secrets by the time of their change; how it does is left out.
fn revision(view: &HttpSourceView) -> Revision {
    let HttpSourceView { source, updated_at, .. } = view;
    let source = HttpSource { problem: None, warnings: Vec::new(), ..source.clone() };
    Revision::of(&(source, updated_at.map(|at| at.to_string())))
}

async fn shown(state: &ApiState, view: &HttpSourceView) -> Result<HttpSource, ApiError> {
    Ok(SourceHealth::load(state).await?.shown(view))
}

fn existing(state: &ApiState, id: &str) -> Result<Arc<HttpSourceView>, ApiError> {
    let views = state.source_admin.list();
    let view = views.iter().find(|view| view.source.integration_id == id);
    view.cloned().ok_or_else(|| ApiError::not_found(format!("no log source `{id}`")))
}
