//! Log schemas: what is known, and what people add.

use model::Permission;
use schema::Schema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{SchemaForm, StoredSchema};

use super::alerts::{page_info, time};
use super::call::{Answer, Call, Needs, RootField};
use crate::error::ApiError;
use crate::schemas::note_before;
use crate::state::ApiState;

const READ: Needs = Needs::All(&[Permission::LogSourceRead]);
const MODIFY: Needs = Needs::All(&[Permission::LogSourceModify]);

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "schemas", needs: READ, resolve: |call| Box::pin(schemas(call)) },
    RootField {
        name: "createOrUpdateSchema",
        needs: MODIFY,
        resolve: |call| Box::pin(create_or_update(call)),
    },
    RootField { name: "updateSchemaStatus", needs: MODIFY, resolve: |call| Box::pin(update_status(call)) },
];

/// Whether there is a built-in schema for every log type of the reference product.
///
/// The public upload tool asks for the list of managed schemas and leaves out every rule with a log type that is
/// not on it; of an empty list it makes no use. So this one question is answered by an empty list as long as the
/// list is not complete; every other question about schemas is answered as it is.
const HAS_ALL_LOG_TYPES: bool = false;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SchemasInput {
    contains: Option<String>,
    is_archived: Option<bool>,
    is_in_use: Option<bool>,
    is_managed: Option<bool>,
}

/// All schemas that fit, on one page: those that are in use, and archived ones.
async fn schemas(mut call: Call<'_>) -> Answer {
    let SchemasInput { contains, is_archived, is_in_use, is_managed } = call.input()?;
    let asks_for_all_managed =
        is_managed == Some(true) && contains.is_none() && is_archived.is_none() && is_in_use.is_none();
    if asks_for_all_managed && !HAS_ALL_LOG_TYPES {
        return Ok(json!({ "edges": [], "pageInfo": page_info(None, None) }));
    }
    let state = call.state;
    let (served, sources) = ((state.served)(), state.source_admin.list());
    let stored = state.schema_admin.list().await.map_err(ApiError::from)?;
    let contains = contains.unwrap_or_default().to_lowercase();
    let in_use =
        |name: &str| sources.iter().any(|view| view.source.log_types.iter().any(|one| one.as_str() == name));
    let mut nodes: Vec<(String, Value)> = Vec::new();
    for schema in served.schemas.schemas() {
        let name = schema.log_type().as_str();
        if contains.is_empty() || mentions(schema, &contains) {
            let version = stored.iter().find(|stored| stored.name == name);
            nodes.push((name.to_owned(), version.map_or_else(|| known_json(state, schema), stored_json)));
        }
    }
    for schema in stored.iter().filter(|schema| schema.is_archived) {
        let is_known = nodes.iter().any(|(name, _)| *name == schema.name);
        if !is_known && (schema.name.to_lowercase().contains(&contains)) {
            nodes.push((schema.name.clone(), stored_json(schema)));
        }
    }
    nodes.retain(|(name, node)| {
        is_managed.is_none_or(|wanted| node["isManaged"] == wanted)
            && is_archived.is_none_or(|wanted| node["isArchived"] == wanted)
            && is_in_use.is_none_or(|wanted| wanted == in_use(name))
    });
    nodes.sort_by(|a, b| a.0.cmp(&b.0));
    let edges: Vec<Value> = nodes.into_iter().map(|(_, node)| json!({ "node": node })).collect();
    Ok(json!({ "edges": edges, "pageInfo": page_info(None, None) }))
}

/// Whether the name of the schema, or that of a field, holds the text, which is in lower case.
fn mentions(schema: &Schema, text: &str) -> bool {
    schema.log_type().as_str().to_lowercase().contains(text)
        || schema.field_names().any(|name| name.to_lowercase().contains(text))
}

/// A schema of the product or of a folder: it has one version, that of this start.
fn known_json(state: &ApiState, schema: &Schema) -> Value {
    let read_at = time(state.started_at());
    json!({
        "name": schema.log_type().as_str(),
        "description": schema.description(),
        "spec": schema.text(),
        "version": 1,
        "revision": 1,
        "isArchived": false,
        "isManaged": schema.is_built_in(),
        "isFieldDiscoveryEnabled": schema.field_discovery_enabled(),
        "referenceURL": schema.reference_url(),
        "discoveredSpec": "",
        "createdAt": read_at,
        "updatedAt": read_at,
    })
}

fn stored_json(schema: &StoredSchema) -> Value {
    json!({
        "name": schema.name,
        "description": schema.description,
        "spec": schema.spec,
        "version": schema.revision,
        "revision": schema.revision,
        "isArchived": schema.is_archived,
        "isManaged": false,
        "isFieldDiscoveryEnabled": schema.is_field_discovery_enabled,
        "referenceURL": schema.reference_url,
        "discoveredSpec": "",
        "createdAt": time(schema.created_at),
        "updatedAt": time(schema.updated_at),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SchemaInput {
    name: String,
    spec: String,
    description: Option<String>,
    #[serde(rename = "referenceURL")]
    reference_url: Option<String>,
    revision: Option<u64>,
    is_field_discovery_enabled: Option<bool>,
}

async fn create_or_update(mut call: Call<'_>) -> Answer {
    let input: SchemaInput = call.input()?;
    let form = SchemaForm {
        name: input.name,
        spec: input.spec,
        description: input.description.unwrap_or_default(),
        reference_url: input.reference_url.unwrap_or_default(),
        is_field_discovery_enabled: input.is_field_discovery_enabled.unwrap_or(false),
        revision: input.revision.unwrap_or(0),
    };
    note_before(call.state, &call.caller.audit, &form.name).await?;
    let stored =
        call.state.schema_admin.put(form, call.caller.actor.clone()).await.map_err(ApiError::from)?;
    Ok(json!({ "schema": stored_json(&stored) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusInput {
    name: String,
    is_archived: bool,
}

async fn update_status(mut call: Call<'_>) -> Answer {
    let StatusInput { name, is_archived } = call.input()?;
    note_before(call.state, &call.caller.audit, &name).await?;
    let stored = call.state.schema_admin.archive(&name, is_archived).await.map_err(ApiError::from)?;
    Ok(json!({ "schema": stored_json(&stored) }))
}
