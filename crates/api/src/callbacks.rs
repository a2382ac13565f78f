//! `/destinations/{id}/callback`: what vendors send back when a person uses a button of a message.
//!
//! There is no token: the destination checks that the vendor sent it. Who pressed the button is known by the
//! vendor's id alone, so that whoever may write in the channel may set the status; `docs/security.md` says so.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use destinations::{INBOUND_BYTES_MAX, Inbound, InboundRefusal, StatusRequest};
use metrics::counter;
use model::{Actor, ActorKind, DestinationId, metric};
use store::AlertChange;
use tracing::warn;

use crate::alert_change::update_alerts;
use crate::audit::slot::{AuditActor, Slot};
use crate::destinations::configured;
use crate::error::ApiError;
use crate::params::Id;
use crate::state::ApiState;

/// Takes what a vendor sends back; the vendor proves itself by its signature.
#[utoipa::path(post, path = "/destinations/{id}/callback", tag = "destination", security(()),
    params(("id" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It was taken"),
        (status = 400, body = api_types::ErrorMessage, description = "It cannot be read"),
        (status = 401, body = api_types::ErrorMessage, description = "The vendor did not sign it, or long ago"),
        (status = 413, body = api_types::ErrorMessage, description = "It is too large"),
        (status = 404, body = api_types::ErrorMessage, description = "No such destination, or it takes nothing back")))]
pub(crate) async fn receive_callback(
    State(state): State<ApiState>,
    Id(id): Id,
    headers: HeaderMap,
    audit: Slot,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ApiError> {
    let id = DestinationId::from(id);
    let count = |result: &'static str| {
        counter!(metric::DESTINATION_CALLBACKS, "destination" => id.to_string(), "result" => result)
            .increment(1);
    };
    let view = configured(&state, id.as_str())?;
    let body = body.map_err(|rejection| ApiError::new(rejection.status(), rejection.body_text()))?;
    if body.len() > INBOUND_BYTES_MAX {
        count("refused");
        let message = format!("the body has {} bytes, more than {INBOUND_BYTES_MAX}", body.len());
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    let inbound = Inbound { headers: &headers, body: &body, now: state.clock.now() };
    let request = match state.delivery.receive(&id, &inbound) {
        Ok(request) => request,
        Err(refusal) => {
            count("refused");
            warn!(destination.name = %view.record.display_name, "a request to a destination's callback is refused: {refusal}");
            return Err(refuse(&refusal));
        }
    };
    count("taken");
    if let Some(request) = request {
        let kind = &view.record.destination_type;
        let person = format!("{kind}:{}", request.person);
        audit.actor(AuditActor::stranger(&person, &person));
        let problem = set_status(&state, &audit, &request, &person).await;
        if let Some(problem) = &problem {
            audit.failure(problem);
        }
        state.delivery.answer(&id, request, problem);
    }
    Ok(StatusCode::OK)
}

/// Sets the status; says why not, if not.
async fn set_status(state: &ApiState, audit: &Slot, request: &StatusRequest, person: &str) -> Option<String> {
    let change = AlertChange { status: Some(request.status), ..AlertChange::default() };
    let actor = Actor { id: person.to_owned(), kind: ActorKind::User };
    let changed = update_alerts(state, audit, vec![request.alert_id.clone()], change, actor).await;
    changed.err().map(|error| {
        warn!(alert.id = %request.alert_id, "a status that was asked for by a message was not set: {error}");
        ApiError::from(error).into_message()
    })
}

fn refuse(refusal: &InboundRefusal) -> ApiError {
    let status = match refusal {
        InboundRefusal::NotExpected(_) => StatusCode::NOT_FOUND,
        InboundRefusal::Forged(_) => StatusCode::UNAUTHORIZED,
        InboundRefusal::Malformed(_) => StatusCode::BAD_REQUEST,
    };
    ApiError::new(status, refusal.to_string())
}
