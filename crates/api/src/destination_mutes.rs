//! `/destinations/{id}/mute`: keeping a destination quiet for a while. It is a state of operation and no setting, so
//! that it is open for destinations of the configuration file too, and ends by itself.

use std::time::Duration;

use api_types::{Destination, ErrorMessage, MuteForm};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use model::{DestinationId, Mute};

use crate::auth::{Caller, DestinationModify};
use crate::destinations::{configured, note_before, to_wire};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, name_of};
use crate::state::ApiState;

/// Longest mute, in days: a destination that nobody wants to hear of for longer is to be disabled.
const DAYS_MAX: u32 = 30;
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Keeps a destination quiet until then: nothing new is routed to it. What a person sends, and deliveries that wait
/// already, go on.
#[utoipa::path(put, path = "/destinations/{id}/mute", tag = "destination", params(("id" = String, Path)),
    request_body = MuteForm,
    responses((status = 200, body = Destination), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "The time or the reason is wrong")))]
pub(crate) async fn mute_destination(
    caller: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(form): Body<MuteForm>,
) -> Result<Json<Destination>, ApiError> {
    configured(&state, &id)?;
    let MuteForm { until, reason } = form;
    let now = state.clock.now();
    let reason = reason.filter(|text| !text.is_empty()).map(|text| name_of("reason", text)).transpose()?;
    let mute = Mute { until: end(&until, now)?, reason, by: caller.actor, since: now };
    note_before(&state, &caller.audit, &id);
    let view = state.destination_admin.mute(&DestinationId::from(id), Some(mute)).await?;
    Ok(Json(to_wire(&state, &view)))
}

/// Ends the mute of a destination; one that is not muted stays so.
#[utoipa::path(delete, path = "/destinations/{id}/mute", tag = "destination", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage)))]
pub(crate) async fn unmute_destination(
    caller: Caller<DestinationModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    note_before(&state, &caller.audit, &id);
    state.destination_admin.mute(&DestinationId::from(id), None).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

fn end(text: &str, now: Timestamp) -> Result<Timestamp, ApiError> {
    let refuse = |problem: &str| ApiError::bad_request(format!("`until`: `{text}` {problem}"));
    let at: Timestamp = text.parse().map_err(|_| refuse("is not a time such as 2027-01-02T03:04:05Z"))?;
    if at <= now {
        return Err(refuse("is not in the future"));
    }
    let latest = now.checked_add(DAY * DAYS_MAX);
    if latest.is_ok_and(|latest| at > latest) {
        return Err(refuse(&format!("is more than {DAYS_MAX} days away; disable the destination instead")));
    }
    Ok(at)
}
