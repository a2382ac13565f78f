//! What the console asks about log sources and schemas: all of them with how they do, and samples tried.

mod schemas;
mod sources;
mod trial;
mod volume;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

/// The routes of this folder.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(sources::list_sources))
        .routes(routes!(volume::find_volume))
        .routes(routes!(schemas::list_known_schemas))
        .routes(routes!(schemas::find_known_schema))
        .routes(routes!(trial::try_schema))
}
