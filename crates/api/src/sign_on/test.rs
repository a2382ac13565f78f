//! `/internal/sign-on/test`: what a provider says of itself, before anything is stored.

use ::saml::IdentityProvider;
use api_types::{ErrorMessage, Fact, IdentityProviderForm, ProviderTest};
use axum::Json;
use axum::extract::State;

use super::guard;
use crate::auth::{Caller, GeneralSettingsModify};
use crate::error::ApiError;
use crate::params::Body;
use crate::sign_in::saml::known::{check_name, read_at};
use crate::sign_in::settings::{AnyProvider, OidcProvider, SamlMetadata, SamlProvider};
use crate::sign_in::single_sign_on::providers::ask;
use crate::sign_in::single_sign_on::refusal::Refusal;
use crate::state::ApiState;

/// Reads what the provider of a form says of itself; 200 with what was found, or why it cannot be used. Nothing is
/// stored, and the secret is not tried: a provider takes it only with somebody who signs in.
#[utoipa::path(post, path = "/internal/sign-on/test", operation_id = "test_identity_provider", tag = "console",
    request_body = IdentityProviderForm, responses((status = 200, body = ProviderTest),
        (status = 400, body = ErrorMessage, description = "A field is wrong; the message names it"),
        (status = 403, body = ErrorMessage, description = "The caller lacks a permission; this takes every one")))]
pub(crate) async fn test_provider(
    caller: Caller<GeneralSettingsModify>,
    State(state): State<ApiState>,
    Body(form): Body<IdentityProviderForm>,
) -> Result<Json<ProviderTest>, ApiError> {
    guard::require_all(&caller)?;
    let provider = state.settings.draft(form)?;
    let mut warnings = unknown_roles(&state, &provider).await?;
    let looked = match &provider {
        AnyProvider::Oidc(oidc) => look_at_oidc(&state, oidc).await,
        AnyProvider::Saml(saml) => look_at_saml(&state, saml, &mut warnings).await,
    };
    let (found, problem) = match looked {
        Ok(found) => (found, None),
        Err(refusal) => {
            caller.audit.failure(&refusal.reason);
            (Vec::new(), Some(refusal.reason))
        }
    };
    Ok(Json(ProviderTest { success: problem.is_none(), problem, found, warnings }))
}

async fn unknown_roles(state: &ApiState, provider: &AnyProvider) -> Result<Vec<String>, ApiError> {
    let known = state.store.list_roles().await?;
    let mut warnings: Vec<String> = Vec::new();
    for (_, role) in &provider.common().role_map {
        let warning = format!("there is no role `{role}`; who would get it is refused until there is one");
        if !known.iter().any(|known| known.name == *role) && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    Ok(warnings)
}

async fn look_at_oidc(state: &ApiState, oidc: &OidcProvider) -> Result<Vec<Fact>, Refusal> {
    let _turn = state.single_sign_on().providers.turn()?;
    let known = ask(state, &oidc.issuer).await?;
    let metadata = &known.metadata;
    let userinfo = metadata.userinfo.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    Ok(vec![
        Fact::new("issuer", &metadata.issuer),
        Fact::new("people sign in at", &metadata.authorization),
        Fact::new("codes are exchanged at", &metadata.token),
        Fact::new("user information", userinfo),
        Fact::new("keys to sign with", known.keys.count()),
    ])
}

async fn look_at_saml(
    state: &ApiState,
    saml: &SamlProvider,
    warnings: &mut Vec<String>,
) -> Result<Vec<Fact>, Refusal> {
    let fetched;
    let known: &IdentityProvider = match &saml.metadata {
        SamlMetadata::File(metadata) => metadata,
        SamlMetadata::Url(url) => {
            let _turn = state.single_sign_on().providers.turn()?;
            fetched = read_at(state, url).await?.0;
            let kept = state.store.list_provider_metadata().await?;
            check_name(state, saml, url, &fetched, &kept)?;
            &fetched
        }
    };
    warnings
        .extend(known.unused.iter().map(|problem| format!("a signing certificate is not used: {problem}")));
    let mut found =
        vec![Fact::new("entity id", &known.entity_id), Fact::new("people sign in at", &known.sign_in_url)];
    for certificate in &known.certificates {
        found.push(Fact::new("signs with the certificate", certificate.fingerprint()));
    }
    if let Some(until) = known.valid_until {
        found.push(Fact::new("valid until", until));
    }
    Ok(found)
}
