//! `/data-models`: common names for the fields of log types.

use api_types::{
    ContentErrorMessage, DataModel, DataModelForm, DataModelMapping, DataModelPage, ErrorMessage, wire_time,
};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::error::ContentError;
use super::form;
use super::list::page;
use super::write::{self, find, id_of};
use crate::auth::{Caller, RuleModify, RuleRead};
use crate::content_admin::{ContentItem, ContentKind, PutMode};
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

const KIND: ContentKind = ContentKind::DataModel;

/// Lists data models by id.
#[utoipa::path(get, path = "/data-models", tag = "content", params(
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, 100 by default"),
    ("name-contains" = Option<String>, Query, description = "Substring of id or display name, any case"),
    ("log-type" = Option<Vec<String>>, Query, description = "Log types"),
), responses((status = 200, body = DataModelPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_data_models(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<DataModelPage>, ApiError> {
    let page = page(&state.content.view(), &[KIND], &query)?;
    Ok(Json(DataModelPage {
        results: page.items.iter().map(|item| to_wire(item)).collect(),
        next: page.next,
    }))
}

/// Shows one data model.
#[utoipa::path(get, path = "/data-models/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = DataModel), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_data_model(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<DataModel>, ApiError> {
    Ok(Json(to_wire(&*find(&state, &[KIND], &id)?)))
}

/// Makes a data model; it is live when the answer is there.
#[utoipa::path(post, path = "/data-models", tag = "content", request_body = DataModelForm,
    responses((status = 200, body = DataModel),
    (status = 400, body = ContentErrorMessage, description = "It is wrong"),
    (status = 409, body = ContentErrorMessage, description = "The id is taken, or another change is under way")))]
pub(crate) async fn create_data_model(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    query: Query,
    Body(body): Body<DataModelForm>,
) -> Result<Response, ContentError> {
    let id = id_of(None, body.id.as_deref())?;
    let form = form::data_model(id, body, None)?;
    write::put(&state, form, PutMode::Create, &query, caller, to_wire).await
}

/// Makes or replaces a data model; it is live when the answer is there.
#[utoipa::path(put, path = "/data-models/{id}", tag = "content", request_body = DataModelForm,
    params(("id" = String, Path)),
    responses((status = 200, body = DataModel, description = "It was there"),
    (status = 201, body = DataModel, description = "It is new"),
    (status = 400, body = ContentErrorMessage, description = "It is wrong"),
    (status = 409, body = ContentErrorMessage, description = "Another change is under way")))]
pub(crate) async fn put_data_model(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    Body(body): Body<DataModelForm>,
) -> Result<Response, ContentError> {
    let id = id_of(Some(&id), body.id.as_deref())?;
    let form = form::data_model(id.clone(), body, state.content.view().find(&id).map(|item| &**item))?;
    write::put(&state, form, PutMode::CreateOrUpdate, &query, caller, to_wire).await
}

/// Deletes a data model that was made by the API; that of a directory with its id counts again.
#[utoipa::path(delete, path = "/data-models/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ContentErrorMessage, description = "Only a directory has it, or another change is under way")))]
pub(crate) async fn delete_data_model(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ContentError> {
    write::delete(&state, &[KIND], id, caller, to_wire).await
}

fn to_wire(item: &ContentItem) -> DataModel {
    let text = |key: &str| item.text(key).unwrap_or_default().to_owned();
    let mappings = item.keys.get("Mappings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mapping = |mapping: &Value| {
        let text = |key: &str| mapping.get(key).and_then(Value::as_str).map(str::to_owned);
        DataModelMapping {
            name: text("Name").unwrap_or_default(),
            path: text("Path"),
            method: text("Method"),
        }
    };
    DataModel {
        id: item.id.clone(),
        display_name: text("DisplayName"),
        description: item.texts.get("Description").cloned().unwrap_or_default(),
        enabled: item.enabled,
        log_types: item.list("LogTypes"),
        body: item.python.as_ref().map(|python| python.text.to_string()).unwrap_or_default(),
        mappings: mappings.iter().map(mapping).collect(),
        managed: false,
        created_at: item.created_at.map(wire_time),
        last_modified: item.last_modified.map(wire_time),
    }
}
