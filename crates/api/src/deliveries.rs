//! Deliveries: of one alert, of all; one more attempt; sending an alert by hand.

use alerting::{check_manual_dispatch, manual_delivery};
use api_types::{
    Delivery, DeliveryDispatch, DeliveryList, DeliveryPage, DeliveryResults, ErrorMessage, Retried, Routing,
    words,
};
use axum::Json;
use axum::extract::State;
use model::{Delivery as StoredDelivery, DeliveryId, DeliveryState, DestinationId};
use store::{DeliveryFilter, StoreError};
use uuid::Uuid;

use crate::alerts::{existing, visible};
use crate::auth::{AlertModify, AlertRead, Caller};
use crate::destinations::configured;
use crate::error::ApiError;
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

/// Shows where an alert went, why, and what came of each attempt.
#[utoipa::path(get, path = "/alerts/{id}/deliveries", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryPage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_deliveries(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<DeliveryPage>, ApiError> {
    let alert = existing(&state, &caller, &id).await?;
    let deliveries = state.store.deliveries_of_alert(&alert.id).await?;
    let results = deliveries.iter().map(Delivery::from).collect();
    Ok(Json(DeliveryPage { results, routing: Routing::from(&alert.routing), next: None }))
}

/// Asks for one more attempt of a delivery that was given up.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = Delivery), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "The delivery is not failed, or its destination is gone or disabled")))]
pub(crate) async fn retry_delivery(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Delivery>, ApiError> {
    let id = DeliveryId::from(id);
    // What is unknown or not failed is the store's to refuse.
    if let Some(delivery) = state.store.find_delivery(&id).await? {
        if visible(&state, &caller, &delivery.alert_id).await?.is_none() {
            return Err(StoreError::UnknownDelivery { id }.into());
        }
        if delivery.state == DeliveryState::Failed {
            check_destination(&state, &delivery)?;
        }
    }
    let delivery = state.store.retry_delivery(&id).await?;
    state.delivery.retry_asked();
    Ok(Json(Delivery::from(&delivery)))
}

/// Lists deliveries of all alerts, newest first: `state=failed` is the list of what was given up.
#[utoipa::path(get, path = "/deliveries", tag = "delivery", params(
    ("state" = Option<words::DeliveryState>, Query, description = "pending, delivered, failed or cancelled"),
    ("destination-id" = Option<String>, Query, description = "Of this destination"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = DeliveryList), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_all_deliveries(
    caller: Caller<AlertRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<DeliveryList>, ApiError> {
    let filter = DeliveryFilter {
        state: query.parsed("state", "pending, delivered, failed or cancelled", |text| text.parse().ok())?,
        destination: query.one("destination-id").map(DestinationId::from),
        visible: caller.rights.log_types,
    };
    let page = state.store.list_deliveries(&filter, &query.page()?).await?;
    let ids: Vec<_> = page.items.iter().map(|delivery| delivery.alert_id.clone()).collect();
    let titles = state.store.alert_titles(&ids).await?;
    let shown = |delivery: &StoredDelivery| {
        let alert_title = titles.get(&delivery.alert_id).cloned();
        Delivery { alert_title, ..Delivery::from(delivery) }
    };
    Ok(Json(DeliveryList { results: page.items.iter().map(shown).collect(), next: page.next }))
}

/// Asks for one more attempt of every delivery that was given up for a destination.
#[utoipa::path(post, path = "/destinations/{id}/retry-failed", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = Retried), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "The destination is disabled")))]
pub(crate) async fn retry_failed(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Retried>, ApiError> {
    let view = configured(&state, &id)?;
    if !view.record.enabled {
        let name = &view.record.display_name;
        return Err(ApiError::conflict(format!("destination `{name}` is disabled; enable it first")));
    }
    let retried = state.store.retry_failed_of(&view.record.id, &caller.rights.log_types).await?;
    state.delivery.retry_asked();
    Ok(Json(Retried { retried }))
}

/// Asks for one more attempt of every delivery that was given up, for all destinations that are enabled.
#[utoipa::path(post, path = "/deliveries/retry-failed", tag = "delivery",
    responses((status = 200, body = Retried)))]
pub(crate) async fn retry_all_failed(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
) -> Result<Json<Retried>, ApiError> {
    let mut retried = 0;
    for view in state.destinations.load_full().iter().filter(|view| view.record.enabled) {
        retried += state.store.retry_failed_of(&view.record.id, &caller.rights.log_types).await?;
    }
    state.delivery.retry_asked();
    Ok(Json(Retried { retried }))
}

/// Sends an alert to destinations by hand, whatever their severities and log types say.
#[utoipa::path(post, path = "/alerts/{id}/deliveries", tag = "delivery", params(("id" = String, Path)),
    request_body = DeliveryDispatch,
    responses((status = 200, body = DeliveryResults), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A destination is unknown or not open to it")))]
pub(crate) async fn dispatch_alert(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(dispatch): Body<DeliveryDispatch>,
) -> Result<Json<DeliveryResults>, ApiError> {
    let DeliveryDispatch { destination_ids } = dispatch;
    let alert = existing(&state, &caller, &id).await?;
    if destination_ids.is_empty() {
        return Err(ApiError::bad_request("`destinationIds` is empty; name at least one destination"));
    }
    let records: Vec<model::Destination> =
        state.destinations.load().iter().map(|view| view.record.clone()).collect();
    let chosen = check_manual_dispatch(&alert, &destination_ids, &records)
        .map_err(|error| ApiError::bad_request(error.to_string()))?;
    let deliveries = chosen
        .into_iter()
        .map(|destination| manual_delivery(destination, DeliveryId::from(Uuid::new_v4().to_string())))
        .collect();
    let deliveries = state.store.create_manual_deliveries(&alert.id, deliveries).await?;
    state.delivery.retry_asked();
    Ok(Json(DeliveryResults { results: deliveries.iter().map(Delivery::from).collect() }))
}

/// Nobody would send to a destination that is gone or disabled: the delivery would wait for ever.
fn check_destination(state: &ApiState, delivery: &StoredDelivery) -> Result<(), ApiError> {
    let StoredDelivery { id, destination_id, destination_name: name, .. } = delivery;
    let destinations = state.destinations.load();
    match destinations.iter().find(|view| view.record.id == *destination_id) {
        None => Err(ApiError::conflict(format!(
            "delivery `{id}`: its destination `{name}` (`{destination_id}`) is not configured; add it again first"
        ))),
        Some(view) if !view.record.enabled => Err(ApiError::conflict(format!(
            "delivery `{id}`: its destination `{}` is disabled; enable it first",
            view.record.display_name
        ))),
        Some(_) => Ok(()),
    }
}
