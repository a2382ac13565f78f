//! `/internal/schemas`: log schemas of every origin. `/schemas` has those alone that people store.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_types::{ErrorMessage, KnownSchema, SchemaOverview, SchemaOverviewPage, SchemaUser, wire_time};
use axum::Json;
use axum::extract::State;
use schema::{Schema, SchemaSet};
use store::StoredSchema;

use crate::auth::{Caller, LogSourceRead};
use crate::error::ApiError;
use crate::intake_admin::HttpSourceView;
use crate::params::Id;
use crate::state::ApiState;

/// Lists schemas by name: those of the product, of folders, and stored ones, archived ones too.
#[utoipa::path(get, path = "/internal/schemas", tag = "console", operation_id = "list_known_schemas",
    responses((status = 200, body = SchemaOverviewPage)))]
pub(crate) async fn list_known_schemas(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
) -> Result<Json<SchemaOverviewPage>, ApiError> {
    let stored = state.schema_admin.list().await?;
    let all = known(&(state.served)().schemas, &stored, &state.source_admin.list());
    Ok(Json(SchemaOverviewPage { results: all.into_values().map(|one| one.schema).collect() }))
}

/// Shows one schema with its text.
#[utoipa::path(get, path = "/internal/schemas/{id}", tag = "console", operation_id = "find_known_schema",
    params(("id" = String, Path)),
    responses((status = 200, body = KnownSchema), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_known_schema(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Id(name): Id,
) -> Result<Json<KnownSchema>, ApiError> {
    let stored = state.schema_admin.list().await?;
    let mut all = known(&(state.served)().schemas, &stored, &state.source_admin.list());
    all.remove(&name).map(Json).ok_or_else(|| ApiError::not_found(format!("no schema `{name}`")))
}

/// Schemas that are used, and stored ones that are not, by name.
fn known(
    used: &SchemaSet,
    stored: &[StoredSchema],
    sources: &[Arc<HttpSourceView>],
) -> BTreeMap<String, KnownSchema> {
    let mut all: BTreeMap<String, KnownSchema> = BTreeMap::new();
    for schema in used.schemas() {
        let name = schema.log_type().as_str();
        let row = stored.iter().find(|row| row.name == name && !row.is_archived);
        let one = match row.filter(|row| row.spec == schema.text().as_ref()) {
            Some(row) => of_row(row, Some(schema), sources),
            None => of_files(schema, sources),
        };
        all.insert(name.to_owned(), one);
    }
    for row in stored {
        all.entry(row.name.clone()).or_insert_with(|| of_row(row, None, sources));
    }
    all
}

/// A schema of the product or of a folder.
fn of_files(schema: &Schema, sources: &[Arc<HttpSourceView>]) -> KnownSchema {
    let users = users(schema.log_type().as_str(), sources);
    let overview = SchemaOverview {
        name: schema.log_type().to_string(),
        description: schema.description().to_owned(),
        origin: if schema.is_built_in() { "built-in" } else { "folder" }.to_owned(),
        is_archived: false,
        revision: 0,
        field_count: schema.field_names().count() as u64,
        is_field_discovery_enabled: schema.field_discovery_enabled(),
        reference_url: schema.reference_url().unwrap_or_default().to_owned(),
        updated_at: None,
        source_count: users.len() as u64,
        problem: None,
    };
    KnownSchema { schema: overview, spec: schema.text().to_string(), sources: users }
}

/// A stored schema; `used` is what the server has of it.
fn of_row(row: &StoredSchema, used: Option<&Arc<Schema>>, sources: &[Arc<HttpSourceView>]) -> KnownSchema {
    let StoredSchema { name, spec, description, reference_url, is_field_discovery_enabled, .. } = row;
    let mut own = SchemaSet::default();
    let read = own.add(name, spec);
    let schema = used.or_else(|| own.get(name));
    let problem = match read {
        _ if used.is_some() || row.is_archived => None,
        Err(error) => Some(format!("the stored text cannot be used: {error}")),
        Ok(_) => Some("it is not used: see the server's log".to_owned()),
    };
    let users = users(name, sources);
    let overview = SchemaOverview {
        name: name.clone(),
        description: description.clone(),
        origin: "custom".to_owned(),
        is_archived: row.is_archived,
        revision: row.revision,
        field_count: schema.map_or(0, |schema| schema.field_names().count() as u64),
        is_field_discovery_enabled: *is_field_discovery_enabled,
        reference_url: reference_url.clone(),
        updated_at: Some(wire_time(row.updated_at)),
        source_count: users.len() as u64,
        problem,
    };
    KnownSchema { schema: overview, spec: spec.clone(), sources: users }
}

fn users(name: &str, sources: &[Arc<HttpSourceView>]) -> Vec<SchemaUser> {
    let tries = |view: &&Arc<HttpSourceView>| view.source.log_types.iter().any(|it| it.as_str() == name);
    let user = |view: &Arc<HttpSourceView>| SchemaUser {
        id: view.source.integration_id.clone(),
        label: view.source.integration_label.clone(),
    };
    sources.iter().filter(tries).map(user).collect()
}
