//! `/internal/alert-comments`: the same comment on several alerts.

use std::collections::HashSet;

use api_types::{AlertComments, BulkComment, ErrorMessage};
use axum::Json;
use axum::extract::State;
use model::AlertId;
use uuid::Uuid;

use crate::alert_comments::format_of;
use crate::alerts::existing;
use crate::auth::{AlertModify, Caller};
use crate::error::ApiError;
use crate::params::Body;
use crate::state::ApiState;

/// Alerts of one call.
const ALERTS_MAX: usize = 500;

/// Writes a comment on several alerts: all or none.
#[utoipa::path(post, path = "/internal/alert-comments", tag = "console", request_body = BulkComment,
    responses((status = 200, body = AlertComments), (status = 400, body = ErrorMessage),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 404, body = ErrorMessage, description = "One of the alerts does not exist")))]
pub(crate) async fn create_comments(
    caller: Caller<AlertModify>,
    State(state): State<ApiState>,
    Body(form): Body<BulkComment>,
) -> Result<Json<AlertComments>, ApiError> {
    let BulkComment { ids, body, format } = form;
    let format = format_of(&body, &format)?;
    if !(1..=ALERTS_MAX).contains(&ids.len()) {
        let message = format!("`ids` names {} alerts; 1 to {ALERTS_MAX} may be named", ids.len());
        return Err(ApiError::bad_request(message));
    }
    if !caller.rights.log_types.is_all() {
        for id in &ids {
            existing(&state, &caller, id).await?;
        }
    }
    let mut seen = HashSet::new();
    let (now, actor) = (state.clock.now(), &caller.actor);
    let comments: Vec<model::Comment> = ids
        .into_iter()
        .filter(|id| seen.insert(id.clone()))
        .map(|id| model::Comment {
            id: Uuid::new_v4().to_string(),
            alert_id: AlertId::from(id),
            body: body.clone(),
            format,
            created_at: now,
            created_by: actor.clone(),
            updated_at: None,
            updated_by: None,
        })
        .collect();
    let count = u64::try_from(comments.len()).unwrap_or(u64::MAX);
    state.store.add_comments(comments).await?;
    Ok(Json(AlertComments { count }))
}
