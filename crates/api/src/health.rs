//! Health and readiness; no token needed.

use api_types::Readiness;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::state::ApiState;

/// 200 as soon as the server listens.
#[utoipa::path(get, path = "/healthz", tag = "server", security(()),
    responses((status = 200, content_type = "text/plain", body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 when the server can do its work, else 503 with the reason.
#[utoipa::path(get, path = "/readyz", tag = "server", security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn readyz(State(state): State<ApiState>) -> (StatusCode, Json<Readiness>) {
    match (state.readiness)() {
        Ok(()) => (StatusCode::OK, Json(Readiness { ready: true, reason: None })),
        Err(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Readiness { ready: false, reason: Some(reason) }))
        }
    }
}
