//! `/roles`: named sets of permissions, and which log types they are about.

use api_types::{ErrorMessage, Role, RoleForm, RolePage, words};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{LogType, LogTypeAccess, LogTypeAccessKind, Rights};
use store::{RoleChange, RoleKey};

use crate::audit::slot::Slot;
use crate::auth::{Caller, UserModify, UserRead};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Query, name_of};
use crate::revision::{IfMatch, Revised, Revision};
use crate::state::ApiState;

/// Log types that one role may list.
const LOG_TYPES_MAX: usize = 1_000;

/// Lists roles by name.
#[utoipa::path(get, path = "/roles", tag = "role", params(
    ("name" = Option<String>, Query, description = "Exactly this name; everything else is ignored"),
    ("name-contains" = Option<String>, Query, description = "Part of the name, whatever the letter case"),
    ("id" = Option<Vec<String>>, Query, description = "One of these ids"),
    ("ids" = Option<String>, Query, description = "One of these ids, separated by commas"),
    ("sort-dir" = Option<words::SortDirection>, Query, description = "`asc` (default) or `desc`"),
), responses((status = 200, body = RolePage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_roles(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<RolePage>, ApiError> {
    let is_descending = match query.one("sort-dir").unwrap_or("asc") {
        "asc" => false,
        "desc" => true,
        other => return Err(ApiError::bad_request(format!("`sort-dir`: `{other}` is not `asc` or `desc`"))),
    };
    let mut roles = state.store.list_roles().await?;
    if let Some(name) = query.one("name") {
        roles.retain(|role| role.name == name);
    } else {
        let (ids, part) = (query.ids(), query.one("name-contains").unwrap_or_default().to_lowercase());
        roles.retain(|role| ids.is_empty() || ids.contains(&role.id));
        roles.retain(|role| role.name.to_lowercase().contains(&part));
    }
    if is_descending {
        roles.reverse();
    }
    Ok(Json(RolePage { results: roles.iter().map(Role::from).collect(), next: None }))
}

/// Makes a role.
#[utoipa::path(post, path = "/roles", tag = "role", request_body = RoleForm,
    responses((status = 200, body = Role),
        (status = 400, body = ErrorMessage, description = "A field is wrong, or the name is taken"),
        (status = 403, body = ErrorMessage, description = "It would permit what the caller may not do")))]
pub(crate) async fn create_role(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Body(form): Body<RoleForm>,
) -> Result<Json<Role>, ApiError> {
    let RoleForm { name, permissions, log_type_access_kind, log_type_access } = form;
    let log_types = access(log_type_access_kind, log_type_access)?.unwrap_or(LogTypeAccess::ALL);
    let rights = Rights { permissions: permissions.into_iter().collect(), log_types };
    let form = store::RoleForm { name: name_of("name", name)?, rights };
    let role = state.store.create_role(form, Some(caller.actor), caller.rights).await?;
    Ok(Json(Role::from(&role)))
}

/// Shows one role.
#[utoipa::path(get, path = "/roles/{id}", tag = "role", params(("id" = String, Path)),
    responses((status = 200, body = Role), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_role(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Revised<Role>, ApiError> {
    let role = state.store.find_role(&RoleKey::Id(id.clone())).await?;
    let role = role.ok_or_else(|| ApiError::not_found(format!("no role `{id}`")))?;
    let shown = Role::from(&role);
    Ok(Revised(Revision::of(&shown), shown))
}

/// Replaces name and permissions of a role; whoever has it follows at once.
#[utoipa::path(post, path = "/roles/{id}", tag = "role", params(("id" = String, Path)),
    request_body = RoleForm,
    responses((status = 200, body = Role), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A field is wrong, or the name is taken"),
        (status = 403, body = ErrorMessage, description = "It permits or would permit what the caller may not do"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn update_role(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
    Body(form): Body<RoleForm>,
) -> Result<Json<Role>, ApiError> {
    let RoleForm { name, permissions, log_type_access_kind, log_type_access } = form;
    let change = RoleChange {
        name: Some(name_of("name", name)?),
        permissions: Some(permissions.into_iter().collect()),
        log_types: access(log_type_access_kind, log_type_access)?,
    };
    note_before(&state, &caller.audit, &id).await?;
    if let Some(role) = state.store.find_role(&RoleKey::Id(id.clone())).await? {
        if_match.check(&format!("the role `{}`", role.name), &Revision::of(&Role::from(&role)))?;
    }
    let role = state.store.update_role(&id, change, Some(caller.actor), caller.rights).await?;
    Ok(Json(Role::from(&role)))
}

/// Deletes a role that nobody has.
#[utoipa::path(delete, path = "/roles/{id}", tag = "role", params(("id" = String, Path)),
    responses((status = 200), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "Somebody has it"),
        (status = 403, body = ErrorMessage, description = "It permits what the caller may not do")))]
pub(crate) async fn delete_role(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    note_before(&state, &caller.audit, &id).await?;
    state.store.delete_role(&id, caller.rights).await?;
    Ok(empty(StatusCode::OK))
}

/// Notes for the audit log what the role is before it is changed.
pub(crate) async fn note_before(state: &ApiState, audit: &Slot, id: &str) -> Result<(), ApiError> {
    if let Some(role) = state.store.find_role(&RoleKey::Id(id.to_owned())).await? {
        audit.before(&Role::from(&role));
    }
    Ok(())
}

/// The two keys about log types; `None` when neither is given.
pub(crate) fn access(
    kind: Option<String>,
    log_types: Option<Vec<LogType>>,
) -> Result<Option<LogTypeAccess>, ApiError> {
    let log_types = log_types.unwrap_or_default();
    let Some(kind) = kind else {
        if log_types.is_empty() {
            return Ok(None);
        }
        let message = "`logTypeAccess` is given without `logTypeAccessKind`; say `ALLOW` or `DENY`";
        return Err(ApiError::bad_request(message));
    };
    let kind: LogTypeAccessKind =
        kind.parse().map_err(|error| ApiError::bad_request(format!("`logTypeAccessKind`: {error}")))?;
    let needs_list = matches!(kind, LogTypeAccessKind::Allow | LogTypeAccessKind::Deny);
    if !needs_list && !log_types.is_empty() {
        return Err(ApiError::bad_request(format!("`logTypeAccess`: leave it out, `{kind}` takes no list")));
    }
    if log_types.len() > LOG_TYPES_MAX {
        let message = format!("`logTypeAccess`: {} log types are more than {LOG_TYPES_MAX}", log_types.len());
        return Err(ApiError::bad_request(message));
    }
    Ok(Some(LogTypeAccess { kind, log_types }))
}
