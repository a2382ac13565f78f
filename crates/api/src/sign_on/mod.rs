//! `/internal/sign-on`: identity providers that are made while the server runs, and whether passwords still count.
//!
//! A provider says who people are. Whoever could make one could become anybody, so that it takes every permission.

mod guard;
mod providers;
mod test;

use api_types::{ErrorMessage, ProviderAddresses, SignOn, SignOnForm};
use axum::extract::State;
use axum::http::HeaderMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Caller, GeneralSettingsModify, GeneralSettingsRead};
use crate::error::ApiError;
use crate::params::Body;
use crate::revision::{IfMatch, Revised, Revision};
use crate::settings_admin::SignOnView;
use crate::state::ApiState;

/// What stands for the id of a provider in addresses.
const ANY_ID: &str = "{id}";

/// Its routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show, put))
        .routes(routes!(test::test_provider))
        .routes(routes!(providers::list_providers, providers::create_provider))
        .routes(routes!(providers::find_provider, providers::update_provider, providers::delete_provider))
}

/// Says how people sign in, and what is entered at a provider.
#[utoipa::path(get, path = "/internal/sign-on", operation_id = "show_sign_on", tag = "console",
    responses((status = 200, body = SignOn)))]
pub(crate) async fn show(
    caller: Caller<GeneralSettingsRead>,
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Revised<SignOn>, ApiError> {
    let view = state.settings.sign_on();
    answer(&state, &headers, &view, guard::may_change(&caller)).await
}

/// Sets whether passwords still count, and the role of newcomers, as far as the configuration file does not say so.
#[utoipa::path(put, path = "/internal/sign-on", operation_id = "put_sign_on", tag = "console",
    request_body = SignOnForm, responses((status = 200, body = SignOn),
        (status = 400, body = ErrorMessage, description = "There is no such role"),
        (status = 403, body = ErrorMessage, description = "The caller lacks a permission; this takes every one"),
        (status = 409, body = ErrorMessage, description = "The file states it, or nobody could sign in any more"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn put(
    caller: Caller<GeneralSettingsModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    if_match: IfMatch,
    Body(form): Body<SignOnForm>,
) -> Result<Revised<SignOn>, ApiError> {
    guard::require_all(&caller)?;
    let _turn = state.settings_turn().lock().await;
    let before = state.settings.sign_on();
    if_match.check("single sign-on", &revision_of(&before))?;
    if form.enforce_sso == Some(true) && !before.enforce_sso {
        guard::refuse_lock_out(&state, &before).await?;
    }
    if let Some(role) = &form.default_role {
        guard::refuse_unknown_role(&state, role).await?;
    }
    caller.audit.before(&summary_of(&before));
    let view = state.settings.put_sign_on(form).await?;
    caller.audit.after(&summary_of(&view));
    answer(&state, &headers, &view, true).await
}

async fn answer(
    state: &ApiState,
    headers: &HeaderMap,
    view: &SignOnView,
    may_change: bool,
) -> Result<Revised<SignOn>, ApiError> {
    let shown = SignOn {
        enforce_sso: view.enforce_sso,
        enforce_sso_origin: view.enforce_sso_origin.to_owned(),
        default_role: view.default_role.clone(),
        default_role_origin: view.default_role_origin.to_owned(),
        may_change,
        addresses: addresses(state, headers, ANY_ID, None),
        warnings: guard::warnings(state, view).await?,
    };
    Ok(Revised(revision_of(view), shown))
}

fn revision_of(view: &SignOnView) -> Revision {
    Revision::of(&summary_of(view))
}

/// What a change is about.
fn summary_of(view: &SignOnView) -> SignOnForm {
    SignOnForm { enforce_sso: Some(view.enforce_sso), default_role: Some(view.default_role.clone()) }
}

/// What is entered at a provider of this id; all of it while its protocol is not known.
fn addresses(state: &ApiState, headers: &HeaderMap, id: &str, kind: Option<&str>) -> ProviderAddresses {
    let base = state.base_url(headers);
    let of = |protocol: &str, rest: &str| format!("{base}/internal/{protocol}/{id}/{rest}");
    let is = |word: &str| kind.is_none_or(|kind| kind == word);
    let saml = |rest: &str| is("SAML").then(|| of("saml", rest));
    ProviderAddresses {
        redirect_uri: is("OIDC").then(|| of("oidc", "callback")),
        acs_url: saml("acs"),
        entity_id: saml("metadata"),
        metadata_url: saml("metadata"),
        start_url: of(if kind == Some("SAML") { "saml" } else { "oidc" }, "start"),
        scim_base_url: format!("{base}/scim/v2"),
    }
}
