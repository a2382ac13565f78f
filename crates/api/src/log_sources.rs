//! `/log-sources/{id}/failures`: records that did not parse or fit no schema.

use api_types::{ErrorMessage, Failure, FailurePage};
use axum::Json;
use axum::extract::State;
use model::{LogTypeAccess, Permission, SourceId};
use store::PageRequest;

use crate::auth::{Caller, LogSourceRead};
use crate::error::ApiError;
use crate::params::{Id, Query};
use crate::state::ApiState;

/// Lists failures of a source, newest first; the newest 10,000 are kept, the rest are counted.
///
/// What a record holds is shown with the permission `LogSourceRawDataRead`, else only why it failed.
/// A source that was removed is known for as long as a failure of it is kept.
#[utoipa::path(get, path = "/log-sources/{id}/failures", tag = "log source", params(
    ("id" = String, Path),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = FailurePage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_failures(
    caller: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<FailurePage>, ApiError> {
    let source_id = SourceId::from(id);
    if !may_see_all_of(&caller.rights.log_types, &state, &source_id) {
        return Err(ApiError::not_found(format!("no log source `{source_id}`")));
    }
    let page = state.store.list_failures(&source_id, &query.page()?).await?;
    if page.items.is_empty() && !is_known(&state, &source_id).await? {
        return Err(ApiError::not_found(format!("no log source `{source_id}`")));
    }
    let shows_payload = caller.holds(Permission::LogSourceRawDataRead);
    let results = page.items.iter().map(|failure| Failure::of(failure, shows_payload)).collect();
    Ok(Json(FailurePage { results, next: page.next }))
}

/// Whether the caller may see whatever the source can send: what fits no schema may be of any of its log types.
pub(crate) fn may_see_all_of(access: &LogTypeAccess, state: &ApiState, source_id: &SourceId) -> bool {
    let sources = state.source_admin.list();
    let source = sources.iter().find(|view| view.source.integration_id == source_id.as_str());
    access.is_all() || source.is_some_and(|view| access.permits_all(&view.source.log_types))
}

/// Whether a source is configured, or was and left a failure.
async fn is_known(state: &ApiState, source_id: &SourceId) -> Result<bool, ApiError> {
    if state.source_ids.load().contains(source_id) {
        return Ok(true);
    }
    let newest = state.store.list_failures(source_id, &PageRequest::first(1)).await?;
    Ok(!newest.items.is_empty())
}
