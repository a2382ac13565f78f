//! `/internal/log-types`: what detections may be about, and the fields of the events.

use std::collections::BTreeSet;

use api_types::{ErrorMessage, KnownLogType, KnownLogTypes, LogTypeField, LogTypeFields};
use axum::Json;
use axum::extract::State;
use schema::FieldOutline;

use crate::auth::{Caller, RuleRead};
use crate::error::ApiError;
use crate::params::Id;
use crate::state::ApiState;

/// Lists the log types that have a schema, by name.
#[utoipa::path(get, path = "/internal/log-types", operation_id = "list_log_types", tag = "console",
    responses((status = 200, body = KnownLogTypes)))]
pub(crate) async fn list_log_types(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
) -> Result<Json<KnownLogTypes>, ApiError> {
    let stored = state.schema_admin.list().await?;
    let custom: BTreeSet<&str> = stored.iter().map(|schema| schema.name.as_str()).collect();
    let schemas = (state.served)().schemas;
    let results = schemas.schemas().map(|schema| {
        let name = schema.log_type().to_string();
        let origin = match (schema.is_built_in(), custom.contains(name.as_str())) {
            (true, _) => "built-in",
            (false, true) => "custom",
            (false, false) => "folder",
        };
        KnownLogType { name, origin: origin.to_owned(), description: schema.description().to_owned() }
    });
    Ok(Json(KnownLogTypes { results: results.collect() }))
}

/// Lists the fields of a log type with those inside of them.
#[utoipa::path(get, path = "/internal/log-types/{id}/fields", operation_id = "list_log_type_fields",
    tag = "console", params(("id" = String, Path, description = "Name of a log type")),
    responses((status = 200, body = LogTypeFields), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_fields(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    Id(name): Id,
) -> Result<Json<LogTypeFields>, ApiError> {
    let schemas = (state.served)().schemas;
    let schema = schemas
        .get(&name)
        .ok_or_else(|| ApiError::not_found(format!("no log type `{name}` has a schema")))?;
    let field = |field: FieldOutline| {
        let FieldOutline { path, kind, description, indicators } = field;
        let indicators = indicators.into_iter().map(str::to_owned).collect();
        LogTypeField { path, field_type: kind.to_owned(), description, indicators }
    };
    Ok(Json(LogTypeFields { results: schema.outline().into_iter().map(field).collect() }))
}
