//! `/content/changes` and `/content/versions`: what became of the content made by the API, and the way back.

use api_types::{
    ChangedItem, ContentChange, ContentChangePage, ContentErrorMessage, ContentVersion, ContentVersionPage,
    ErrorMessage, RollBackForm, RolledBack, wire_time,
};
use axum::Json;
use axum::extract::State;
use model::Permission;

use super::error::ContentError;
use crate::audit;
use crate::auth::{BulkUpload, Caller, RuleRead};
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

/// So many items of a change are told.
const ITEMS_SHOWN_MAX: usize = 20;

/// Lists the changes of content, newest first, each with the first 20 of its items.
#[utoipa::path(get, path = "/content/changes", tag = "content", params(
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = ContentChangePage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_changes(
    caller: Caller<RuleRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<ContentChangePage>, ApiError> {
    let page = state.store.list_content_changes(&query.page()?).await?;
    let shows_policies = caller.holds(Permission::PolicyRead);
    let mut results = Vec::with_capacity(page.items.len());
    for change in page.items {
        let store::ContentChange { id, at, actor, kind, added, modified, deleted } = change;
        let items = state.store.items_of_content_change(id, ITEMS_SHOWN_MAX).await?;
        // A policy that is gone for long has no known type: whoever may not read policies does not see it.
        let seen = items.into_iter().filter(|item| {
            shows_policies || !(item.analysis_type.is_empty() || item.analysis_type == "policy")
        });
        let items = seen.map(|store::ChangedItem { id, version, deleted, analysis_type: _ }| ChangedItem {
            id,
            version,
            deleted,
        });
        results.push(ContentChange {
            id,
            created_at: wire_time(at),
            created_by: (&actor).into(),
            kind: kind.as_str().to_owned(),
            added,
            modified,
            deleted,
            items: items.collect(),
        });
    }
    Ok(Json(ContentChangePage { results, next: page.next }))
}

/// Lists the versions that an item has by the API, newest first; the newest 200 are kept.
#[utoipa::path(get, path = "/content/versions/{id}", tag = "content", params(
    ("id" = String, Path, description = "Id of an item, such as a rule id or the name of a query"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = ContentVersionPage), (status = 400, body = ErrorMessage),
    (status = 404, body = ErrorMessage, description = "The API never had it")))]
pub(crate) async fn list_versions(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<ContentVersionPage>, ApiError> {
    let request = query.page()?;
    let page = state.store.list_content_versions(&id, &request).await?;
    if page.items.is_empty() && request.cursor.is_none() {
        return Err(ApiError::not_found(format!("`{id}` has no version by the API")));
    }
    let to_wire = |version: store::ContentVersion| {
        let store::ContentVersion { version, change, at, actor, kind, deleted, digest } = version;
        ContentVersion {
            version,
            change,
            created_at: wire_time(at),
            created_by: (&actor).into(),
            kind: kind.as_str().to_owned(),
            deleted,
            digest,
        }
    };
    Ok(Json(ContentVersionPage { results: page.items.into_iter().map(to_wire).collect(), next: page.next }))
}

/// Makes what an item was in one of its versions its newest version; it is live when the answer is there.
#[utoipa::path(post, path = "/content/versions/{id}/rollback", tag = "content", request_body = RollBackForm,
    params(("id" = String, Path)),
    responses((status = 200, body = RolledBack),
        (status = 400, body = ContentErrorMessage, description = "What it was cannot be loaded any more"),
        (status = 404, body = ContentErrorMessage, description = "It has no such version"),
        (status = 409, body = ContentErrorMessage, description = "Another change is under way")))]
pub(crate) async fn roll_back(
    caller: Caller<BulkUpload>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(form): Body<RollBackForm>,
) -> Result<Json<RolledBack>, ContentError> {
    if let Some(before) = state.content.view().find(&id) {
        caller.audit.before(&audit::content::item(before));
    }
    let item = state.content.roll_back(id.clone(), form.version, caller.actor).await?;
    if let Some(after) = &item {
        caller.audit.after(&audit::content::item(after));
    }
    let version = item.filter(|item| item.version > 0).map(|item| item.version);
    Ok(Json(RolledBack { id, version }))
}
