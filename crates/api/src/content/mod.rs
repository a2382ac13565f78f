//! Detection content over REST: one file per resource, all of them thin skins over
//! [`ContentAdmin`](crate::ContentAdmin).

mod correlation_rules;
mod data_models;
mod detection;
mod error;
mod form;
mod globals;
mod history;
mod list;
mod policies;
mod queries;
mod rules;
mod scheduled_rules;
mod simple_rules;
mod upload;
mod write;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::content_admin::UPLOAD_BYTES_MAX;
use crate::state::ApiState;

pub(crate) use detection::reports;

/// The routes of content and their description.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(rules::list_rules, rules::create_rule))
        .routes(routes!(rules::find_rule, rules::put_rule, rules::delete_rule))
        .routes(routes!(scheduled_rules::list_scheduled_rules, scheduled_rules::create_scheduled_rule))
        .routes(routes!(
            scheduled_rules::find_scheduled_rule,
            scheduled_rules::put_scheduled_rule,
            scheduled_rules::delete_scheduled_rule
        ))
        .routes(routes!(simple_rules::list_simple_rules, simple_rules::create_simple_rule))
        .routes(routes!(
            simple_rules::find_simple_rule,
            simple_rules::put_simple_rule,
            simple_rules::delete_simple_rule
        ))
        .routes(routes!(
            correlation_rules::list_correlation_rules,
            correlation_rules::create_correlation_rule
        ))
        .routes(routes!(
            correlation_rules::find_correlation_rule,
            correlation_rules::put_correlation_rule,
            correlation_rules::delete_correlation_rule
        ))
        .routes(routes!(policies::list_policies, policies::create_policy))
        .routes(routes!(policies::find_policy, policies::put_policy, policies::delete_policy))
        .routes(routes!(data_models::list_data_models, data_models::create_data_model))
        .routes(routes!(
            data_models::find_data_model,
            data_models::put_data_model,
            data_models::delete_data_model
        ))
        .routes(routes!(globals::list_globals, globals::create_global))
        .routes(routes!(globals::find_global, globals::put_global, globals::delete_global))
        .routes(routes!(queries::list_queries, queries::create_query))
        .routes(routes!(queries::find_query, queries::update_query, queries::delete_query))
        .routes(routes!(history::list_changes))
        .routes(routes!(history::list_versions))
        .routes(routes!(history::roll_back))
        .routes(routes!(upload::download))
        .routes(routes!(upload::delete))
        .merge(uploads())
}

/// The routes that take a whole archive.
fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(upload::upload))
        .routes(routes!(upload::upload_project))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
}
