//! Every route of the API, in one place.

use api_types::words;
use axum::Json;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{Redirect, Response};
use axum::routing::{get, post, put};
use tracing::error;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::params::BODY_BYTES_MAX;
use crate::sign_in::{links, oidc, profile, saml, second_factor, sessions};
use crate::state::ApiState;
use crate::{
    alert_comments, alert_comments_bulk, alerts, api_tokens, audit, audit_log, callbacks, console, content,
    deliveries, description, destination_mutes, destinations, detections, graphql, health, http_sources,
    intake, live, log_sources, metrics_page, not_yet, overview, people, roles, schemas, scim,
    settings_general, sign_on, source_alarms, user_identities, users, views,
};

#[derive(OpenApi)]
#[openapi(info(
    title = "Margay",
    description = "An open, self-hosted, detection-as-code SIEM. Send the API token as `X-API-Key`.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
), components(schemas(
    // Types of parameters alone: utoipa collects those of bodies and answers by itself.
    words::AlertClass, words::AuditKind, words::AuditResult, words::ComplianceStatus, words::ContentState,
    words::ItemOrigin, words::ItemSort, words::ItemState, words::SortDirection,
)))]
struct Description;

/// The routes and their description.
pub(crate) fn described() -> (Router<ApiState>, utoipa::openapi::OpenApi) {
    let (router, mut api) = OpenApiRouter::with_openapi(Description::openapi())
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
        .routes(routes!(destination_mutes::mute_destination, destination_mutes::unmute_destination))
        .routes(routes!(destinations::list_types))
        .routes(routes!(destinations::test_destination))
        .routes(routes!(destinations::test_form))
        .routes(routes!(callbacks::receive_callback))
        .routes(routes!(deliveries::retry_failed))
        .routes(routes!(deliveries::retry_all_failed))
        .merge(content::routes())
        .routes(routes!(log_sources::list_failures))
        .routes(routes!(http_sources::create_http_source))
        .routes(routes!(
            http_sources::find_http_source,
            http_sources::update_http_source,
            http_sources::delete_http_source
        ))
        .routes(routes!(not_yet::s3::create))
        .routes(routes!(not_yet::s3::find, not_yet::s3::update, not_yet::s3::delete))
        .routes(routes!(not_yet::gcs::create))
        .routes(routes!(not_yet::gcs::find, not_yet::gcs::update, not_yet::gcs::delete))
        .routes(routes!(not_yet::pubsub::create))
        .routes(routes!(not_yet::pubsub::find, not_yet::pubsub::update, not_yet::pubsub::delete))
        .routes(routes!(source_alarms::find_alarm, source_alarms::put_alarm, source_alarms::delete_alarm))
        .merge(intake::routes())
        .routes(routes!(schemas::list_schemas))
        .routes(routes!(schemas::find_schema, schemas::put_schema, schemas::archive_schema))
        .routes(routes!(api_tokens::list_api_tokens, api_tokens::create_api_token))
        .routes(routes!(
            api_tokens::find_api_token,
            api_tokens::update_api_token,
            api_tokens::delete_api_token
        ))
        .routes(routes!(api_tokens::rotate_api_token))
        .routes(routes!(roles::list_roles, roles::create_role))
        .routes(routes!(roles::find_role, roles::update_role, roles::delete_role))
        .routes(routes!(users::list_users, users::invite_user))
        .routes(routes!(users::find_user, users::update_user, users::delete_user))
        .routes(routes!(
            user_identities::list_identities,
            user_identities::connect_identity,
            user_identities::disconnect_identity
        ))
        .routes(routes!(links::create))
        .routes(routes!(links::unlock))
        .routes(routes!(links::sign_out))
        .routes(routes!(links::remove_second_factor))
        .routes(routes!(sessions::options, sessions::sign_in))
        .routes(routes!(sessions::show, sessions::sign_out))
        .routes(routes!(sessions::list, sessions::end_all))
        .routes(routes!(sessions::end_one))
        .routes(routes!(oidc::start))
        .routes(routes!(oidc::callback))
        .routes(routes!(saml::metadata))
        .routes(routes!(saml::start))
        .routes(routes!(saml::consume))
        .routes(routes!(links::set_up))
        .routes(routes!(links::find, links::use_up))
        .routes(routes!(profile::show, profile::update))
        .routes(routes!(profile::change_password))
        .routes(routes!(views::list_views, views::create_view))
        .routes(routes!(views::update_view, views::delete_view))
        .routes(routes!(views::choose_default_view, views::clear_default_view))
        .routes(routes!(alert_comments_bulk::create_comments))
        .routes(routes!(live::follow))
        .routes(routes!(second_factor::begin, second_factor::confirm, second_factor::remove))
        .routes(routes!(overview::show))
        .routes(routes!(people::list_people))
        .merge(detections::routes())
        .merge(scim::routes())
        .routes(routes!(settings_general::show, settings_general::put))
        .merge(sign_on::routes())
        .routes(routes!(audit_log::list_entries))
        .routes(routes!(audit_log::export))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics_page::metrics))
        .split_for_parts();
    description::complete(&mut api);
    (router, api)
}

/// The whole API; log sources are merged in by the caller.
pub fn router(state: ApiState) -> Router {
    if let Err(what) = graphql::is_ready() {
        error!("the GraphQL schema is broken, its route answers so: {what}");
    }
    let (router, description) = described();
    router
        .route("/openapi.json", get(move || async move { Json(description) }))
        .route("/", get(console::front).post(graphql::answer))
        .route("/public/graphql", post(graphql::answer))
        .route("/public/graphql/", post(graphql::answer))
        .route("/public/uploads/{session}/{secret}", put(graphql::put_project))
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(console::index))
        .route("/console/{*path}", get(console::path))
        .merge(scim::unsupported())
        .fallback(async || ApiError::not_found("no such route; see /openapi.json"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this route does not take this method")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(state.clone(), audit::record))
        .layer(from_fn(scim::in_scim_form))
        .layer(map_response(kept_to_oneself))
        .with_state(state)
}

/// No answer is taken for another type than it has, and none is kept by a browser or a proxy unless it says so.
async fn kept_to_oneself(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
