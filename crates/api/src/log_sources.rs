//! `/log-sources/{id}/failures`: records that did not parse or fit no schema.

use api_types::{ErrorMessage, Failure, FailurePage};
use axum::Json;
use axum::extract::{Path, State};
use model::SourceId;

use crate::auth::{Caller, LogSourceRead};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

/// Lists failures of a source, newest first; the newest 10,000 are kept, the rest are counted.
#[utoipa::path(get, path = "/log-sources/{id}/failures", tag = "log source", params(
    ("id" = String, Path),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, description = "1 to 50, 25 by default"),
), responses((status = 200, body = FailurePage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_failures(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<FailurePage>, ApiError> {
    let source_id = SourceId::from(id);
    if !state.source_ids.load().contains(&source_id) {
        return Err(ApiError::not_found(format!("no log source `{source_id}`")));
    }
    let page = state.store.list_failures(&source_id, &query.page()?).await?;
    Ok(Json(FailurePage { results: page.items.iter().map(Failure::from).collect(), next: page.next }))
}
