//! `/users/{id}/identities`: who a person is to identity providers.

use api_types::{
    ErrorMessage, KnownIssuer, User, UserIdentity, UserIdentityForm, UserIdentityList, wire_time,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use store::{Identity, StoredIdentity};

use crate::auth::{Caller, UserModify, UserRead};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Query};
use crate::state::ApiState;

/// Longest issuer and subject. Source: OpenID Connect Core §2.
const ID_CHARS_MAX: usize = 255;

/// Lists who a person is to identity providers, and which providers there are.
#[utoipa::path(get, path = "/users/{id}/identities", operation_id = "list_user_identities", tag = "user",
    params(("id" = String, Path)),
    responses((status = 200, body = UserIdentityList), (status = 404, body = ErrorMessage)))]
pub(crate) async fn list_identities(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<UserIdentityList>, ApiError> {
    if state.store.find_user(&id).await?.is_none() {
        return Err(ApiError::not_found(format!("no user `{id}`")));
    }
    let results = state.store.list_identities(&id).await?.into_iter().map(to_wire).collect();
    Ok(Json(UserIdentityList { results, next: None, providers: issuers(&state).await? }))
}

/// Lets a person in by an identity that a provider vouches for. Who was invited and has no password needs none any more.
#[utoipa::path(post, path = "/users/{id}/identities", operation_id = "connect_user_identity", tag = "user",
    params(("id" = String, Path)), request_body = UserIdentityForm,
    responses((status = 200, body = User), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A field is wrong, or there are too many"),
        (status = 403, body = ErrorMessage, description = "The user may do what the caller may not"),
        (status = 409, body = ErrorMessage, description = "It is that of somebody else")))]
pub(crate) async fn connect_identity(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(form): Body<UserIdentityForm>,
) -> Result<Json<User>, ApiError> {
    let user = state.store.find_manageable(&id, &caller.rights).await?;
    let UserIdentityForm { issuer, subject } = form;
    let identity = Identity { issuer: id_of("issuer", issuer)?, subject: id_of("subject", subject)? };
    caller.audit.before(&User::from(&user));
    caller.audit.detail("identity", &json!({ "issuer": identity.issuer, "subject": identity.subject }));
    let user = state.store.connect_identity(&id, identity).await?;
    Ok(Json(User::from(&user)))
}

/// Takes an identity away from a person; sessions go on.
#[utoipa::path(delete, path = "/users/{id}/identities", operation_id = "disconnect_user_identity", tag = "user", params(
    ("id" = String, Path),
    ("issuer" = String, Query, min_length = 1, max_length = 255, description = "Who vouches"),
    ("subject" = String, Query, min_length = 1, max_length = 255, description = "The person there"),
), responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage),
    (status = 403, body = ErrorMessage, description = "The user may do what the caller may not")))]
pub(crate) async fn disconnect_identity(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Response, ApiError> {
    let user = state.store.find_manageable(&id, &caller.rights).await?;
    let given = |key: &str| id_of(key, query.one(key).unwrap_or_default().to_owned());
    let identity = Identity { issuer: given("issuer")?, subject: given("subject")? };
    caller.audit.before(&User::from(&user));
    caller.audit.detail("identity", &json!({ "issuer": identity.issuer, "subject": identity.subject }));
    let Identity { issuer, subject } = identity.clone();
    match state.store.disconnect_identity(&id, identity).await? {
        true => Ok(empty(StatusCode::NO_CONTENT)),
        false => {
            let message = format!("`{}` is not connected with `{subject}` of `{issuer}`", user.email);
            Err(ApiError::not_found(message))
        }
    }
}

fn to_wire(stored: StoredIdentity) -> UserIdentity {
    let StoredIdentity { identity: Identity { issuer, subject }, created_at, last_used_at } = stored;
    UserIdentity {
        issuer,
        subject,
        created_at: wire_time(created_at),
        last_used_at: last_used_at.map(wire_time),
    }
}

/// What people are known by at the providers, as far as that is known.
async fn issuers(state: &ApiState) -> Result<Vec<KnownIssuer>, ApiError> {
    let kept = state.store.list_provider_metadata().await?;
    let view = state.settings.sign_on();
    let known = view.providers.iter().filter(|provider| provider.problem.is_none()).filter_map(|provider| {
        let url = provider.saml.as_ref().and_then(|saml| saml.metadata_url.as_deref());
        let fetched =
            kept.iter().find(|kept| kept.provider_id == provider.id && Some(kept.url.as_str()) == url);
        let issuer = provider.issuer.clone().or_else(|| fetched.map(|kept| kept.entity_id.clone()))?;
        Some(KnownIssuer { label: provider.label.clone(), issuer })
    });
    Ok(known.collect())
}

fn id_of(key: &str, text: String) -> Result<String, ApiError> {
    let is_id = (1..=ID_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    match is_id {
        true => Ok(text),
        false => Err(ApiError::bad_request(format!(
            "`{key}` is no text of 1 to {ID_CHARS_MAX} characters on one line; the log of the refused sign-in names it"
        ))),
    }
}
