//! `/destinations`: what is configured, secrets masked; their types; test alerts.

use std::sync::Arc;

use api_types::{
    Destination, DestinationForm, DestinationHealth, DestinationMute, DestinationPage, DestinationType,
    DestinationTypePage, ErrorMessage, TestResult,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::DestinationId;
use url::Url;

use crate::audit::slot::Slot;
use crate::auth::{Caller, DestinationModify, DestinationRead};
use crate::control::AdminRefusal;
use crate::error::{ApiError, empty};
use crate::params::{Body, Id};
use crate::revision::{IfMatch, Revised, Revision};
use crate::state::{ApiState, DestinationView};

/// Lists destinations by name.
#[utoipa::path(get, path = "/destinations", tag = "destination", responses((status = 200, body = DestinationPage)))]
pub(crate) async fn list_destinations(
    _: Caller<DestinationRead>,
    State(state): State<ApiState>,
) -> Json<DestinationPage> {
    let results = state.destinations.load().iter().map(|view| to_wire(&state, view)).collect();
    Json(DestinationPage { results, next: None })
}

/// Shows one destination.
#[utoipa::path(get, path = "/destinations/{id}", tag = "destination", params(("id" = String, Path)),
    responses((status = 200, body = Destination), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_destination(
    _: Caller<DestinationRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Revised<Destination>, ApiError> {
    let view = configured(&state, &id)?;
    Ok(Revised(revision_of(&view), to_wire(&state, &view)))
}

/// Makes a destination; it receives alerts from now on.
#[utoipa::path(post, path = "/destinations", tag = "destination", request_body = DestinationForm,
    responses((status = 201, body = Destination),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 409, body = ErrorMessage, description = "The name is taken")))]
pub(crate) async fn create_destination(
    _: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Body(form): Body<DestinationForm>,
) -> Result<(StatusCode, Json<Destination>), ApiError> {
    let view = state.destination_admin.create(form).await?;
    Ok((StatusCode::CREATED, Json(to_wire(&state, &view))))
}

/// Replaces a destination; deliveries that wait take its new settings.
#[utoipa::path(put, path = "/destinations/{id}", tag = "destination", params(("id" = String, Path)),
    request_body = DestinationForm,
    responses((status = 200, body = Destination), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 409, body = ErrorMessage, description = "The name is taken, or the configuration file declares it"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn update_destination(
    caller: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
    Body(form): Body<DestinationForm>,
) -> Result<Json<Destination>, ApiError> {
    note_before(&state, &caller.audit, &id);
    let is_current = |view: &DestinationView| {
        let what = format!("the destination `{}`", view.record.display_name);
        let checked = if_match.check(&what, &revision_of(view));
        checked.map_err(|error| AdminRefusal::Outdated(error.into_message()))
    };
    let view = state.destination_admin.update(&DestinationId::from(id), form, &is_current).await?;
    Ok(Json(to_wire(&state, &view)))
}

/// Deletes a destination; deliveries that wait for it are cancelled, their records stay.
#[utoipa::path(delete, path = "/destinations/{id}", tag = "destination", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "The configuration file declares it")))]
pub(crate) async fn delete_destination(
    caller: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    note_before(&state, &caller.audit, &id);
    state.destination_admin.delete(&DestinationId::from(id)).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Notes for the audit log what the destination is before a change, secrets masked.
pub(crate) fn note_before(state: &ApiState, audit: &Slot, id: &str) {
    if let Ok(view) = configured(state, id) {
        audit.before(&to_wire(state, &view));
    }
}

/// Sends the test alert to what a form says, once, without saving it; 200 with what came of it.
#[utoipa::path(post, path = "/destinations/test", tag = "destination", request_body = DestinationForm,
    responses((status = 200, body = TestResult),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 404, body = ErrorMessage, description = "No destination has the `id`")))]
pub(crate) async fn test_form(
    caller: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Body(form): Body<DestinationForm>,
) -> Result<Json<TestResult>, ApiError> {
    let result = state.destination_admin.test(form).await?;
    note_result(&caller.audit, &result);
    Ok(Json(result))
}

/// Lists the types of destinations.
#[utoipa::path(get, path = "/destination-types", tag = "destination",
    responses((status = 200, body = DestinationTypePage)))]
pub(crate) async fn list_types(_: Caller<DestinationRead>) -> Json<DestinationTypePage> {
    let results = destinations::registry()
        .iter()
        .map(|entry| DestinationType {
            destination_type: entry.kind.to_owned(),
            label: entry.label.to_owned(),
            description: entry.description.to_owned(),
            docs_url: entry.docs_url.to_owned(),
            config_schema: (entry.config_schema)(),
        })
        .collect();
    Json(DestinationTypePage { results, next: None })
}

/// Sends the test alert now, once; always 200 with what came of it.
#[utoipa::path(post, path = "/destinations/{id}/test", tag = "destination", params(("id" = String, Path)),
    responses((status = 200, body = TestResult), (status = 404, body = ErrorMessage)))]
pub(crate) async fn test_destination(
    caller: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<TestResult>, ApiError> {
    let view = configured(&state, &id)?;
    let result = state.delivery.send_test(&view.record.id).await.ok_or_else(|| unknown(&id))?;
    note_result(&caller.audit, &result);
    Ok(Json(result))
}

/// A test that did not arrive is answered with 200, and failed all the same.
fn note_result(audit: &Slot, result: &TestResult) {
    if !result.success {
        audit.failure(&result.message);
    }
}

/// The destination, or 404 with its id.
pub(crate) fn configured(state: &ApiState, id: &str) -> Result<Arc<DestinationView>, ApiError> {
    let destinations = state.destinations.load();
    destinations.iter().find(|view| view.record.id.as_str() == id).cloned().ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("no destination `{id}`"))
}

pub(crate) fn to_wire(state: &ApiState, view: &DestinationView) -> Destination {
    let model::Destination {
        id,
        display_name,
        destination_type,
        severities,
        alert_types,
        log_types,
        manual_dispatch,
        enabled,
        provisioned,
        mute: _,
    } = &view.record;
    Destination {
        id: id.to_string(),
        display_name: display_name.clone(),
        destination_type: destination_type.to_string(),
        config: view.masked_config.clone(),
        severities: severities.iter().map(ToString::to_string).collect(),
        alert_types: alert_types.iter().map(ToString::to_string).collect(),
        log_types: log_types.iter().map(ToString::to_string).collect(),
        manual_dispatch: *manual_dispatch,
        enabled: *enabled,
        provisioned: *provisioned,
        delivery: view.delivery.clone(),
        health: health_of(state, view),
        mute: mute_of(state, view),
        callback_url: callback_url(state.external_url.as_ref(), &view.record),
        warnings: view.warnings.clone(),
    }
}

/// Where a type that takes something back takes it: one that has a secret to prove what comes.
fn callback_url(external_url: Option<&Url>, record: &model::Destination) -> Option<String> {
    let mut url = external_url?.clone();
    let schema = (destinations::find_type(&record.destination_type.0)?.config_schema)();
    schema["properties"].get("signing_secret")?;
    let path = ["destinations", record.id.as_str(), "callback"];
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    Some(url.into())
}

/// What it is to whoever changes it: neither how it does nor whether it is muted.
fn revision_of(view: &DestinationView) -> Revision {
    let DestinationView { record, masked_config, revision, delivery: _, unreadable: _, warnings: _ } = view;
    // A stored one counts its changes; one of the file cannot be changed by the API.
    Revision::of(&(record.id.as_str(), revision, masked_config))
}

/// A mute that is over is none.
fn mute_of(state: &ApiState, view: &DestinationView) -> Option<DestinationMute> {
    let mute = view.record.mute.as_ref().filter(|mute| mute.is_on(state.clock.now()));
    mute.map(DestinationMute::from)
}

fn health_of(state: &ApiState, view: &DestinationView) -> DestinationHealth {
    match &view.unreadable {
        Some(problem) => DestinationHealth::of_state("unreadable", Some(problem.clone())),
        None => state
            .delivery
            .health(&view.record.id)
            .unwrap_or_else(|| DestinationHealth::of_state("disabled", None)),
    }
}

#[cfg(test)]
mod tests {
    use test_support::sample_destination;

    use super::*;

    #[test]
    fn the_address_for_the_vendor_is_below_the_external_url() {
        let bot = sample_destination("bot", "slack_bot");
        let of = |base: &str| callback_url(Some(&base.parse().unwrap()), &bot).unwrap();
        assert_eq!(of("https://siem.example"), "https://siem.example/destinations/bot/callback");
        assert_eq!(of("https://example.com/siem/"), "https://example.com/siem/destinations/bot/callback");
    }

    #[test]
    fn there_is_no_such_address_where_nothing_is_taken_or_none_is_known() {
        let base = "https://siem.example".parse().unwrap();
        assert_eq!(callback_url(Some(&base), &sample_destination("hook", "webhook")), None);
        assert_eq!(callback_url(None, &sample_destination("bot", "slack_bot")), None);
    }
}
