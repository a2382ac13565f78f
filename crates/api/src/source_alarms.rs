//! `/log-source-alarms/{id}/{type}`: how long a log source may be silent before an alert says so.

use std::sync::Arc;
use std::time::Duration;

use api_types::{ErrorMessage, SourceAlarm, SourceAlarmForm, SourceAlarmState};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{SourceId, SystemErrorType};

use crate::audit::slot::Slot;
use crate::auth::{Caller, LogSourceModify, LogSourceRead};
use crate::error::{ApiError, empty};
use crate::intake_admin::HttpSourceView;
use crate::params::{Body, Path2};
use crate::source_health::SourceHealth;
use crate::state::ApiState;

/// Shortest and longest silence that can be allowed, in minutes.
const MINUTES_MIN: u64 = 15;
const MINUTES_MAX: u64 = 43_200;

/// Shows the alarm of a source, and whether it is raised.
#[utoipa::path(get, path = "/log-source-alarms/{id}/{type}", tag = "log source",
    params(("id" = String, Path), ("type" = String, Path, description = "`SOURCE_NO_DATA`")),
    responses((status = 200, body = SourceAlarmState),
        (status = 404, body = ErrorMessage, description = "No such source or type, or it has no alarm")))]
pub(crate) async fn find_alarm(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Path2(id, alarm_type): Path2,
) -> Result<Json<SourceAlarmState>, ApiError> {
    let (id, view) = source(&state, id, &alarm_type)?;
    let declared = view.no_data_alarm;
    let set = state.store.source_alarms().await?.get(&id).copied();
    let alarm = declared.or(set).ok_or_else(|| without_alarm(&id))?;
    let health = SourceHealth::load(&state).await?;
    let state = alarm_word(&health, &id).to_owned();
    Ok(Json(SourceAlarmState { alarm_type, minutes_threshold: minutes(alarm), state }))
}

/// Sets the alarm of a source.
#[utoipa::path(put, path = "/log-source-alarms/{id}/{type}", tag = "log source",
    params(("id" = String, Path), ("type" = String, Path, description = "`SOURCE_NO_DATA`")),
    request_body = SourceAlarmForm,
    responses((status = 200, body = SourceAlarm), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "The minutes are wrong"),
        (status = 409, body = ErrorMessage, description = "The configuration file sets it")))]
pub(crate) async fn put_alarm(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Path2(id, alarm_type): Path2,
    Body(form): Body<SourceAlarmForm>,
) -> Result<Json<SourceAlarm>, ApiError> {
    let (id, view) = source(&state, id, &alarm_type)?;
    refuse_declared(&id, &view)?;
    let minutes_threshold = form.minutes_threshold;
    if !(MINUTES_MIN..=MINUTES_MAX).contains(&minutes_threshold) {
        let expected = format!("{MINUTES_MIN} to {MINUTES_MAX}");
        return Err(ApiError::bad_request(format!(
            "`minutesThreshold`: `{minutes_threshold}` is not {expected}"
        )));
    }
    note_before(&state, &caller.audit, &id).await?;
    state.store.put_source_alarm(id, minutes_threshold, caller.actor, state.clock.now()).await?;
    Ok(Json(SourceAlarm { alarm_type, minutes_threshold }))
}

/// Takes the alarm of a source away; an alert that it made is resolved.
#[utoipa::path(delete, path = "/log-source-alarms/{id}/{type}", tag = "log source",
    params(("id" = String, Path), ("type" = String, Path, description = "`SOURCE_NO_DATA`")),
    responses((status = 204),
        (status = 404, body = ErrorMessage, description = "No such source, or it has no alarm"),
        (status = 409, body = ErrorMessage, description = "The configuration file sets it")))]
pub(crate) async fn delete_alarm(
    caller: Caller<LogSourceModify>,
    State(state): State<ApiState>,
    Path2(id, alarm_type): Path2,
) -> Result<Response, ApiError> {
    let (id, view) = source(&state, id, &alarm_type)?;
    refuse_declared(&id, &view)?;
    note_before(&state, &caller.audit, &id).await?;
    if !state.store.delete_source_alarm(&id).await? {
        return Err(without_alarm(&id));
    }
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Notes for the audit log what the alarm is before a change.
async fn note_before(state: &ApiState, audit: &Slot, id: &SourceId) -> Result<(), ApiError> {
    if let Some(alarm) = state.store.source_alarms().await?.get(id) {
        let alarm_type = SystemErrorType::SourceNoData.as_str().to_owned();
        audit.before(&SourceAlarm { alarm_type, minutes_threshold: minutes(*alarm) });
    }
    Ok(())
}

fn source(
    state: &ApiState,
    id: String,
    alarm_type: &str,
) -> Result<(SourceId, Arc<HttpSourceView>), ApiError> {
    if alarm_type != SystemErrorType::SourceNoData.as_str() {
        return Err(ApiError::not_found(format!(
            "`{alarm_type}` is no alarm of log sources; use `SOURCE_NO_DATA`"
        )));
    }
    let views = state.source_admin.list();
    let view = views.iter().find(|view| view.source.integration_id == id).cloned();
    let view = view.ok_or_else(|| ApiError::not_found(format!("no log source `{id}`")))?;
    Ok((SourceId::from(id), view))
}

fn refuse_declared(id: &SourceId, view: &HttpSourceView) -> Result<(), ApiError> {
    match view.no_data_alarm {
        None => Ok(()),
        Some(_) => Err(ApiError::conflict(format!(
            "the configuration file sets `no_data_alarm` of log source `{id}`; change it there"
        ))),
    }
}

fn without_alarm(id: &SourceId) -> ApiError {
    ApiError::not_found(format!("log source `{id}` has no alarm"))
}

/// Where the alarm of a source stands.
pub(crate) fn alarm_word(health: &SourceHealth, id: &SourceId) -> &'static str {
    if health.is_silent(id) {
        "ALARM"
    } else if health.state_of(id.as_str()).processed_at.is_some() {
        "OK"
    } else {
        "INSUFFICIENT_DATA"
    }
}

/// An alarm in whole minutes.
pub(crate) fn minutes(alarm: Duration) -> u64 {
    alarm.as_secs() / 60
}
