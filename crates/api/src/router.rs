//! Every route of the API, in one place.

use axum::Json;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::params::BODY_BYTES_MAX;
use crate::state::ApiState;
use crate::{
    alert_comments, alerts, callbacks, content, deliveries, destinations, health, log_sources, metrics_page,
    pages,
};

#[derive(OpenApi)]
#[openapi(info(
    title = "Margay",
    description = "An open, self-hosted, detection-as-code SIEM. Send the API token as `X-API-Key`.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Description;

/// The routes and their description.
pub(crate) fn described() -> (Router<ApiState>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(alerts::list_alerts, alerts::update_alerts))
        .routes(routes!(alerts::find_alert, alerts::update_alert))
        .routes(routes!(alerts::list_alert_events))
        .routes(routes!(alerts::list_history))
        .routes(routes!(alert_comments::list_comments, alert_comments::create_comment))
        .routes(routes!(alert_comments::find_comment, alert_comments::update_comment))
        .routes(routes!(deliveries::list_deliveries, deliveries::dispatch_alert))
        .routes(routes!(deliveries::list_all_deliveries))
        .routes(routes!(deliveries::retry_delivery))
        .routes(routes!(destinations::list_destinations, destinations::create_destination))
        .routes(routes!(
            destinations::find_destination,
            destinations::update_destination,
            destinations::delete_destination
        ))
        .routes(routes!(destinations::list_types))
        .routes(routes!(destinations::test_destination))
        .routes(routes!(destinations::test_form))
        .routes(routes!(callbacks::receive_callback))
        .routes(routes!(deliveries::retry_failed))
        .routes(routes!(deliveries::retry_all_failed))
        .merge(content::routes())
        .routes(routes!(log_sources::list_failures))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics_page::metrics))
        .split_for_parts()
}

/// The whole API; log sources are merged in by the caller.
pub fn router(state: ApiState) -> Router {
    let (router, description) = described();
    router
        .route("/openapi.json", get(move || async move { Json(description) }))
        .route("/", get(pages::front_page))
        .route("/console/", get(pages::front_page))
        .route("/console/alerts/{id}", get(pages::alert_page))
        .fallback(async || ApiError::not_found("no such route; see /openapi.json"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this route does not take this method")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(state)
}
