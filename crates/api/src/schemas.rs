//! `/schemas`: custom log types.

use api_types::{
    Actor, CustomSchema, CustomSchemaForm, CustomSchemaPage, CustomSchemaPatch, ErrorMessage, wire_time,
};
use axum::Json;
use axum::extract::State;
use store::{SchemaForm, StoredSchema};

use crate::audit::slot::Slot;
use crate::auth::{Caller, LogSourceModify, LogSourceRead};
use crate::error::ApiError;
use crate::params::{Body, Id};
use crate::state::ApiState;

/// Lists custom schemas by name, archived ones too.
#[utoipa::path(get, path = "/schemas", tag = "schema", responses((status = 200, body = CustomSchemaPage)))]
pub(crate) async fn list_schemas(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
) -> Result<Json<CustomSchemaPage>, ApiError> {
    let schemas = state.schema_admin.list().await?;
    Ok(Json(CustomSchemaPage { results: schemas.iter().map(to_wire).collect(), next: None }))
}

/// Shows a custom schema.
#[utoipa::path(get, path = "/schemas/{id}", tag = "schema", params(("id" = String, Path)),
    responses((status = 200, body = CustomSchema), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_schema(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Id(name): Id,
) -> Result<Json<CustomSchema>, ApiError> {
    let schemas = state.schema_admin.list().await?;
    let found = schemas.iter().find(|schema| schema.name == name);
    found
        .map(|schema| Json(to_wire(schema)))
        .ok_or_else(|| ApiError::not_found(format!("no schema `{name}`")))
}

/// Makes a custom schema, or a new version of one; sources use it from now on.
#[utoipa::path(put, path = "/schemas/{id}", tag = "schema", params(("id" = String, Path)),
    request_body = CustomSchemaForm,
    responses((status = 200, body = CustomSchema),
        (status = 400, body = ErrorMessage, description = "The text is no schema of this name; the message has line and column"),
        (status = 409, body = ErrorMessage, description = "It was changed since, or a file declares it")))]
pub(crate) async fn put_schema(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Id(name): Id,
    Body(form): Body<CustomSchemaForm>,
) -> Result<Json<CustomSchema>, ApiError> {
    let CustomSchemaForm { spec, description, reference_url, is_field_discovery_enabled, revision } = form;
    let form = SchemaForm {
        name,
        spec,
        description: description.unwrap_or_default(),
        reference_url: reference_url.unwrap_or_default(),
        is_field_discovery_enabled: is_field_discovery_enabled.unwrap_or(false),
        revision: revision.unwrap_or(0),
    };
    note_before(&state, &caller.audit, &form.name).await?;
    let schema = state.schema_admin.put(form, caller.actor).await?;
    Ok(Json(to_wire(&schema)))
}

/// Archives a custom schema, or takes it back.
#[utoipa::path(patch, path = "/schemas/{id}", tag = "schema", params(("id" = String, Path)),
    request_body = CustomSchemaPatch,
    responses((status = 200, body = CustomSchema), (status = 404, body = ErrorMessage)))]
pub(crate) async fn archive_schema(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Id(name): Id,
    Body(CustomSchemaPatch { is_archived }): Body<CustomSchemaPatch>,
) -> Result<Json<CustomSchema>, ApiError> {
    note_before(&state, &caller.audit, &name).await?;
    let schema = state.schema_admin.archive(&name, is_archived).await?;
    Ok(Json(to_wire(&schema)))
}

/// Notes for the audit log what the schema is before a change.
pub(crate) async fn note_before(state: &ApiState, audit: &Slot, name: &str) -> Result<(), ApiError> {
    let schemas = state.schema_admin.list().await?;
    if let Some(schema) = schemas.iter().find(|schema| schema.name == name) {
        audit.before(&to_wire(schema));
    }
    Ok(())
}

fn to_wire(schema: &StoredSchema) -> CustomSchema {
    let StoredSchema {
        name,
        spec,
        description,
        reference_url,
        is_field_discovery_enabled,
        revision,
        is_archived,
        created_at,
        updated_at,
        updated_by,
    } = schema;
    CustomSchema {
        name: name.clone(),
        description: description.clone(),
        spec: spec.clone(),
        revision: *revision,
        is_archived: *is_archived,
        is_field_discovery_enabled: *is_field_discovery_enabled,
        reference_url: reference_url.clone(),
        created_at: wire_time(*created_at),
        updated_at: wire_time(*updated_at),
        updated_by: updated_by.as_ref().map(Actor::from),
    }
}
