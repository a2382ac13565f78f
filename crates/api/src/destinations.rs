//! `/destinations`: what is configured, secrets masked.

use api_types::{Destination, DestinationPage, ErrorMessage};
use axum::Json;
use axum::extract::State;

use crate::auth::{Caller, DestinationRead};
use crate::error::ApiError;
use crate::params::Id;
use crate::state::{ApiState, DestinationView};

/// Lists destinations by name.
#[utoipa::path(get, path = "/destinations", tag = "destination", responses((status = 200, body = DestinationPage)))]
pub(crate) async fn list_destinations(
    _: Caller<DestinationRead>,
    State(state): State<ApiState>,
) -> Json<DestinationPage> {
    let results = state.destinations.load().iter().map(to_wire).collect();
    Json(DestinationPage { results, next: None })
}

/// Shows one destination.
#[utoipa::path(get, path = "/destinations/{id}", tag = "destination", params(("id" = String, Path)),
    responses((status = 200, body = Destination), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_destination(
    _: Caller<DestinationRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Destination>, ApiError> {
    let destinations = state.destinations.load();
    let view = destinations
        .iter()
        .find(|view| view.record.id.as_str() == id)
        .ok_or_else(|| ApiError::not_found(format!("no destination `{id}`")))?;
    Ok(Json(to_wire(view)))
}

fn to_wire(view: &DestinationView) -> Destination {
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
    }
}
