//! Delivery history of an alert, and one more attempt.

use api_types::{Delivery, DeliveryPage, ErrorMessage, Routing};
use axum::Json;
use axum::extract::{Path, State};
use model::DeliveryId;

use crate::alerts::existing;
use crate::auth::{AlertModify, AlertRead, Caller};
use crate::error::ApiError;
use crate::state::ApiState;

/// Shows where an alert went, why, and what came of each attempt.
#[utoipa::path(get, path = "/alerts/{id}/deliveries", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryPage), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_deliveries(
    _: Caller<AlertRead>,
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Json<DeliveryPage>, ApiError> {
    let alert = existing(&state, &id).await?;
    let deliveries = state.store.deliveries_of_alert(&alert.id).await?;
    let results = deliveries.iter().map(Delivery::from).collect();
    Ok(Json(DeliveryPage { results, routing: Routing::from(&alert.routing), next: None }))
}

/// Asks for one more attempt of a delivery that was given up.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "delivery", params(("id" = String, Path)),
    responses((status = 200, body = Delivery), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "The delivery is not failed")))]
pub(crate) async fn retry_delivery(
    _: Caller<AlertModify>,
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Json<Delivery>, ApiError> {
    let delivery = state.store.retry_delivery(&DeliveryId::from(id)).await?;
    (state.wake_delivery)();
    Ok(Json(Delivery::from(&delivery)))
}
