//! `/internal/sign-on/providers`: the identity providers.

use std::collections::BTreeSet;

use api_types::{ErrorMessage, IdentityProvider, IdentityProviderForm, IdentityProviderList};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use store::StoredMetadata;

use super::{addresses, guard};
use crate::auth::{Caller, GeneralSettingsModify, GeneralSettingsRead};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id};
use crate::revision::{IfMatch, Revised, Revision};
use crate::settings_admin::ProviderView;
use crate::state::ApiState;

/// Lists the identity providers, those of the configuration file first.
#[utoipa::path(get, path = "/internal/sign-on/providers", operation_id = "list_identity_providers", tag = "console",
    responses((status = 200, body = IdentityProviderList)))]
pub(crate) async fn list_providers(
    _: Caller<GeneralSettingsRead>,
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Json<IdentityProviderList>, ApiError> {
    let known = Known::read(&state).await?;
    let view = state.settings.sign_on();
    let results = view.providers.iter().map(|it| known.complete(&state, &headers, it.clone())).collect();
    Ok(Json(IdentityProviderList { results, next: None }))
}

/// Shows an identity provider.
#[utoipa::path(get, path = "/internal/sign-on/providers/{id}", operation_id = "find_identity_provider", tag = "console",
    params(("id" = String, Path)), responses((status = 200, body = IdentityProvider), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_provider(
    _: Caller<GeneralSettingsRead>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
) -> Result<Revised<IdentityProvider>, ApiError> {
    let provider = find(&state, &id)?;
    let known = Known::read(&state).await?;
    Ok(Revised(Revision::of(&provider), known.complete(&state, &headers, provider)))
}

/// Makes an identity provider; people can sign in through it from now on.
#[utoipa::path(post, path = "/internal/sign-on/providers", operation_id = "create_identity_provider", tag = "console",
    request_body = IdentityProviderForm, responses((status = 201, body = IdentityProvider),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 403, body = ErrorMessage, description = "The caller lacks a permission; this takes every one"),
        (status = 409, body = ErrorMessage, description = "The id is taken, or another provider vouches for the same people")))]
pub(crate) async fn create_provider(
    caller: Caller<GeneralSettingsModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Body(form): Body<IdentityProviderForm>,
) -> Result<Response, ApiError> {
    guard::require_all(&caller)?;
    let _turn = state.settings_turn().lock().await;
    let provider = state.settings.create_provider(form).await?;
    caller.audit.after(&provider);
    let known = Known::read(&state).await?;
    let answer = Revised(Revision::of(&provider), known.complete(&state, &headers, provider));
    Ok((StatusCode::CREATED, answer).into_response())
}

/// Replaces an identity provider.
#[utoipa::path(put, path = "/internal/sign-on/providers/{id}", operation_id = "update_identity_provider", tag = "console",
    params(("id" = String, Path)), request_body = IdentityProviderForm,
    responses((status = 200, body = IdentityProvider), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 403, body = ErrorMessage, description = "The caller lacks a permission; this takes every one"),
        (status = 409, body = ErrorMessage, description = "The configuration file declares it, or another provider vouches for the same people"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn update_provider(
    caller: Caller<GeneralSettingsModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
    if_match: IfMatch,
    Body(form): Body<IdentityProviderForm>,
) -> Result<Revised<IdentityProvider>, ApiError> {
    guard::require_all(&caller)?;
    let _turn = state.settings_turn().lock().await;
    let before = find(&state, &id)?;
    if_match.check(&format!("the identity provider `{id}`"), &Revision::of(&before))?;
    caller.audit.before(&before);
    let provider = state.settings.update_provider(&id, form).await?;
    caller.audit.after(&provider);
    let known = Known::read(&state).await?;
    Ok(Revised(Revision::of(&provider), known.complete(&state, &headers, provider)))
}

/// Deletes an identity provider; people whom it vouched for stay, and cannot sign in through it any more.
#[utoipa::path(delete, path = "/internal/sign-on/providers/{id}", operation_id = "delete_identity_provider", tag = "console",
    params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "The caller lacks a permission; this takes every one"),
        (status = 409, body = ErrorMessage, description = "The configuration file declares it, or it is the last one while single sign-on is enforced"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn delete_provider(
    caller: Caller<GeneralSettingsModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
) -> Result<Response, ApiError> {
    guard::require_all(&caller)?;
    let _turn = state.settings_turn().lock().await;
    let before = find(&state, &id)?;
    if_match.check(&format!("the identity provider `{id}`"), &Revision::of(&before))?;
    caller.audit.before(&before);
    guard::refuse_last(&state.settings.sign_on(), &id)?;
    state.settings.delete_provider(&id).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// A stored one of the same id as one of the file is not used, and comes after it.
fn find(state: &ApiState, id: &str) -> Result<ProviderView, ApiError> {
    let view = state.settings.sign_on();
    let found = view.providers.iter().find(|provider| provider.id == id);
    found.cloned().ok_or_else(|| ApiError::not_found(format!("no identity provider `{id}`")))
}

/// What only the database knows of providers.
struct Known {
    roles: BTreeSet<String>,
    metadata: Vec<StoredMetadata>,
}

impl Known {
    async fn read(state: &ApiState) -> Result<Known, ApiError> {
        let roles = state.store.list_roles().await?.into_iter().map(|role| role.name).collect();
        Ok(Known { roles, metadata: state.store.list_provider_metadata().await? })
    }

    /// A provider with its addresses, its name, and what is wrong with its roles.
    fn complete(
        &self,
        state: &ApiState,
        headers: &HeaderMap,
        mut provider: ProviderView,
    ) -> IdentityProvider {
        provider.addresses = addresses(state, headers, &provider.id, Some(&provider.kind));
        let url = provider.saml.as_ref().and_then(|saml| saml.metadata_url.as_deref());
        let is_its =
            |kept: &&StoredMetadata| kept.provider_id == provider.id && Some(kept.url.as_str()) == url;
        let fetched = self.metadata.iter().find(is_its).map(|kept| kept.entity_id.clone());
        provider.issuer = provider.issuer.or(fetched);
        for entry in provider.role_map.iter().filter(|entry| !self.roles.contains(&entry.role)) {
            let warning =
                format!("there is no role `{}`; who would get it is refused until there is one", entry.role);
            if !provider.warnings.contains(&warning) {
                provider.warnings.push(warning);
            }
        }
        provider
    }
}
