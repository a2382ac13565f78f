//! Delivery history of an alert, and one more attempt.

use api_types::{Delivery, DeliveryPage, ErrorMessage, Routing};
use axum::Json;
use axum::extract::State;
use model::{Delivery as StoredDelivery, DeliveryId, DeliveryState};

use crate::alerts::existing;
use crate::auth::{AlertModify, AlertRead, Caller};
use crate::error::ApiError;
use crate::params::Id;
use crate::state::ApiState;

/// Shows where an alert went, why, and what came of each attempt.
#[utoipa::path(get, path = "/alerts/{id}/deliveries", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryPage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_deliveries(
    _: Caller<AlertRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<DeliveryPage>, ApiError> {
    let alert = existing(&state, &id).await?;
    let deliveries = state.store.deliveries_of_alert(&alert.id).await?;
    let results = deliveries.iter().map(Delivery::from).collect();
    Ok(Json(DeliveryPage { results, routing: Routing::from(&alert.routing), next: None }))
}

/// Asks for one more attempt of a delivery that was given up.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = Delivery), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "The delivery is not failed, or its destination is gone or disabled")))]
pub(crate) async fn retry_delivery(
    _: Caller<AlertModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<Delivery>, ApiError> {
    let id = DeliveryId::from(id);
    // What is unknown or not failed is the store's to refuse.
    if let Some(delivery) = state.store.find_delivery(&id).await?
        && delivery.state == DeliveryState::Failed
    {
        check_destination(&state, &delivery)?;
    }
    let delivery = state.store.retry_delivery(&id).await?;
    (state.wake_delivery)();
    Ok(Json(Delivery::from(&delivery)))
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
