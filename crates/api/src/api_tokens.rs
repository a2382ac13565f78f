//! `/api-tokens`: programs that may call the API, and what they may do. `self` is the calling token.

use api_types::{Actor, ApiToken, ApiTokenForm, ApiTokenPage, ErrorMessage, wire_time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use model::{Permission, Rights};
use secrecy::{ExposeSecret as _, SecretString};
use store::{Grant, KnownToken, TokenForm};

use crate::audit::slot::Slot;
use crate::auth::{AnyToken, Caller, OrganizationAPITokenModify, OrganizationAPITokenRead};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, name_of};
use crate::revision::{IfMatch, Revised, Revision};
use crate::state::ApiState;

/// The id by which a token speaks of itself.
const SELF: &str = "self";
/// Blocks of addresses that one token may list.
const NETWORKS_MAX: usize = 100;

/// Lists API tokens, newest first, never their values.
#[utoipa::path(get, path = "/api-tokens", tag = "api token", responses((status = 200, body = ApiTokenPage)))]
pub(crate) async fn list_api_tokens(
    _: Caller<OrganizationAPITokenRead>,
    State(state): State<ApiState>,
) -> Result<Json<ApiTokenPage>, ApiError> {
    let tokens = state.store.list_tokens().await?;
    let valid = tokens.iter().filter(|known| known.token.revoked_at.is_none());
    Ok(Json(ApiTokenPage { results: valid.map(|known| to_wire(known, None)).collect(), next: None }))
}

/// Makes an API token; the answer has its value, which is shown this once.
#[utoipa::path(post, path = "/api-tokens", tag = "api token", request_body = ApiTokenForm,
    responses((status = 200, body = ApiToken), (status = 400, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "It would permit what the caller may not do")))]
pub(crate) async fn create_api_token(
    caller: Caller<OrganizationAPITokenModify>,
    State(state): State<ApiState>,
    Body(form): Body<ApiTokenForm>,
) -> Result<Json<ApiToken>, ApiError> {
    let form = token_form(&state, &caller, form, None)?;
    let made = state.store.create_token(form, Some(caller.actor), caller.rights).await?;
    let rights = match &made.token.grant {
        Grant::Own(rights) => Some(rights.clone()),
        Grant::Role(_) => None,
    };
    Ok(Json(to_wire(&KnownToken { token: made.token, rights }, Some(&made.value))))
}

/// Shows one API token; a token may always look at `self`.
#[utoipa::path(get, path = "/api-tokens/{id}", tag = "api token", params(("id" = String, Path)),
    responses((status = 200, body = ApiToken), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_api_token(
    caller: Caller<AnyToken>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Revised<ApiToken>, ApiError> {
    let id = own_or_permitted(&caller, &id, Permission::OrganizationAPITokenRead)?;
    let known = existing(&state, &id).await?;
    Ok(Revised(revision_of(&known), to_wire(&known, None)))
}

/// Replaces name, permissions, networks and expiry of an API token; its value stays.
#[utoipa::path(post, path = "/api-tokens/{id}", tag = "api token", params(("id" = String, Path)),
    request_body = ApiTokenForm,
    responses((status = 200, body = ApiToken), (status = 400, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "It has or would have what the caller may not do"),
        (status = 404, body = ErrorMessage),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn update_api_token(
    caller: Caller<OrganizationAPITokenModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
    Body(form): Body<ApiTokenForm>,
) -> Result<Json<ApiToken>, ApiError> {
    let before = existing(&state, resolve(&caller, &id)).await?;
    caller.audit.before(&to_wire(&before, None));
    if_match.check(&format!("the API token `{}`", before.token.name), &revision_of(&before))?;
    let form = token_form(&state, &caller, form, Some(&before))?;
    let id = before.token.id;
    let known = state.store.update_token(&id, form, Some(caller.actor), caller.rights).await?;
    Ok(Json(to_wire(&known, None)))
}

/// Deletes an API token; it is refused from now on.
#[utoipa::path(delete, path = "/api-tokens/{id}", tag = "api token", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage)))]
pub(crate) async fn delete_api_token(
    caller: Caller<OrganizationAPITokenModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    let id = resolve(&caller, &id);
    note_before(&state, &caller.audit, id).await?;
    state.store.revoke_token_by_id(id).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Gives an API token a fresh value, which the answer shows this once; the old one is refused from now on. A
/// token may always rotate `self`.
#[utoipa::path(post, path = "/api-tokens/{id}/rotate", tag = "api token", params(("id" = String, Path)),
    responses((status = 200, body = ApiToken), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "It has what the caller may not do")))]
pub(crate) async fn rotate_api_token(
    caller: Caller<AnyToken>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<ApiToken>, ApiError> {
    let id = own_or_permitted(&caller, &id, Permission::OrganizationAPITokenModify)?;
    note_before(&state, &caller.audit, &id).await?;
    let (known, value) = state.store.rotate_token(&id, Some(caller.actor), caller.rights).await?;
    Ok(Json(to_wire(&known, Some(&value))))
}

/// Notes for the audit log what the token is before a change.
pub(crate) async fn note_before(state: &ApiState, audit: &Slot, id: &str) -> Result<(), ApiError> {
    if let Some(before) = state.store.find_token(id).await? {
        audit.before(&to_wire(&before, None));
    }
    Ok(())
}

fn resolve<'a, P>(caller: &'a Caller<P>, id: &'a str) -> &'a str {
    if id == SELF { &caller.actor.id } else { id }
}

/// The id that is meant; for any token but the calling one it takes a permission.
fn own_or_permitted<P>(caller: &Caller<P>, id: &str, permission: Permission) -> Result<String, ApiError> {
    let id = resolve(caller, id).to_owned();
    if id != caller.actor.id {
        caller.require(permission)?;
    }
    Ok(id)
}

async fn existing(state: &ApiState, id: &str) -> Result<KnownToken, ApiError> {
    let found = state.store.find_token(id).await?;
    found.ok_or_else(|| ApiError::not_found(format!("no API token `{id}`")))
}

/// What a change of a token is made from; that it is used changes nothing of that.
fn revision_of(known: &KnownToken) -> Revision {
    Revision::of(&ApiToken { last_used_at: None, ..to_wire(known, None) })
}

/// What a person wrote, over what there was. What a token may see is what its maker may see.
fn token_form<P>(
    state: &ApiState,
    caller: &Caller<P>,
    form: ApiTokenForm,
    before: Option<&KnownToken>,
) -> Result<TokenForm, ApiError> {
    let ApiTokenForm { name, permissions, allowed_cidr_blocks, expires_at } = form;
    let log_types = before.map_or_else(|| caller.rights.log_types.clone(), KnownToken::log_types);
    let allowed_networks = match allowed_cidr_blocks {
        Some(networks) if networks.len() > NETWORKS_MAX => {
            let message =
                format!("`allowedCIDRBlocks`: {} blocks are more than {NETWORKS_MAX}", networks.len());
            return Err(ApiError::bad_request(message));
        }
        Some(networks) => networks,
        None => before.map(|known| known.token.allowed_networks.clone()).unwrap_or_default(),
    };
    let expires_at = match expires_at {
        Some(None) => None,
        Some(Some(text)) => Some(future(&text, state.clock.now())?),
        None => before.and_then(|known| known.token.expires_at),
    };
    Ok(TokenForm {
        name: name_of("name", name)?,
        grant: Grant::Own(Rights { permissions: permissions.into_iter().collect(), log_types }),
        allowed_networks,
        expires_at,
    })
}

fn future(text: &str, now: Timestamp) -> Result<Timestamp, ApiError> {
    let refuse = |problem: &str| ApiError::bad_request(format!("`expiresAt`: `{text}` {problem}"));
    let at: Timestamp = text.parse().map_err(|_| refuse("is not a time such as 2027-01-02T03:04:05Z"))?;
    if at <= now {
        return Err(refuse("is not in the future"));
    }
    Ok(at)
}

fn to_wire(known: &KnownToken, value: Option<&SecretString>) -> ApiToken {
    let token = &known.token;
    ApiToken {
        id: token.id.clone(),
        name: token.name.clone(),
        permissions: known.permissions().iter().collect(),
        role: match &token.grant {
            Grant::Role(name) => Some(name.clone()),
            Grant::Own(_) => None,
        },
        created_at: wire_time(token.created_at),
        created_by: token.created_by.as_ref().map(Actor::from),
        updated_at: token.updated_at.map(wire_time),
        updated_by: token.updated_by.as_ref().map(Actor::from),
        rotated_at: token.rotated_at.map(wire_time),
        rotated_by: token.rotated_by.as_ref().map(Actor::from),
        expires_at: token.expires_at.map(wire_time),
        last_used_at: token.last_used_at.map(wire_time),
        allowed_cidr_blocks: token.allowed_networks.clone(),
        value: value.map(|value| value.expose_secret().to_owned()),
    }
}
