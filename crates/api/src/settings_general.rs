//! `/internal/settings`: what can be set while the server runs, and what is to know of the server.

use std::collections::BTreeMap;

use api_types::{ErrorMessage, Fact, GeneralSettings, GeneralSettingsForm};
use axum::extract::State;
use serde_json::Value;

use crate::auth::{Caller, GeneralSettingsModify, GeneralSettingsRead};
use crate::error::ApiError;
use crate::params::Body;
use crate::revision::{IfMatch, Revised, Revision};
use crate::settings_admin::SettingsView;
use crate::state::ApiState;

/// Shows the settings, where each is set, and what is to know of the server.
#[utoipa::path(get, path = "/internal/settings", operation_id = "show_settings", tag = "console",
    responses((status = 200, body = GeneralSettings)))]
pub(crate) async fn show(
    _: Caller<GeneralSettingsRead>,
    State(state): State<ApiState>,
) -> Result<Revised<GeneralSettings>, ApiError> {
    let view = state.settings.general();
    answer(&state, &view).await
}

/// Makes settings that the configuration file does not state, all at once. They count from now on.
#[utoipa::path(put, path = "/internal/settings", operation_id = "put_settings", tag = "console",
    request_body = GeneralSettingsForm, responses((status = 200, body = GeneralSettings),
        (status = 400, body = ErrorMessage, description = "A value is wrong; the message names its key"),
        (status = 409, body = ErrorMessage, description = "The configuration file states it"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and they were changed meanwhile")))]
pub(crate) async fn put(
    caller: Caller<GeneralSettingsModify>,
    State(state): State<ApiState>,
    if_match: IfMatch,
    Body(form): Body<GeneralSettingsForm>,
) -> Result<Revised<GeneralSettings>, ApiError> {
    let _turn = state.settings_turn().lock().await;
    let before = state.settings.general();
    if_match.check("what is set", &revision_of(&before))?;
    caller.audit.before(&by_key(&before));
    let view = state.settings.put_general(form.settings).await?;
    caller.audit.after(&by_key(&view));
    answer(&state, &view).await
}

async fn answer(state: &ApiState, view: &SettingsView) -> Result<Revised<GeneralSettings>, ApiError> {
    let mut server = state.settings.facts().await;
    server.counts = counts(state).await?;
    server.limits.extend(limits());
    let SettingsView { settings, warnings } = view.clone();
    Ok(Revised(revision_of(view), GeneralSettings { settings, warnings, server }))
}

fn revision_of(view: &SettingsView) -> Revision {
    Revision::of(&view.settings)
}

/// As the audit log has them.
fn by_key(view: &SettingsView) -> BTreeMap<&str, &Value> {
    view.settings.iter().map(|setting| (setting.key.as_str(), &setting.value)).collect()
}

async fn counts(state: &ApiState) -> Result<Vec<Fact>, ApiError> {
    let served = (state.served)();
    Ok(vec![
        Fact::new("users", state.store.count_users().await?),
        Fact::new("roles", state.store.list_roles().await?.len()),
        Fact::new("identity providers", state.settings.sign_on().providers.len()),
        Fact::new("destinations", state.destinations.load().len()),
        Fact::new("log sources", state.source_ids.load().len()),
        Fact::new("schemas", served.schemas.log_types().count()),
        Fact::new("detections", served.detections.len()),
    ])
}

/// What there may be at most, whatever the configuration says.
fn limits() -> Vec<Fact> {
    vec![
        Fact::new("users", store::PEOPLE_MAX),
        Fact::new("roles", store::ROLES_MAX),
        Fact::new("API tokens", store::TOKENS_MAX),
        Fact::new("identity providers made here", store::IDENTITY_PROVIDERS_MAX),
        Fact::new("log sources made here", store::SOURCES_MAX),
        Fact::new("schemas made here", store::SCHEMAS_MAX),
        Fact::new("events kept of one alert", store::EVENTS_KEPT_MAX),
        Fact::new("comments on one alert", store::COMMENTS_MAX),
        Fact::new("attempts kept of one delivery", store::ATTEMPTS_KEPT_MAX),
        Fact::new("records kept that did not parse", store::FAILURES_KEPT_MAX),
    ]
}
