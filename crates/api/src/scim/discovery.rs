//! What this server does of SCIM, and what it does not. Source: RFC 7644 §4, RFC 7643 §5 to §7.

use api_types::ScimError as WireError;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::LIST_URN;
use super::discovery_documents::{configuration, resource_type, schemas};
use super::error::ScimError;
use super::view::answer;
use crate::auth::{AnyToken, Caller, UserRead};
use crate::params::Id;
use crate::state::ApiState;

/// Lists groups: there are none, and none can be made. Providers ask whether there are.
#[utoipa::path(get, path = "/scim/v2/Groups", tag = "scim", operation_id = "list_scim_groups",
    responses((status = 200, body = Object, content_type = "application/scim+json")))]
pub(crate) async fn list_groups(_: Caller<UserRead>) -> Response {
    list(&[])
}

/// Says what is supported. Source of its being open: RFC 7643 §5.
#[utoipa::path(get, path = "/scim/v2/ServiceProviderConfig", tag = "scim", security(()),
    operation_id = "find_scim_configuration",
    responses((status = 200, body = Object, content_type = "application/scim+json")))]
pub(crate) async fn find_configuration(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    answer(StatusCode::OK, &configuration(&state.base_url(&headers)))
}

/// Lists kinds of things: users.
#[utoipa::path(get, path = "/scim/v2/ResourceTypes", tag = "scim", operation_id = "list_scim_resource_types",
    responses((status = 200, body = Object, content_type = "application/scim+json")))]
pub(crate) async fn list_resource_types(
    _: Caller<AnyToken>,
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Response {
    list(&[resource_type(&state.base_url(&headers))])
}

/// Shows one kind of thing.
#[utoipa::path(get, path = "/scim/v2/ResourceTypes/{id}", tag = "scim", operation_id = "find_scim_resource_type",
    params(("id" = String, Path)),
    responses((status = 200, body = Object, content_type = "application/scim+json"),
        (status = 404, body = WireError, content_type = "application/scim+json")))]
pub(crate) async fn find_resource_type(
    _: Caller<AnyToken>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
) -> Result<Response, ScimError> {
    one_of(&[resource_type(&state.base_url(&headers))], &id)
}

/// Lists schemas of people.
#[utoipa::path(get, path = "/scim/v2/Schemas", tag = "scim", operation_id = "list_scim_schemas",
    responses((status = 200, body = Object, content_type = "application/scim+json")))]
pub(crate) async fn list_schemas(
    _: Caller<AnyToken>,
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, ScimError> {
    Ok(list(&known_schemas(&state, &headers).await?))
}

/// Shows one schema.
#[utoipa::path(get, path = "/scim/v2/Schemas/{id}", tag = "scim", operation_id = "find_scim_schema",
    params(("id" = String, Path, description = "Its URN")),
    responses((status = 200, body = Object, content_type = "application/scim+json"),
        (status = 404, body = WireError, content_type = "application/scim+json")))]
pub(crate) async fn find_schema(
    _: Caller<AnyToken>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
) -> Result<Response, ScimError> {
    one_of(&known_schemas(&state, &headers).await?, &id)
}

async fn known_schemas(state: &ApiState, headers: &HeaderMap) -> Result<[Value; 2], ScimError> {
    let roles = state.store.list_roles().await?;
    let names: Vec<String> = roles.into_iter().map(|role| role.name).collect();
    Ok(schemas(&state.base_url(headers), &names))
}

fn list(resources: &[Value]) -> Response {
    let count = resources.len();
    let list = json!({
        "schemas": [LIST_URN], "totalResults": count, "startIndex": 1, "itemsPerPage": count, "Resources": resources,
    });
    answer(StatusCode::OK, &list)
}

fn one_of(documents: &[Value], id: &str) -> Result<Response, ScimError> {
    let is_it = |document: &&Value| document["id"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(id));
    let found = documents.iter().find(is_it);
    let unknown = || ScimError::new(StatusCode::NOT_FOUND, format!("there is no `{id}` here"));
    found.map(|document| answer(StatusCode::OK, document)).ok_or_else(unknown)
}
