//! `POST /internal/detections/enabled`: detections are switched on and off, also those of directories and projects.

use std::collections::BTreeSet;

use api_types::{ItemRefusal, SwitchForm, Switched};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::desk::SWITCHED_MAX;
use super::item::find;
use super::kinds::require_modify;
use super::wire::{DeskError, is_enabled};
use crate::audit::content::cut;
use crate::auth::{Caller, RuleModify};
use crate::content_admin::ContentKind;
use crate::error::ApiError;
use crate::params::Body;
use crate::state::ApiState;

/// Switches detections on or off: all of them, or none. What their content says does not change.
#[utoipa::path(post, path = "/internal/detections/enabled", operation_id = "switch_detections", tag = "console",
    request_body = SwitchForm, responses((status = 200, body = Switched),
        (status = 400, body = ItemRefusal, description = "There is none, too many, or one that has no switch"),
        (status = 404, body = ItemRefusal, description = "One of them is not there"),
        (status = 409, body = ItemRefusal, description = "Another change is under way")))]
pub(crate) async fn switch_detections(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Body(form): Body<SwitchForm>,
) -> Result<Json<Switched>, DeskError> {
    let SwitchForm { ids, enabled } = form;
    if ids.is_empty() || ids.len() > SWITCHED_MAX {
        let message = format!("`ids` names {} detections; name 1 to {SWITCHED_MAX}", ids.len());
        return Err(ApiError::bad_request(message).into());
    }
    let ids: BTreeSet<String> = ids.into_iter().collect();
    Ok(Json(switch(&state, &caller, ids.into_iter().collect(), enabled).await?))
}

/// Switches what the caller may see and change.
pub(super) async fn switch(
    state: &ApiState,
    caller: &Caller<RuleModify>,
    ids: Vec<String>,
    enabled: bool,
) -> Result<Switched, DeskError> {
    for id in &ids {
        let item = find(state, caller, id)?;
        if !item.kind.is_detection() {
            let noun = item.kind.noun();
            return Err(
                ApiError::bad_request(format!("`{id}` is a {noun} and has no switch; leave it out")).into()
            );
        }
        if item.kind == ContentKind::Policy {
            require_modify(caller, item.kind)?;
        }
    }
    caller.audit.before(&switched(state, &ids));
    state.desk.switch(ids.clone(), enabled).await?;
    caller.audit.after(&switched(state, &ids));
    Ok(Switched { ids, enabled })
}

/// Which of some detections run, for the audit log.
fn switched(state: &ApiState, ids: &[String]) -> Value {
    let (view, switches) = (state.content.view(), state.desk.switches());
    let is_on = |id: &&String| view.find(id).is_some_and(|item| is_enabled(item, &switches));
    let (on, off): (Vec<&String>, Vec<&String>) = ids.iter().partition(is_on);
    let names = |ids: Vec<&String>| -> Vec<String> { ids.into_iter().map(|id| cut(id)).collect() };
    json!({ "enabled": names(on), "disabled": names(off) })
}
